import { subjectsOverlap } from '../settings/names.js';
import type { SubjectFilter } from '../store/store.js';

/** Changes that are kept for consumers that have not taken them in; one that is further behind looks at the store instead. */
const MAX_KEPT = 65_536;

/**
 * What has become of the messages of a stream, in order. Its consumers take it in one after the other: so what one message costs
 * its publisher does not depend on how many consumers there are.
 */
export class StreamChanges {
  /** Number of the first one that is kept. They are numbered from 0 on. */
  first = 0;
  /** Sequences; negative: removed; 0: many messages are gone. */
  private sequences: number[] = [];
  private subjects: string[] = [];

  /** Number of the next one. */
  get end(): number {
    return this.first + this.sequences.length;
  }

  appended(sequence: number, subject: string): void {
    this.add(sequence, subject);
  }

  removed(sequence: number, subject: string): void {
    this.add(-sequence, subject);
  }

  /** Many messages are gone. @param pattern subjects that they were on; empty: any */
  purged(pattern: string): void {
    this.add(0, pattern);
  }

  /** The one with that number, which must be kept: calls the function that it is for. */
  tell(
    number: number,
    to: {
      readonly filter: SubjectFilter;
      appended(sequence: number, subject: string): void;
      removed(sequence: number, subject: string): void;
      purged(): void;
    },
  ): void {
    const at = number - this.first;
    const sequence = this.sequences[at] ?? 0;
    const subject = this.subjects[at] ?? '';
    if (sequence > 0) to.appended(sequence, subject);
    else if (sequence < 0) to.removed(-sequence, subject);
    else if (isConcerned(to.filter, subject)) to.purged();
  }

  /** Those before that number are not needed any more. */
  forget(number: number): void {
    const count = Math.min(number - this.first, this.sequences.length);
    if (count <= 0) return;
    this.first += count;
    this.sequences = this.sequences.slice(count);
    this.subjects = this.subjects.slice(count);
  }

  private add(sequence: number, subject: string): void {
    if (this.sequences.length >= MAX_KEPT) this.forget(this.first + MAX_KEPT / 2);
    this.sequences.push(sequence);
    this.subjects.push(subject);
  }
}

/** Whether what is gone on the subjects of `pattern` may have been in `filter`. */
function isConcerned(filter: SubjectFilter, pattern: string): boolean {
  return pattern === '' || filter.length === 0 || filter.some((each) => subjectsOverlap(each, pattern));
}
