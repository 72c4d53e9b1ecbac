import type { Task } from '../clients/scheduler.js';
import { BUSY_TURNS, type Work } from '../clients/work.js';
import type { CommandBatch } from '../frame/command.js';
import type { Account } from './account.js';
import type { Client } from './client.js';
import type { MatchResult } from './match.js';
import type { TrieSearch } from './trie-search.js';

/** Patterns that a search has found from which their receivers take a good part of a slice. */
const MANY_PLACES = 16_384;

/** The core, as the rest of a batch goes on in it. */
interface BatchOwner {
  readonly work: Work;
  readonly scheduler: { readonly turn: number };
  /** Whether the slice ended before the rows that `take` was given. */
  readonly isCut: boolean;
  cutSearch: TrieSearch | undefined;
  write(rest: BatchRemainder): boolean;
  take(client: Client, batch: CommandBatch, from: number, end: number, first?: MatchResult): number;
  fault(client: Client, error: unknown): void;
}

/** What is left of a batch whose client has used up its slice. Until it is done the client's next batch waits. */
export class BatchRemainder implements Task {
  private readonly core: BatchOwner;
  readonly client: Client;
  readonly batch: CommandBatch;
  /** The row to go on with. */
  from: number;
  /** The row after the last one. */
  readonly to: number;
  /** The search for its receivers, if that has begun. */
  private search: TrieSearch | undefined;
  /** What that has found, where it is handed over in a slice of its own. */
  private result: MatchResult | undefined = undefined;
  /** Where that was looked for: a reload may have moved the client since. */
  private account: Account;
  private isDone = false;

  constructor(
    core: BatchOwner,
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    search: TrieSearch | undefined,
  ) {
    this.core = core;
    this.client = client;
    this.batch = batch;
    this.from = from;
    this.to = to;
    this.search = search;
    this.account = client.account;
  }

  /** Does one slice, as a write to the core: batches that come up meanwhile, of this client as well, are taken after it. */
  run(): boolean {
    this.isDone = false;
    this.core.write(this);
    return this.isDone;
  }

  failed(error: unknown): void {
    this.core.fault(this.client, error);
  }

  /** What the core does with it. */
  take(): void {
    this.isDone = true; // should it fail, its connection ends
    this.isDone = this.advance();
    if (this.isDone) return;
    const { client, core } = this;
    client.suspended = true;
    client.busyUntil = core.scheduler.turn + BUSY_TURNS;
  }

  private advance(): boolean {
    const { core, client, batch } = this;
    if (client.closing) return true;
    client.renewal?.();
    if (client.account !== this.account) this.forgetSearch();
    if (this.search !== undefined && !this.advanceSearch(this.search)) return false;
    const first = this.result;
    this.result = undefined;
    client.suspended = false;
    this.from = core.take(client, batch, this.from, this.to, first);
    this.search = core.cutSearch;
    this.account = client.account;
    core.cutSearch = undefined;
    if (core.isCut) return false;
    client.readOn();
    return true;
  }

  /**
   * Goes on with the search; returns whether its result is to be used in this slice. Searching, listing very many receivers
   * and handing the message to them each get a slice of their own.
   */
  private advanceSearch(search: TrieSearch): boolean {
    if (!search.run()) return false;
    const { work } = this.core;
    const hasMany = search.places.length > MANY_PLACES;
    if (!hasMany || work.units <= work.limit / 4) {
      this.result = this.account.sublist.resultOf(search);
      this.search = undefined;
    }
    if (hasMany) work.units = Math.max(work.units, work.limit);
    return !hasMany;
  }

  private forgetSearch(): void {
    this.search = undefined;
    this.result = undefined;
    this.account = this.client.account;
  }
}
