import type { Task } from '../clients/scheduler.js';
import { SplitMap } from '../clients/split-map.js';
import { CHANGE_UNITS, NODE_UNITS, type Work } from '../clients/work.js';
import { firstWildcard } from '../domain/subject.js';
import { type Counts, eachInterest } from './interest-keys.js';
import { LITERAL_TABLES, literalTableOf } from './literals.js';
import type { SublistReader } from './sublist.js';
import type { TrieNode } from './trie.js';

/** An account as listeners to its subscriptions see it. */
export interface ListenedAccount {
  readonly name: string;
  readonly sublist: SublistReader;
}

/** The listener that a replay is for. */
export interface ReplayTarget {
  /** Whether it still listens. */
  isActive(): boolean;
  /** Whether a subscription counts. */
  readonly counts: Counts;
  /** @param members of the queue group; 1 without one */
  add(account: ListenedAccount, subject: string, queue: string | undefined, members: number): void;
  /** Everything has been reported. */
  complete(): void;
  failed(error: unknown): void;
}

/**
 * Reports to a new listener the interest there is, in slices, while subscriptions change. It goes from account to account; in
 * each it takes one table of literal subjects after another, each at once, and then the patterns, node by node. So of every
 * subject it is known whether it has been reported: what changes before that is not announced (`passes`), what changes
 * after it is. Only which patterns of the account under way have been reported has to be remembered.
 */
export class InterestReplay implements Task {
  /** Accounts that it has not begun with. One that is made later has nothing to be reported. */
  private readonly waiting: Set<ListenedAccount>;
  private readonly work: Work;
  private readonly target: ReplayTarget;
  private account: ListenedAccount | undefined = undefined;
  /** The next table of literal subjects; `LITERAL_TABLES`: it is at the patterns. */
  private table = 0;
  /** Patterns of the account under way that have been reported. */
  private reported = new SplitMap<true>();
  /** Nodes to be visited: those below each node on the way to where it is. */
  private path: Iterator<TrieNode>[] = [];

  /** @param work counts what it does */
  constructor(accounts: Iterable<ListenedAccount>, work: Work, target: ReplayTarget) {
    this.waiting = new Set(accounts);
    this.work = work;
    this.target = target;
  }

  /** Whether a change to the interest in `subject` is announced. It is not where what there is now is still to be reported. */
  passes(account: ListenedAccount, subject: string): boolean {
    if (account !== this.account) return !this.waiting.has(account);
    if (firstWildcard(subject) < 0) return literalTableOf(subject) < this.table;
    if (this.table < LITERAL_TABLES) return false;
    if (this.reported.get(subject) === true) return true;
    // A node that the search has not come to yet is reported now, and passed over then.
    const node = account.sublist.patterns.find(subject);
    if (node === undefined) this.note(subject);
    else this.report(account, subject, node);
    return false;
  }

  run(): boolean {
    const { work, target } = this;
    while (target.isActive()) {
      if (work.units >= work.limit) return false;
      const account = this.account ?? this.begin();
      if (account === undefined) {
        target.complete();
        return true;
      }
      this.step(account);
    }
    return true;
  }

  failed(error: unknown): void {
    this.target.failed(error);
  }

  /** Begins with the next account, if there is one. */
  private begin(): ListenedAccount | undefined {
    const { value: account } = this.waiting.values().next();
    if (account === undefined) return undefined;
    this.waiting.delete(account);
    this.account = account;
    this.table = 0;
    return account;
  }

  private step(account: ListenedAccount): void {
    this.work.units += NODE_UNITS;
    if (this.table < LITERAL_TABLES) this.reportTable(account);
    else if (this.path.length === 0) this.end();
    else this.visit(account);
  }

  private reportTable(account: ListenedAccount): void {
    const { sublist } = account;
    const { table } = this;
    this.table = sublist.literals.empty ? LITERAL_TABLES : table + 1;
    for (const listener of sublist.literals.inTable(table)) this.tell(account, listener);
    if (this.table === LITERAL_TABLES) this.path.push(sublist.patterns.below());
  }

  /** Goes one node further. Nodes that are removed meanwhile have no subscription; changes at new ones are reported as such. */
  private visit(account: ListenedAccount): void {
    const node: TrieNode | undefined = this.path.at(-1)?.next().value;
    if (node === undefined) {
      this.path.pop();
      return;
    }
    if (node.isParent) this.path.push(node.below());
    const subject = node.anySubject;
    if (subject !== undefined && this.reported.get(subject) === undefined)
      this.report(account, subject, node);
  }

  private report(account: ListenedAccount, subject: string, node: TrieNode): void {
    this.note(subject);
    this.tell(account, node);
  }

  private note(subject: string): void {
    this.reported.add(subject, true);
  }

  private tell(account: ListenedAccount, there: Parameters<typeof eachInterest>[0]): void {
    eachInterest(there, this.target.counts, (subject, queue, members) => {
      this.work.units += CHANGE_UNITS + (members >>> 3);
      this.target.add(account, subject, queue, members);
    });
  }

  private end(): void {
    this.account = undefined;
    this.reported = new SplitMap();
  }
}
