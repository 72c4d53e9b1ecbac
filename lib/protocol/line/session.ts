import { ERRORS, type ErrorCode, unreachable } from '../../errors.js';
import type { Link, Session } from '../codec.js';
import type { LineCommand, LineFrame } from './commands.js';
import type { LineEncoder } from './encoder.js';

export interface LineSessionOptions {
  /** Whether the credentials let the client in; undefined lets everybody in. */
  readonly authenticate: ((user: string | undefined, secret: string) => boolean) | undefined;
  /** Time to the AUTH that lets the client in, in milliseconds. */
  readonly authTimeoutMs: number;
}

/** Wrong lines in a row after which a client is thought to be no client. */
const MAX_ERRORS_IN_A_ROW = 100;

/** The state of one line connection, and the answers to everything that is not a publish. */
export class LineSession implements Session<LineCommand> {
  readonly pingsOut = 0;
  private readonly link: Link<LineFrame>;
  private readonly encoder: LineEncoder;
  private readonly options: LineSessionOptions;
  private errorsInARow = 0;
  private publishedBefore = 0;
  private authTimer: NodeJS.Timeout | undefined;

  constructor(link: Link<LineFrame>, encoder: LineEncoder, options: LineSessionOptions) {
    this.link = link;
    this.encoder = encoder;
    this.options = options;
  }

  open(): void {
    this.link.receipts = true;
    this.link.admitted = this.options.authenticate === undefined;
  }

  ready(): void {
    if (this.link.admitted) return;
    this.authTimer = setTimeout(() => this.link.close('AUTHENTICATION_TIMEOUT'), this.options.authTimeoutMs);
  }

  close(): void {
    clearTimeout(this.authTimer);
  }

  handle(command: LineCommand): void {
    if (command.op === 'FAULT') return this.fail(command.code);
    if (command.op === 'CRLF') {
      this.encoder.crlf = true;
      return;
    }
    this.errorsInARow = 0;
    switch (command.op) {
      case 'AUTH':
        return this.authorize(command.user, command.secret);
      case 'PING':
        return this.link.send({ op: 'PONG' });
      case 'HELP':
        return this.link.send({ op: 'HELP' });
      case 'QUIT':
        this.link.send({ op: 'QUIT' });
        return this.link.close('QUIT');
      case 'SUB':
        if (!this.link.admitted) return this.fail('AUTHENTICATION_REQUIRED');
        if (this.link.full && !this.link.subscribed(command.topic)) return this.fail('MAX_SUBSCRIPTIONS');
        this.link.subscribe(command.topic, command.topic);
        return this.link.send({ op: 'OK', verb: 'SUB', topic: command.topic });
      case 'UNSUB':
        if (!this.link.admitted) return this.fail('AUTHENTICATION_REQUIRED');
        this.link.unsubscribe(command.topic);
        return this.link.send({ op: 'OK', verb: 'UNSUB', topic: command.topic });
      default:
        return unreachable(command);
    }
  }

  refusePublish(count: number): void {
    for (let i = 0; i < count; i++) this.fail('AUTHENTICATION_REQUIRED');
  }

  sendError(code: ErrorCode): void {
    const { line } = ERRORS[code];
    if (line !== undefined) this.link.send({ op: 'ERR', reason: line });
  }

  /** A line client need not answer anything, so it cannot be asked. */
  ping(): boolean {
    return false;
  }

  private authorize(user: string | undefined, secret: string): void {
    if (this.options.authenticate?.(user, secret) === false)
      return this.link.close('AUTHORIZATION_VIOLATION');
    clearTimeout(this.authTimer);
    this.link.admitted = true;
    this.link.send({ op: 'OK', verb: 'AUTH' });
  }

  private fail(code: ErrorCode): void {
    if (ERRORS[code].closes) return this.link.close(code);
    this.sendError(code);
    if (this.link.published !== this.publishedBefore) this.errorsInARow = 0;
    this.publishedBefore = this.link.published;
    this.errorsInARow++;
    if (this.errorsInARow >= MAX_ERRORS_IN_A_ROW) this.link.close('TOO_MANY_ERRORS');
  }
}
