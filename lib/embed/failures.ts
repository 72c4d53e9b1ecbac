import type { Logger } from 'pino';
import { rateLimited } from '../domain/rate-limited.js';
import { kindOf } from './values.js';

/** Takes what went wrong in a function of the embedding program. */
export type Report = (error: unknown) => void;

/**
 * Tells the embedding program what went wrong in its own functions: an `error` event each time, and a line in the log
 * every five seconds at most for each function, as clients may cause one with every message. Never throws.
 */
export class Failures {
  private readonly log: Logger;
  private readonly emit: (error: unknown) => void;

  /** @param emit raises the `error` event */
  constructor(log: Logger, emit: (error: unknown) => void) {
    this.log = log;
    this.emit = emit;
  }

  /** @param fields name the function in the log */
  of(fields: Readonly<Record<string, string>>, message: string): Report {
    const write = rateLimited((error: unknown, count) => {
      try {
        this.log.error({ ...fields, ...(count > 1 ? { count } : {}), err: error }, message);
      } catch {
        // What was thrown cannot be serialized, as a Proxy or a getter throws in its turn.
        this.log.error({ ...fields, thrown: kindOf(error) }, message);
      }
    });
    return (error) => {
      try {
        write(error);
      } catch {
        // The logger itself fails: the event still tells.
      }
      this.emit(error);
    };
  }
}
