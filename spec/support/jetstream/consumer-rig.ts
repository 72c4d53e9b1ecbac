import type { Publisher, Sink } from '../../../lib/clients/subscription.js';
import type { CommandBatch } from '../../../lib/frame/command.js';
import { Advisories } from '../../../lib/jetstream/advisories.js';
import { JetStreamClock } from '../../../lib/jetstream/clock.js';
import { Consumer } from '../../../lib/jetstream/consumer/consumer.js';
import { InterestWatch } from '../../../lib/jetstream/consumer/interest-watch.js';
import { StreamConsumers } from '../../../lib/jetstream/consumer/stream-consumers.js';
import { StreamNotices } from '../../../lib/jetstream/consumer/stream-notices.js';
import type { ConsumerStream } from '../../../lib/jetstream/consumer/stream-side.js';
import { Outgoing } from '../../../lib/jetstream/outgoing.js';
import { SearchBudget } from '../../../lib/jetstream/search-budget.js';
import type { ConsumerConfig } from '../../../lib/jetstream/settings/consumer-config.js';
import { MemoryStore } from '../../../lib/jetstream/store/memory.js';
import { Turns } from '../../../lib/jetstream/turns.js';
import { Core } from '../../../lib/routing/core.js';
import { FakeClock } from '../fake-clock.js';

/** One consumer of a stream in memory, on a core of its own, whose turns are run at once. */
export class ConsumerRig {
  /** What was sent, in order. */
  readonly sent: string[] = [];
  readonly time = new FakeClock();
  readonly store = new MemoryStore();
  readonly consumer: Consumer;
  /** Messages that the consumer has settled. */
  readonly settled: number[] = [];
  private readonly core = new Core();
  private readonly stream: ConsumerStream;
  private readonly notices: StreamNotices;
  private readonly clock = new JetStreamClock(this.time);
  private requested = 0;
  /** Turns of the event loop that were run. */
  turns = 0;

  constructor(config: ConsumerConfig, retention: 'limits' | 'interest' | 'workqueue' = 'limits') {
    const { core, store, clock } = this;
    const account = core.account('A');
    const consumers = new StreamConsumers();
    const failed = (error: unknown) => {
      throw error;
    };
    const outgoing = new Outgoing(core, failed);
    const turns = new Turns(Number.POSITIVE_INFINITY);
    this.notices = new StreamNotices(consumers, core.scheduler, failed);
    const { changes } = this.notices;
    this.stream = {
      ...{ name: 'S', account, store, subjects: ['>'], retention, consumers, changes },
      config: { max_msgs_per_subject: -1, max_msg_size: -1 },
      settled: (_consumer, sequence) => void this.settled.push(sequence),
      interestChanged() {},
    };
    account.interest.attach(this, this.recorder(), 'in.*');
    const tools = {
      ...{
        core,
        clock,
        outgoing,
        turns,
        domain: undefined,
        serverName: () => 's',
      },
      searches: new SearchBudget(),
      consumerLimits: { maxAckPending: 0, maxRequestBatch: 0 },
      interestWatch: new InterestWatch(core.interest, clock.timers, turns, failed),
      advisories: new Advisories(outgoing, clock, undefined),
      failed,
    };
    this.consumer = new Consumer(this.stream, tools, 'c', config, clock.now(), undefined);
    this.time.settle = () => this.runTurns();
  }

  async start(): Promise<void> {
    await this.consumer.start(undefined);
    this.runTurns();
  }

  publish(subject: string): void {
    const sequence = this.store.append(subject, Buffer.from('x'), 0, this.clock.now());
    this.notices.appended(sequence, subject);
    this.notices.wake();
    this.runTurns();
  }

  /** Stores messages on these subjects; nothing is delivered yet. */
  fill(subjects: readonly string[]): void {
    for (const subject of subjects)
      this.notices.appended(this.store.append(subject, Buffer.from('x'), 0, this.clock.now()), subject);
    this.notices.wake();
  }

  remove(sequence: number): void {
    const removed = this.store.remove(sequence);
    if (removed !== undefined) this.notices.removed(sequence, removed.subject);
    this.runTurns();
  }

  purgeBelow(sequence: number): void {
    this.store.truncateFront(sequence);
    this.notices.purged('');
    this.runTurns();
  }

  pull(request: object): void {
    this.consumer.request(`in.${this.requested++}`, JSON.stringify(request));
    this.runTurns();
  }

  acknowledge(streamSequence: number, consumerSequence: number, deliveries: number, body: string): void {
    const subject = { stream: 'S', consumer: 'c', streamSequence, consumerSequence, deliveries };
    this.consumer.acknowledge(subject, Buffer.from(body), undefined);
    this.runTurns();
  }

  /** Nothing listens for what it delivers any more. */
  leave(): void {
    this.core.account('A').interest.detach(this);
  }

  pass(ms: number): void {
    this.time.pass(ms);
  }

  /** The same numbers as those of the model. */
  get numbers(): readonly number[] {
    const { pending, cursor, pulls } = this.consumer;
    const { delivered, floor, size, redelivered } = pending;
    const positions = [delivered.consumer, delivered.stream, floor.consumer, floor.stream];
    return [...positions, size, redelivered, pulls?.size ?? 0, cursor.pending];
  }

  runTurns(): void {
    do {
      this.core.scheduler.runTurn();
      this.turns++;
    } while (this.core.scheduler.waiting > 0);
  }

  stop(): void {
    this.core.scheduler.stop();
    this.core.destroy();
  }

  private recorder(): Sink {
    return {
      ...{ kind: 'service', units: 1, owner: this, isAdvertised: true },
      take: (_publisher: Publisher, batch: CommandBatch, from: number, to: number): number => {
        const { target } = this.core.router.context;
        for (let row = from; row < to; row++)
          this.sent.push(`${target ?? batch.subject(row)}: ${told(batch, row)}`);
        return to - from;
      },
    };
  }
}

function told(batch: CommandBatch, row: number): string {
  const [status = '', messages = ''] = (batch.headers(row)?.toString() ?? '').split('\r\n');
  const left = /^Nats-Pending-Messages: (\d+)$/.exec(messages)?.[1];
  if (status !== '') return `${status.slice('NATS/1.0 '.length)}${left === undefined ? '' : ` ${left}`}`;
  const [deliveries, stream, consumer, , pending] = (batch.reply(row) ?? '').split('.').slice(4);
  return `${batch.subject(row)} ${deliveries}.${stream}.${consumer} +${pending}`;
}
