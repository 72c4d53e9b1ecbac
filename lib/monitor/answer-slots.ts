import { clearTimeout, setTimeout } from 'node:timers';
import { HTTP_WAIT_MS, MAX_HTTP_ANSWERS, MAX_HTTP_WAITING } from '../domain/limits.js';

/** Bounds how many long answers are being made at once, and how many requests wait for that. */
export class AnswerSlots {
  private taken = 0;
  private readonly waiting = new Set<(granted: boolean) => void>();
  private readonly waitMs: number;

  /** @param waitMs longest wait for a slot, in milliseconds */
  constructor(waitMs = HTTP_WAIT_MS) {
    this.waitMs = waitMs;
  }

  /** Takes a slot, which `release` gives back. False: too many wait already, or the wait was too long. */
  acquire(): boolean | Promise<boolean> {
    if (this.taken < MAX_HTTP_ANSWERS) {
      this.taken++;
      return true;
    }
    if (this.waiting.size >= MAX_HTTP_WAITING) return false;
    return new Promise((resolve) => {
      const settle = (granted: boolean) => {
        clearTimeout(timer);
        this.waiting.delete(settle);
        resolve(granted);
      };
      const timer = setTimeout(settle, this.waitMs, false);
      this.waiting.add(settle);
    });
  }

  /** Gives a slot back, to the request that has waited longest. */
  release(): void {
    const [longest] = this.waiting;
    if (longest === undefined) this.taken--;
    else longest(true);
  }
}
