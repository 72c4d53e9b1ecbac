import { reaches } from '../clients/origin.js';
import type { Subscription } from '../clients/subscription.js';
import type { InterestReceiver } from '../dialects/codec.js';
import type { Client } from './client.js';
import type { ImportEdge } from './import-edges.js';
import { isInterest } from './interest-keys.js';
import type { InterestListener, InterestListeners } from './interest-listeners.js';
import type { ListenedAccount } from './interest-replay.js';

/** Work of finding out what one import makes of a subject, in units. */
const TRANSLATE_UNITS = 10;

function nothing(): void {}

/** What is counted: subjects, and queue groups of them. */
interface Tally {
  subject(subject: string, change: number): void;
  members(subject: string, queue: string, change: number): void;
}

/**
 * Tells the server at the other end of a link of all that its messages may reach: interest in the account of the link, and in what
 * other accounts import from that.
 */
export class LinkInterest implements Tally {
  private readonly client: Client;
  private readonly interest: InterestListeners;
  private readonly receiver: InterestReceiver;
  /** How many sources have interest in each subject. */
  private readonly subjects = new Map<string, number>();
  /** Members of each queue group of each subject. */
  private readonly groups = new Map<string, number>();
  private importers: readonly ImportedInterest[] = [];
  private readonly ends: (() => void)[] = [];
  private isComplete = false;

  constructor(client: Client, interest: InterestListeners, receiver: InterestReceiver) {
    this.client = client;
    this.interest = interest;
    this.receiver = receiver;
  }

  /** Begins to tell. Returns what ends it. */
  start(): () => void {
    const { client, interest } = this;
    const own = new OwnInterest(client, this, () => this.takeImports());
    this.ends.push(
      interest.watchInterest(own),
      interest.imports.watch(() => {
        if (this.isComplete) this.takeImports();
      }),
    );
    return () => {
      for (const end of this.ends) end();
      for (const importer of this.importers) importer.stop();
      this.importers = [];
    };
  }

  subject(subject: string, change: number): void {
    const before = this.subjects.get(subject) ?? 0;
    const after = before + change;
    if (after > 0) this.subjects.set(subject, after);
    else this.subjects.delete(subject);
    if (before === 0 && after > 0) this.receiver.added(subject);
    if (before > 0 && after <= 0) this.receiver.removed(subject);
  }

  members(subject: string, queue: string, change: number): void {
    const key = `${subject} ${queue}`;
    const members = (this.groups.get(key) ?? 0) + change;
    if (members > 0) this.groups.set(key, members);
    else this.groups.delete(key);
    this.receiver.members(subject, queue, Math.max(0, members));
  }

  /** Goes by the imports there are now. Those that are no more are withdrawn once the others have told of theirs. */
  private takeImports(): void {
    const edges = new Map<ListenedAccount, ImportEdge[]>();
    for (const edge of this.interest.imports.of(this.client.account)) {
      const known = edges.get(edge.importer);
      if (known === undefined) edges.set(edge.importer, [edge]);
      else known.push(edge);
    }
    const before = this.importers;
    const kept = before.filter((importer) => importer.isLike(edges.get(importer.account) ?? []));
    for (const { account } of kept) edges.delete(account);
    let missing = edges.size;
    const added = [...edges].map(
      ([account, list]) =>
        new ImportedInterest(this.client, account, list, this, () => {
          if (--missing === 0) this.tookImports(gone);
        }),
    );
    const gone = before.filter((importer) => !kept.includes(importer));
    this.importers = [...kept, ...added];
    if (added.length === 0) this.tookImports(gone);
    else for (const importer of added) importer.start(this.interest);
  }

  private tookImports(gone: readonly ImportedInterest[]): void {
    for (const importer of gone) importer.withdraw();
    if (this.isComplete) return;
    this.isComplete = true;
    this.receiver.complete();
  }
}

