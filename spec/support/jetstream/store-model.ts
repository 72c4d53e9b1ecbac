import type { Instant } from '../../../lib/jetstream/instant.js';
import { isBefore } from '../../../lib/jetstream/instant.js';
import type { StoredMessage, SubjectFilter } from '../../../lib/jetstream/store/store.js';

/** Whether a literal subject is in a filter: token by token, from the definition. */
export function isInFilter(filter: SubjectFilter, subject: string): boolean {
  if (filter.length === 0) return true;
  const tokens = subject.split('.');
  return filter.some((pattern) => {
    const parts = pattern.split('.');
    if (parts.at(-1) === '>') {
      const before = parts.slice(0, -1);
      return tokens.length >= parts.length && before.every((part, i) => part === '*' || part === tokens[i]);
    }
    return parts.length === tokens.length && parts.every((part, i) => part === '*' || part === tokens[i]);
  });
}

/** A store by brute force: an array of messages. */
export class StoreModel {
  messages: StoredMessage[] = [];
  lastSequence: number;
  lastAt: Instant | undefined = undefined;
  private emptyFirst: number;
  private readonly sizeOf: (subject: string, body: Buffer, headerBytes: number) => number;

  constructor(firstSequence: number, sizeOf: (subject: string, body: Buffer, headerBytes: number) => number) {
    this.lastSequence = firstSequence - 1;
    this.emptyFirst = firstSequence === 1 ? 0 : firstSequence;
    this.sizeOf = sizeOf;
  }

  get state() {
    const [first] = this.messages;
    return {
      messages: this.messages.length,
      bytes: this.messages.reduce(
        (sum, { subject, body, headerBytes }) => sum + this.sizeOf(subject, body, headerBytes),
        0,
      ),
      firstSequence: first?.sequence ?? this.emptyFirst,
      firstAt: first?.at,
      lastSequence: this.lastSequence,
      lastAt: this.lastAt,
      subjects: new Set(this.messages.map(({ subject }) => subject)).size,
    };
  }

  append(subject: string, body: Buffer, headerBytes: number, at: Instant): number {
    const sequence = ++this.lastSequence;
    this.messages.push({ sequence, at, subject, body, headerBytes });
    this.lastAt = at;
    return sequence;
  }

  skip(count: number, at: Instant): void {
    this.lastSequence += count;
    this.lastAt = at;
    if (this.messages.length === 0) this.emptyFirst = this.lastSequence + 1;
  }

  remove(sequence: number): { readonly sequence: number; readonly subject: string } | undefined {
    const found = this.messages.find((each) => each.sequence === sequence);
    this.messages = this.messages.filter((each) => each !== found);
    if (this.messages.length === 0 && found !== undefined) this.emptyFirst = this.lastSequence + 1;
    return found && { sequence, subject: found.subject };
  }

  truncateFront(sequence: number): void {
    const had = this.messages.length;
    this.messages = this.messages.filter((each) => each.sequence >= sequence);
    if (sequence > this.lastSequence) {
      this.lastSequence = sequence - 1;
      this.emptyFirst = sequence;
    } else if (this.messages.length === 0 && had > 0) this.emptyFirst = this.lastSequence + 1;
  }

  in(filter: SubjectFilter): StoredMessage[] {
    return this.messages.filter(({ subject }) => isInFilter(filter, subject));
  }

  next(filter: SubjectFilter, from: number): StoredMessage | undefined {
    return this.in(filter).find(({ sequence }) => sequence >= from);
  }

  lastBefore(subject: string, before: number): StoredMessage | undefined {
    return this.in([subject]).findLast(({ sequence }) => sequence < before);
  }

  count(filter: SubjectFilter, from: number, to: number): number {
    return this.in(filter).filter(({ sequence }) => sequence >= from && sequence <= to).length;
  }

  subjects(filter: SubjectFilter) {
    const found = new Map<string, { messages: number; first: number; last: number }>();
    for (const { subject, sequence } of this.in(filter)) {
      const there = found.get(subject);
      if (there === undefined) found.set(subject, { messages: 1, first: sequence, last: sequence });
      else {
        there.messages++;
        there.last = sequence;
      }
    }
    return found;
  }

  sequenceAt(at: Instant): number {
    const found = this.messages.find((each) => !isBefore(each.at, at));
    return found?.sequence ?? this.lastSequence + 1;
  }
}
