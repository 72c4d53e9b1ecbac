import { clearImmediate, setImmediate } from 'node:timers';
import { isLiteralSubject } from '../domain/subject.js';
import { batchOf, type CommandBatch, type Publish } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import type { Core } from '../routing/core.js';
import { SERVER } from '../routing/server-publisher.js';

/** What ends a word in a control line: no subject that the server publishes to may have it. */
const BLANK = /[\s\0]/;

/** Publishes what JetStream says: answers, acknowledgements, advisories. */
export class Outgoing {
  private readonly core: Core;
  private ending: (() => void)[] = [];
  private immediate: NodeJS.Immediate | undefined = undefined;

  constructor(core: Core) {
    this.core = core;
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

  /** Whether a message on `subject` has a receiver, and may be published at all. */
  hasReceiver(account: Account, subject: string): boolean {
    if (!isLiteralSubject(subject) || BLANK.test(subject)) return false;
    // Unknown where it takes a long search: then the message is made, and routing finds out.
    return account.hasReceiverBeside(subject, SERVER) !== false;
  }

  /** Calls `then` once this turn's messages are routed. What it publishes is written at once. */
  atEndOfTurn(then: () => void): void {
    this.ending.push(then);
    this.immediate ??= setImmediate(this.endTurn);
  }

  /** Does what waits for the end of the turn now. */
  close(): void {
    if (this.immediate === undefined) return;
    clearImmediate(this.immediate);
    this.endTurn();
  }

  private readonly endTurn = (): void => {
    this.immediate = undefined;
    for (const then of this.ending.splice(0)) then();
    this.core.flushAll();
  };
}
