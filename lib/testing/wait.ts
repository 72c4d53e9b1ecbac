import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { SluiceError } from '../domain/errors.js';

/** How long tests wait for what should happen, if they do not say, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 2_000;

/** How long to wait. */
export interface WaitOptions {
  /** In milliseconds, 1 to 2^31 - 1. Default 2,000. */
  readonly timeoutMs?: number | undefined;
}

/** Lets everything that is ready in this process happen: a turn of its event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits in real time, whatever timers a test has replaced. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Turns of the event loop in which what belongs to a change is done: routed, rendered, written, and read by a client here. */
const TURNS = 4;
/** Turns after which waiting tests look again though changes go on. */
const MAX_TURNS = 20;

/** Wakes waiting tests when something has changed, so that they resolve as it happens and nothing is polled. */
export class Changes {
  private readonly waiting = new Set<() => void>();
  private isScheduled = false;
  private turnsLeft = 0;
  private turnsTaken = 0;

  /**
   * Something may have changed: each waiting test looks again, after the turns in which what belongs to the change is
   * done. A client that has sent its CONNECT, say, has the PONG it waits for before the test goes on and ends the broker.
   */
  readonly announce = (): void => {
    if (this.waiting.size === 0) return;
    this.turnsLeft = TURNS;
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.turnsTaken = 0;
    setImmediate(this.wake);
  };

  private readonly wake = (): void => {
    if (--this.turnsLeft > 0 && ++this.turnsTaken < MAX_TURNS) {
      setImmediate(this.wake);
      return;
    }
    this.isScheduled = false;
    for (const look of [...this.waiting]) look();
  };

  /**
   * Resolves to what `look` gives, now or after one of the next changes.
   * @param describe says what was waited for, and what there is instead
   * @throws SluiceError (as a rejection) TEST_TIMEOUT; what `look` throws
   */
  async until<T>(
    look: () => T | undefined,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions,
    describe: () => string,
  ): Promise<T> {
    const found = look();
    if (found !== undefined) return found;
    return new Promise<T>((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.waiting.delete(again);
      };
      const again = (): void => {
        try {
          const now = look();
          if (now === undefined) return;
          stop();
          resolve(now);
        } catch (error) {
          stop();
          reject(error);
        }
      };
      const timer = setTimeout(() => {
        stop();
        reject(new SluiceError('TEST_TIMEOUT', `waited ${timeoutMs} ms for ${describe()}`));
      }, timeoutMs);
      this.waiting.add(again);
    });
  }
}

/** Things in a text, each in a line of its own, no more of them than one reads. */
export function listed(things: readonly string[], most = 20): string {
  if (things.length === 0) return ' none';
  const more = things.length > most ? [`… and ${things.length - most} more`] : [];
  return ['', ...things.slice(0, most), ...more].join('\n  ');
}