/** Interest in the account of the link itself. */
class OwnInterest implements InterestListener {
  readonly account: Client['account'];
  private readonly client: Client;
  private readonly tally: Tally;
  readonly interestComplete: () => void;

  constructor(client: Client, tally: Tally, complete: () => void) {
    this.client = client;
    this.account = client.account;
    this.tally = tally;
    this.interestComplete = complete;
  }

  /** All that messages of this link may reach. */
  readonly counts = (subscription: Subscription): boolean =>
    subscription.client === undefined ? isInterest(subscription) : mayReach(this.client, subscription);

  interestAdded(_account: unknown, subject: string, queue: string | undefined): void {
    if (queue === undefined) this.tally.subject(subject, 1);
  }

  interestRemoved(_account: unknown, subject: string, queue: string | undefined): void {
    if (queue === undefined) this.tally.subject(subject, -1);
  }

  membersChanged(_account: unknown, subject: string, queue: string, change: number): void {
    this.tally.members(subject, queue, change);
  }
}

/** Interest in one account that imports streams of that of the link. A message passes one import at most, so that is all. */
class ImportedInterest implements InterestListener {
  readonly account: ListenedAccount;
  private readonly client: Client;
  private readonly edges: readonly ImportEdge[];
  private readonly tally: Tally;
  /** What it has added to the tally: by subject, and by group of a subject. */
  private readonly subjects = new Map<string, number>();
  private readonly groups = new Map<
    string,
    { readonly subject: string; readonly queue: string; count: number }
  >();
  readonly interestComplete: () => void;
  stop: () => void = nothing;

  constructor(
    client: Client,
    account: ListenedAccount,
    edges: readonly ImportEdge[],
    tally: Tally,
    complete: () => void,
  ) {
    this.client = client;
    this.account = account;
    this.edges = edges;
    this.tally = tally;
    this.interestComplete = complete;
  }

  start(interest: InterestListeners): void {
    this.stop = interest.watchInterest(this);
  }

  isLike(edges: readonly ImportEdge[]): boolean {
    return edges.length === this.edges.length && this.edges.every((edge, at) => edges[at]?.isLike(edge));
  }

  /** Stops, and takes back what it has added. */
  withdraw(): void {
    this.stop();
    for (const [subject, count] of this.subjects) this.tally.subject(subject, -count);
    for (const { subject, queue, count } of this.groups.values()) this.tally.members(subject, queue, -count);
  }

  readonly counts = (subscription: Subscription): boolean =>
    subscription.client !== undefined && mayReach(this.client, subscription);

  interestAdded(_account: unknown, subject: string, queue: string | undefined): void {
    if (queue === undefined) for (const there of this.translated(subject)) this.add(there, 1);
  }

  interestRemoved(_account: unknown, subject: string, queue: string | undefined): void {
    if (queue === undefined) for (const there of this.translated(subject)) this.add(there, -1);
  }

  membersChanged(_account: unknown, subject: string, queue: string, change: number): void {
    for (const there of this.translated(subject)) this.addMembers(there, queue, change);
  }

  private translated(subject: string): readonly string[] {
    this.client.countWork(this.edges.length * TRANSLATE_UNITS);
    return this.edges.flatMap((edge) => edge.interestIn(subject) ?? []);
  }

  private add(subject: string, change: number): void {
    const count = (this.subjects.get(subject) ?? 0) + change;
    if (count === 0) this.subjects.delete(subject);
    else this.subjects.set(subject, count);
    this.tally.subject(subject, change);
  }

  private addMembers(subject: string, queue: string, change: number): void {
    const key = `${subject} ${queue}`;
    const count = (this.groups.get(key)?.count ?? 0) + change;
    if (count === 0) this.groups.delete(key);
    else this.groups.set(key, { subject, queue, count });
    this.tally.members(subject, queue, change);
  }
}

function mayReach(link: Client, { client }: Subscription): boolean {
  return client !== undefined && client !== (link as object) && reaches(link.origin, client.origin);
}
