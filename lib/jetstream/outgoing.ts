import type { Task } from '../clients/scheduler.js';
import { isLiteralSubject } from '../domain/subject.js';
import { batchOf, type CommandBatch, type Publish } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import type { Core } from '../routing/core.js';
import { SERVER } from '../routing/server-publisher.js';

/** What ends a word in a control line: no subject that the server publishes to may have it. */
const BLANK = /[\s\0]/;

/** Rows routed before it is looked how much work they are: at first, and after those that were much. */
const FIRST_ROWS = 16;
/** Work of a row that is not much, in units. */
const LIGHT_ROW_UNITS = 32;

/** Publishes what JetStream says: answers, acknowledgements, advisories. */
export class Outgoing implements Task {
  private readonly core: Core;
  private readonly onFault: (error: unknown) => void;
  /** What waits for the end of the turn. */
  private ending: (() => boolean)[] = [];
  private isScheduled = false;
  private isClosing = false;

  /** @param onFault is told of a fault of ours in what was to be published */
  constructor(core: Core, onFault: (error: unknown) => void) {
    this.core = core;
    this.onFault = onFault;
  }

  /** Publishes one message now. */
  publish(account: Account, message: Omit<Publish, 'op'>): void {
    this.route(account, batchOf(message), 0, 1);
  }

  /** Publishes rows `[from, to)` now. */
  route(account: Account, batch: CommandBatch, from: number, to: number): void {
    const { router } = this.core;
    router.route(SERVER, account, batch, from, to);
    router.endBatch();
  }

  /** Whether what is published at the end of a turn is to wait for the next one. */
  get mustWait(): boolean {
    const { work } = this.core.scheduler;
    return !this.isClosing && work.units >= work.limit;
  }

  /** Publishes rows from `from` on until it must wait; at least some. Returns the first that is left. */
  routeSome(account: Account, batch: CommandBatch, from: number): number {
    const { work } = this.core.scheduler;
    let at = from;
    let rows = FIRST_ROWS;
    do {
      const { units } = work;
      const to = Math.min(batch.length, at + rows);
      this.route(account, batch, at, to);
      rows = work.units - units < rows * LIGHT_ROW_UNITS ? rows * 2 : FIRST_ROWS;
      at = to;
    } while (at < batch.length && !this.mustWait);
    return at;
  }

  /** Whether a message on `subject` has a receiver, and may be published at all. */
  hasReceiver(account: Account, subject: string): boolean {
    if (!isLiteralSubject(subject) || BLANK.test(subject)) return false;
    // Unknown where it takes a long search: then the message is made, and routing finds out.
    return account.hasReceiverBeside(subject, SERVER) !== false;
  }

  /** Calls `then` once this turn's messages are routed, until it returns that all is published: once a turn, while it must wait. */
  atEndOfTurn(then: () => boolean): void {
    this.ending.push(then);
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.core.scheduler.add(this, false);
  }

  run(): boolean {
    const { ending } = this;
    this.ending = [];
    for (const [at, then] of ending.entries()) {
      if (!this.mustWait && then()) continue;
      this.ending.unshift(...ending.slice(at));
      return false;
    }
    if (this.ending.length > 0) return false;
    this.isScheduled = false;
    return true;
  }

  failed(error: unknown): void {
    this.isScheduled = false;
    this.onFault(error);
  }

  /** Does what waits for the end of the turn now. */
  close(): void {
    this.isClosing = true;
    while (this.ending.length > 0) this.run();
    this.core.flushAll();
  }
}
