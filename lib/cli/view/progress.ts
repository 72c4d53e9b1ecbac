/** How far a long publish is, on one line of a terminal. */
import type { Clock } from '../../domain/clock.js';
import { durationText, grouped } from './numbers.js';

/** Before that nothing is shown: most are done by then. In milliseconds. */
const FIRST_MS = 500;
const EVERY_MS = 200;

/** The line goes back to its beginning, and what was on it is wiped. */
const WIPE = '\r\x1b[K';

/**
 * How far it is.
 * @param total how many there will be, undefined: unknown
 * @param ms how long it has taken so far
 */
export function progressText(done: number, total: number | undefined, ms: number): string {
  const perSecond = ms > 0 ? (done / ms) * 1000 : 0;
  const rate = `${grouped(perSecond)}/s`;
  if (total === undefined) return `${grouped(done)}  ${rate}`;
  const percent = total > 0 ? Math.floor((done / total) * 100) : 100;
  const left = perSecond > 0 ? `  ${durationText(((total - done) / perSecond) * 1000)} left` : '';
  return `${grouped(done)} of ${grouped(total)} (${percent} %)  ${rate}${left}`;
}

/** What is said at the end. */
export function summaryText(done: number, bytes: number, ms: number): string {
  const what = `published ${grouped(done)} message${done === 1 ? '' : 's'}, ${grouped(bytes)} bytes`;
  const rate = ms > 0 ? `, ${grouped((done / ms) * 1000)}/s` : '';
  return `${what}, in ${durationText(ms)}${done > 1 ? rate : ''}`;
}

/** The line, while it lasts. */
export class Progress {
  private readonly clock: Clock;
  private readonly write: (text: string) => void;
  private readonly total: number | undefined;
  private readonly start: number;
  private next: number;
  private isOn = false;
  private done = 0;
  private bytes = 0;

  /** @param write to a terminal */
  constructor(total: number | undefined, clock: Clock, write: (text: string) => void) {
    this.total = total;
    this.clock = clock;
    this.write = write;
    this.start = clock.now();
    this.next = this.start + FIRST_MS;
  }

  /** One more message, of so many bytes. */
  count(bytes: number): void {
    this.done++;
    this.bytes += bytes;
    if (this.done % 64 !== 0 && !this.isOn) return; // looking at the clock costs as much as a publish
    this.show();
  }

  /** Shows it anew if it is time to. */
  show(): void {
    const now = this.clock.now();
    if (now < this.next) return;
    this.next = now + EVERY_MS;
    this.isOn = true;
    this.write(`${WIPE}${progressText(this.done, this.total, now - this.start)}`);
  }

  /** Wipes the line, and says what was done. */
  end(): void {
    const summary = summaryText(this.done, this.bytes, this.clock.now() - this.start);
    this.write(`${this.isOn ? WIPE : ''}${summary}\n`);
  }

  /** Wipes the line: something went wrong, and has the last word. */
  wipe(): void {
    if (this.isOn) this.write(WIPE);
  }
}
