import { LINE_ERRORS } from '../dialects/line/error-texts.js';
import { NATS_ERRORS } from '../dialects/nats/error-texts.js';
import { type ErrorCode, type ErrorMeaning, type ErrorTexts, ERRORS as MEANINGS } from '../domain/errors.js';

/** An error, and what clients of the built-in dialects see of it. */
export interface ErrorEntry extends ErrorMeaning {
  /** What NATS clients see inside `-ERR '…'`; absent where the dialect cannot raise it. */
  readonly nats?: string;
  /** What line clients see after `ERR `; absent where the dialect cannot raise it. */
  readonly line?: string;
}

function entryOf(code: ErrorCode): ErrorEntry {
  const { [code]: nats }: ErrorTexts = NATS_ERRORS;
  const { [code]: line }: ErrorTexts = LINE_ERRORS;
  return {
    ...(nats === undefined ? {} : { nats }),
    ...(line === undefined ? {} : { line }),
    ...MEANINGS[code],
  };
}

/** Everything that can go wrong, by code: see `docs/errors.md`. */
export const ERRORS = Object.fromEntries(
  (Object.keys(MEANINGS) as ErrorCode[]).map((code) => [code, entryOf(code)]),
) as Readonly<Record<ErrorCode, ErrorEntry>>;
