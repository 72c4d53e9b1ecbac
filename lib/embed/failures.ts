import type { Logger } from 'pino';
import type { RateLimits } from '../domain/rate-limited.js';
import { kindOf } from './values.js';

/** Takes what went wrong in a function of the embedding program. */
export type Report = (error: unknown) => void;

/**
 * Tells the embedding program what went wrong in its own functions: an `error` event each time, and a line in the log
 * every five seconds at most for each function, as clients may cause one with every message. Never throws.
 */
export class Failures {
  private readonly log: Logger;
  private readonly reports: RateLimits;
  private readonly emit: (error: unknown) => void;

  /**
   * @param emit raises the `error` event
   * @param reports limits how often one function is logged
   */
  constructor(log: Logger, reports: RateLimits, emit: (error: unknown) => void) {
    this.log = log;
    this.reports = reports;
    this.emit = emit;
  }

  /** @param fields name the function in the log */
  of(fields: Readonly<Record<string, string>>, message: string): Report {
    const write = this.reports.limit((error: unknown, count) => {
      const about = count > 1 ? { ...fields, count } : fields;
      if (this.write({ ...about, err: error }, message)) return;
      // What was thrown cannot be serialized, as a Proxy or a getter throws in its turn.
      this.write({ ...about, thrown: kindOf(error) }, message);
    });
    return (error) => {
      write(error);
      this.emit(error);
    };
  }

  /** Logs; false where the logger or the fields threw: the event still tells. */
  private write(fields: object, message: string): boolean {
    try {
      this.log.error(fields, message);
      return true;
    } catch {
      return false;
    }
  }
}
