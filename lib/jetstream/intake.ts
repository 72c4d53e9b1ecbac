import type { Publisher, Sink } from '../clients/subscription.js';
import type { Steps } from '../domain/steps.js';
import type { CommandBatch } from '../frame/command.js';
import type { Account } from '../routing/account.js';

/** Subjects attached or detached between two steps. */
const STEP_SUBJECTS = 64;
/** Units of taking one message, beside its bytes. */
const TAKE_UNITS = 60;

/** What takes the messages: a stream. */
interface Taker {
  take(batch: CommandBatch, row: number): void;
}

/** A stream's subscriptions to all of its subjects in one account. They take nothing until all are there. */
class IntakeSink implements Sink {
  readonly kind = 'service';
  readonly units = TAKE_UNITS;
  readonly isAdvertised = true;
  readonly takesImported = true;
  readonly owner: Taker;
  readonly account: Account;
  isActive = false;

  constructor(owner: Taker, account: Account) {
    this.owner = owner;
    this.account = account;
  }

  take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    if (!this.isActive) return 0;
    for (let row = from; row < to; row++) this.owner.take(batch, row);
    return to - from;
  }
}

/** Has a stream take what is published on its subjects. */
export class Intake {
  private readonly taker: Taker;
  private sink: IntakeSink | undefined = undefined;

  constructor(taker: Taker) {
    this.taker = taker;
  }

  /** Takes messages on these subjects of an account from now on, and on no others. The change is one moment. */
  *attach(account: Account, subjects: readonly string[]): Steps<void> {
    const sink = new IntakeSink(this.taker, account);
    for (const [index, subject] of subjects.entries()) {
      account.interest.attach(sink, sink, subject);
      if (index % STEP_SUBJECTS === STEP_SUBJECTS - 1) yield;
    }
    const before = this.sink;
    this.stop();
    sink.isActive = true;
    this.sink = sink;
    yield* detach(before);
  }

  /** Takes nothing from now on. */
  stop(): void {
    if (this.sink !== undefined) this.sink.isActive = false;
  }

  /** Gives up its subjects. */
  *detach(): Steps<void> {
    this.stop();
    const { sink } = this;
    this.sink = undefined;
    yield* detach(sink);
  }
}

function* detach(sink: IntakeSink | undefined): Steps<void> {
  while (sink?.account.interest.detachSome(sink, STEP_SUBJECTS) === false) yield;
}
