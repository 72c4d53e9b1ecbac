import type { Session } from '../../dialects/codec.js';
import { NATS_ERRORS } from '../../dialects/nats/error-texts.js';
import { ERRORS, type ErrorCode, errorText } from '../../domain/errors.js';

/** The row behind a message: it has been routed, or refused. */
export interface Routed {
  readonly op: 'ROUTED';
  readonly settle: (refusal: string | undefined) => void;
}

/** An error in the words that NATS clients are told, or the documentation has. */
export function refusalText(code: ErrorCode, ...about: string[]): string {
  return errorText(NATS_ERRORS, code, about) ?? ERRORS[code].about;
}

/** What the core tells a live page: what has become of its message, and that it may have its tap no longer. */
export class PageSession implements Session<Routed> {
  readonly pingsOut = 0;
  private readonly tapEnded: (reason: string) => void;
  private refusal: string | undefined;

  constructor(tapEnded: (reason: string) => void) {
    this.tapEnded = tapEnded;
  }

  handle({ settle }: Routed): void {
    const { refusal } = this;
    this.refusal = undefined;
    settle(refusal);
  }

  sendError(code: ErrorCode, ...about: string[]): void {
    const text = refusalText(code, ...about);
    if (code === 'PERMISSIONS_WITHDRAWN') this.tapEnded(text);
    else this.refusal = text;
  }

  refusePublish(): void {
    this.refusal = refusalText('AUTHORIZATION_VIOLATION');
  }

  open(): void {}
  ready(): void {}
  inform(): void {}
  close(): void {}

  ping(): boolean {
    return false;
  }
}
