import { SequenceList } from './sequence-list.js';
import type { SubjectState } from './store.js';
import type { SubjectMatcher } from './subject-matcher.js';

/** What there is of one subject. One that has a single message, as in most key-value stores, has no list. */
class SubjectEntry implements SubjectState {
  readonly subject: string;
  /** Stands for it in records. */
  readonly id: number;
  /** Rises with each entry that is made. */
  readonly order: number;
  first = 0;
  last = 0;
  private list: SequenceList | undefined = undefined;

  constructor(subject: string, id: number, order: number) {
    this.subject = subject;
    this.id = id;
    this.order = order;
  }

  get messages(): number {
    return this.list?.length ?? (this.last === 0 ? 0 : 1);
  }

  /** A sequence above all that it has. */
  add(sequence: number): void {
    if (this.last === 0) this.first = sequence;
    else {
      this.list ??= new SequenceList(this.first);
      this.list.push(sequence);
    }
    this.last = sequence;
  }

  /** One that it has. */
  remove(sequence: number): void {
    const { list } = this;
    if (list === undefined) {
      this.first = 0;
      this.last = 0;
      return;
    }
    list.remove(sequence);
    this.first = list.at(0);
    this.last = list.at(list.length - 1);
    if (list.length === 1) this.list = undefined;
  }

  /** The first sequence from `from` on; 0: none. */
  next(from: number): number {
    if (from <= this.first) return this.first;
    if (from > this.last) return 0;
    return this.list === undefined ? this.last : this.list.at(this.list.indexOf(from));
  }

  /** The last sequence below `before`; 0: none. */
  before(before: number): number {
    if (before > this.last) return this.last;
    if (before <= this.first || this.list === undefined) return 0;
    return this.list.at(this.list.indexOf(before) - 1);
  }

  /** How many sequences from `from` to `to`, both included. */
  count(from: number, to: number): number {
    if (from <= this.first && to >= this.last) return this.messages;
    if (from > this.last || to < this.first || this.list === undefined) return 0;
    return this.list.indexOf(to + 1) - this.list.indexOf(from);
  }
}

/** The subjects of a stream's messages. */
export class SubjectIndex {
  private readonly bySubject = new Map<string, SubjectEntry>();
  private readonly byId: (SubjectEntry | undefined)[] = [];
  /** Ids that stand for nothing. */
  private readonly free: number[] = [];
  private made = 0;

  get size(): number {
    return this.bySubject.size;
  }

  find(subject: string): SubjectEntry | undefined {
    return this.bySubject.get(subject);
  }

  /** The entry with that id, which must be there. */
  of(id: number): SubjectEntry {
    const entry = this.byId[id];
    if (entry === undefined) throw new RangeError(`no subject with id ${id}`);
    return entry;
  }

  /** Adds a message above all that there are; returns the entry of its subject. */
  add(subject: string, sequence: number): SubjectEntry {
    let entry = this.bySubject.get(subject);
    if (entry === undefined) {
      entry = new SubjectEntry(subject, this.free.pop() ?? this.byId.length, this.made++);
      this.byId[entry.id] = entry;
      this.bySubject.set(subject, entry);
    }
    entry.add(sequence);
    return entry;
  }

  /** Removes a message of that subject, and the subject with its last one. */
  remove(entry: SubjectEntry, sequence: number): void {
    entry.remove(sequence);
    if (entry.messages > 0) return;
    this.bySubject.delete(entry.subject);
    this.byId[entry.id] = undefined;
    this.free.push(entry.id);
  }

  clear(): void {
    this.bySubject.clear();
    this.byId.length = 0;
    this.free.length = 0;
  }

  /** All entries in the order in which they were made; those that are made meanwhile as well. */
  values(): IterableIterator<SubjectEntry> {
    return this.bySubject.values();
  }

  /** The first sequence from `from` on of the subjects of a filter without wildcards; 0: none. */
  nextOf(subjects: Iterable<string>, from: number): number {
    let first = 0;
    for (const subject of subjects) {
      const sequence = this.bySubject.get(subject)?.next(from) ?? 0;
      if (sequence > 0 && (first === 0 || sequence < first)) first = sequence;
    }
    return first;
  }
}

/** A count over subjects that is under way, which messages that come and go meanwhile change. */
export class RunningCount {
  total = 0;
  /** Order of the last entry that was counted, where all are. */
  private counted = -1;
  /** Subjects that were counted, where a filter without wildcards says which. */
  private readonly subjects = new Set<string>();
  private readonly matcher: SubjectMatcher;
  private readonly from: number;
  private readonly to: number;

  constructor(matcher: SubjectMatcher, from: number, to: number) {
    this.matcher = matcher;
    this.from = from;
    this.to = to;
  }

  /** Counts an entry, in the order in which they were made. */
  add(entry: SubjectEntry): void {
    this.counted = entry.order;
    if (this.matcher.matches(entry.subject)) this.total += entry.count(this.from, this.to);
  }

  /** Counts what there is of a subject of the filter. */
  addSubject(subject: string, entry: SubjectEntry | undefined): void {
    this.subjects.add(subject);
    this.total += entry?.count(this.from, this.to) ?? 0;
  }

  /** A message of `entry` has come, 1, or gone, -1. */
  changed(entry: SubjectEntry, sequence: number, by: 1 | -1): void {
    if (sequence < this.from || sequence > this.to) return;
    const { matcher } = this;
    const isCounted =
      matcher.literals === undefined
        ? entry.order <= this.counted && matcher.matches(entry.subject)
        : this.subjects.has(entry.subject);
    if (isCounted) this.total += by;
  }
}
