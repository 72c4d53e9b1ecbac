import { intersection } from '../domain/intersection.js';
import { hasWildcard, withoutReferences } from '../domain/subject.js';
import { Transform } from '../domain/transform.js';
import type { ListenedAccount } from './interest-replay.js';

/** A stream import, seen from the account that it takes messages of. */
export class ImportEdge {
  readonly importer: ListenedAccount;
  /** What is imported, as a pattern. */
  readonly subject: string;
  /** What it is in the importing account, as a pattern. */
  private readonly local: string;
  private readonly back: Transform | undefined;

  /**
   * @param subject what is imported; references to its wildcards say where they are in `local`
   * @param local what that is in the importing account
   */
  constructor(importer: ListenedAccount, subject: string, local: string) {
    this.importer = importer;
    this.subject = withoutReferences(subject);
    this.local = withoutReferences(local);
    this.back = subject === local ? undefined : new Transform(local, subject);
  }

  /** What interest in `subject` in the importing account is interest in; undefined: in nothing that is imported. */
  interestIn(subject: string): string | undefined {
    const { local, back } = this;
    const common = intersection(local, subject);
    if (common === undefined || back === undefined) return common;
    return hasWildcard(local) ? back.apply(common) : this.subject;
  }

  isLike({ importer, subject, local }: ImportEdge): boolean {
    return this.importer === importer && this.subject === subject && this.local === local;
  }
}

/** The stream imports of all accounts, by the accounts that they take messages of. */
export class ImportEdges {
  private byExporter: ReadonlyMap<ListenedAccount, readonly ImportEdge[]> = new Map();
  private readonly watchers = new Set<() => void>();

  of(exporter: ListenedAccount): readonly ImportEdge[] {
    return this.byExporter.get(exporter) ?? [];
  }

  replace(byExporter: ReadonlyMap<ListenedAccount, readonly ImportEdge[]>): void {
    this.byExporter = byExporter;
    for (const watcher of this.watchers) watcher();
  }

  /** Calls `watcher` whenever they have been replaced. Returns what ends that. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }
}
