import type { Steps } from '../../domain/steps.js';
import type { Account } from '../../routing/account.js';
import { type Instant, timeText } from '../instant.js';
import { type ConsumerConfig, filterOf } from '../settings/consumer-config.js';
import type { ConsumerJournal, ConsumerState } from '../store/storage.js';
import type { Store, SubjectFilter } from '../store/store.js';
import { matcherOf } from '../store/subject-matcher.js';
import type { JetStreamTools } from '../stream-host.js';
import type { Timer } from '../timers.js';
import { AckHandler, type AcknowledgedConsumer } from './ack-handler.js';
import { ACK_PREFIX, type AckSubject } from './ack-subject.js';
import { termsOf } from './ack-terms.js';
import { ChangeReader } from './change-reader.js';
import { ConsumerEvents } from './consumer-events.js';
import type { ConsumerMeta } from './consumer-meta.js';
import { Deliverer, type DeliveringConsumer } from './deliverer.js';
import { Inactivity } from './inactivity.js';
import { acknowledgeRest, repeatAll } from './many-messages.js';
import { MessageCursor } from './message-cursor.js';
import { Outlet, type OutletOwner } from './outlet.js';
import { PendingMessages } from './pending.js';
import { Preparation } from './preparation.js';
import { Priority } from './priority.js';
import { takeRequest } from './pull-intake.js';
import { type PullHost, PullQueue, type Readiness } from './pull-queue.js';
import { type PushHost, PushTarget } from './push-target.js';
import { begin, recount } from './recount.js';
import { Schedule } from './schedule.js';
import type { ConsumerStream, StreamConsumer } from './stream-side.js';

const NS_PER_MS = 1e6;
const NOTHING = Buffer.alloc(0);

/** One consumer: delivers the messages of its stream, and keeps account of what is acknowledged. */
export class Consumer
  implements StreamConsumer, DeliveringConsumer, AcknowledgedConsumer, OutletOwner, PullHost, PushHost
{
  readonly name: string;
  readonly isListed: boolean;
  /** @see ConsumerMeta */
  filteredAfter = 0;
  readonly created: Instant;
  readonly stream: ConsumerStream;
  readonly pending: PendingMessages;
  readonly cursor: MessageCursor;
  readonly outlet: Outlet;
  readonly pulls: PullQueue | undefined;
  readonly push: PushTarget | undefined;
  readonly ackPrefix: string;
  readonly schedule: Schedule;
  config: ConsumerConfig;
  filter: SubjectFilter;
  /** When it delivered last. */
  deliveredAt: Instant | undefined = undefined;
  readonly acks: AckHandler;
  private readonly tools: JetStreamTools;
  private readonly journal: ConsumerJournal | undefined;
  private readonly events: ConsumerEvents;
  private readonly deliverer: Deliverer;
  private readonly inactivity: Inactivity;
  private readonly ackTimer: Timer;
  private readonly pullTimer: Timer;
  private isStopped = false;
  /** What is left of an acknowledgement of many messages. */
  private readonly acknowledgement: Preparation;
  private readonly changes: ChangeReader;
  /** Up to where messages were committed when it was notified last. */
  private wokenAt = 0;
  /** Whether it has begun: what it begins with has been found. */
  private hasBegun = false;
  private readonly preparation: Preparation;

  /** @param journal where its state is kept; undefined: nowhere */
  constructor(
    stream: ConsumerStream,
    tools: JetStreamTools,
    name: string,
    config: ConsumerConfig,
    created: Instant,
    journal: ConsumerJournal | undefined,
  ) {
    this.stream = stream;
    this.tools = tools;
    this.name = name;
    this.config = config;
    this.isListed = config.direct !== true;
    this.created = created;
    this.journal = journal;
    this.filter = filterOf(config);
    this.changes = new ChangeReader(stream.changes, this);
    this.ackPrefix = `${ACK_PREFIX}${stream.name}.${name}.`;
    this.pending = new PendingMessages(termsOf(config));
    this.cursor = new MessageCursor(stream.store, this.filter);
    const { core, clock, interestWatch } = tools;
    const { timers } = clock;
    this.outlet = new Outlet(core.router, this);
    this.events = new ConsumerEvents(tools.advisories, stream, name);
    this.acks = new AckHandler(this, this.events, clock);
    this.preparation = new Preparation(tools.turns, () => this.deliverer.wake());
    this.acknowledgement = new Preparation(tools.turns, () => this.deliverer.wake());
    this.deliverer = new Deliverer(this, core.scheduler);
    this.ackTimer = timers.add(() => this.expire());
    this.pullTimer = timers.add(() => this.sweep());
    this.inactivity = new Inactivity(timers, () => this.now(), this);
    const { deliver_subject: subject } = config;
    const priority = new Priority(this, this.events, clock);
    this.pulls = subject === undefined ? new PullQueue(this, priority) : undefined;
    this.schedule = new Schedule(this, timers, config);
    const target = { watch: interestWatch, timers, stream: stream.name, consumer: name };
    this.push = subject === undefined ? undefined : new PushTarget(this, config, subject, target);
    stream.consumers.set(name, this);
  }

  get account(): Account {
    return this.stream.account;
  }

  get store(): Store {
    return this.stream.store;
  }

  get meta(): ConsumerMeta {
    const { name, config, filteredAfter } = this;
    const meta = { name, config, created: timeText(this.created) };
    return filteredAfter === 0 ? meta : { ...meta, filtered_after: filteredAfter };
  }

  get isRunning(): boolean {
    return this.hasBegun && !this.preparation.isRunning && !this.isStopped && this.schedule.pauseMs === 0;
  }

  get last(): { readonly consumer: number; readonly stream: number } {
    return { consumer: this.pending.delivered.consumer, stream: this.cursor.passed };
  }

  /** Finds where it begins, or goes on from what was kept, and begins to deliver. */
  async start(kept: ConsumerState | undefined): Promise<void> {
    const { pending, cursor } = this;
    if (kept !== undefined) {
      pending.restore(kept);
      cursor.begin({ next: kept.delivered.stream + 1, only: [] });
    }
    await this.preparation.run(() => (kept === undefined ? begin(this) : this.countAnew()));
    this.hasBegun = true;
    this.remember();
    this.push?.start();
    this.inactivity.start(this.config.inactive_threshold ?? 0);
    this.armAcks();
    this.deliverer.wake();
  }

  /** Publishes that it was made. */
  announce(): void {
    this.events.created();
  }

  now(): number {
    const { ms, ns } = this.tools.clock.now();
    return ms + ns / NS_PER_MS;
  }

  needs(sequence: number, subject: string): boolean {
    if (!matcherOf(this.filter).matches(subject)) return false;
    return !this.hasBegun || this.cursor.isAhead(sequence, subject) || this.pending.holds(sequence);
  }

  notified(): number {
    const taken = this.catchUp();
    const { committed } = this.store;
    if (committed !== this.wokenAt && this.pulls?.size !== 0) this.deliverer.wake();
    this.wokenAt = committed;
    return taken;
  }

  /** Takes in what has become of messages of its stream since it did so last. Returns how many changes that were. */
  catchUp(): number {
    return this.changes.catchUp();
  }

  appended(sequence: number, subject: string): void {
    this.cursor.appended(sequence, subject);
  }

  removed(sequence: number, subject: string): void {
    const { pending, cursor } = this;
    cursor.removed(sequence, subject);
    if (pending.get(sequence) === undefined) pending.forget(sequence);
    else this.lost(sequence);
  }

  purged(): void {
    const { firstSequence } = this.store.state;
    this.cursor.skipTo(firstSequence);
    this.pending.passTo(Math.max(firstSequence - 1, this.cursor.passed));
    this.prepareAgain();
  }

  *stop(reason: 'stream deleted' | 'consumer deleted' | 'shutdown'): Steps<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    const isShutdown = reason === 'shutdown';
    if (!isShutdown) this.events.deleted();
    this.ackTimer.cancel();
    this.pullTimer.cancel();
    this.schedule.stop();
    this.pulls?.priority.stop();
    this.tools.interestWatch.forgetRequests(this.pulls);
    this.inactivity.stop();
    this.push?.stop();
    this.stream.consumers.delete(this.name);
    if (isShutdown) void this.journal?.close();
    else if (reason === 'consumer deleted') void this.journal?.delete().catch(this.tools.failed);
    yield* this.pulls?.endAll(isShutdown ? 'Server Shutdown' : 'Consumer Deleted', isShutdown) ?? [];
    this.outlet.close();
  }

  /** Ends it, and forgets its state. */
  delete(): void {
    if (this.isStopped) return;
    const rest = this.tools.turns.runNow(this.stop('consumer deleted'));
    if (rest instanceof Promise) rest.catch(this.tools.failed);
    this.stream.interestChanged(this);
  }

  /** Goes by another configuration, which has been checked, from now on. */
  async update(config: ConsumerConfig): Promise<void> {
    const { pending, tools } = this;
    const before = this.config;
    this.config = config;
    const filter = filterOf(config);
    const isFilterNew = [...filter].sort().join(' ') !== [...this.filter].sort().join(' ');
    if (isFilterNew) this.filteredAfter = this.cursor.passed;
    await this.journal?.save(this.meta);
    await tools.turns.run(pending.retime(termsOf(config)));
    this.armAcks();
    if (config.deliver_subject !== undefined && config.deliver_subject !== before.deliver_subject) {
      await tools.turns.run(repeatAll(this));
      this.push?.redirect(config.deliver_subject);
    }
    this.schedule.change(before, config);
    if (config.inactive_threshold !== before.inactive_threshold)
      this.inactivity.start(config.inactive_threshold ?? 0);
    this.catchUp();
    if (isFilterNew) {
      this.stream.consumers.delete(this.name);
      this.filter = filter;
      this.stream.consumers.set(this.name, this);
      this.cursor.refilter(filter);
      await this.prepareAgain();
      this.stream.interestChanged(this);
    }
    this.deliverer.wake();
  }

  /** Takes a request for messages. */
  request(reply: string, body: string): void {
    this.inactivity.touch();
    this.catchUp();
    if (!takeRequest(this, reply, body)) return;
    this.tools.interestWatch.watchRequests(this.pulls);
    this.armPulls();
    this.deliverer.wake();
  }

  /** Takes an acknowledgement. @param reply where it is confirmed; undefined: nowhere */
  acknowledge(subject: AckSubject, body: Buffer, reply: string | undefined): void {
    const { pending, config, tools } = this;
    if (this.isStopped) return;
    this.catchUp();
    const wasFull = pending.size >= (config.max_ack_pending ?? 0);
    const isConfirmed = this.acks.take(subject, body, reply);
    if (pending.isAcknowledging && !this.acknowledgement.isRunning)
      this.acknowledgement.run(() => acknowledgeRest(this));
    this.inactivity.touch();
    if (reply !== undefined && isConfirmed)
      tools.outgoing.publish(this.account, { subject: reply, payload: NOTHING });
    if ((wasFull || pending.waiting > 0) && !this.isStopped) this.deliverer.wake();
  }

  release(sequences: readonly number[]): void {
    if (this.stream.retention !== 'limits')
      for (const sequence of sequences) this.stream.settled(this, sequence);
  }

  changed(): void {
    this.remember();
    this.armAcks();
  }

  readiness(reply: string): Readiness {
    return this.outlet.readiness(reply);
  }

  say(reply: string, block: Buffer): void {
    this.outlet.say(reply, block);
  }

  delivered(sequence: number): void {
    this.deliveredAt = this.tools.clock.now();
    if (this.config.ack_policy === 'none') this.release([sequence]);
  }

  exhausted(sequence: number): void {
    const { pending, events } = this;
    events.maxDeliveries(sequence, pending.deliveriesOf(sequence));
    pending.exhaust(sequence);
    this.remember();
  }

  lost(sequence: number): void {
    const { pending, events } = this;
    const deliveries = pending.deliveriesOf(sequence);
    const message = pending.drop(sequence);
    if (message !== undefined)
      events.terminated(sequence, message.consumer, deliveries, 'Unacknowledged message was deleted');
    this.remember();
    this.deliverer.wake();
  }

  paused(isPaused: boolean, until: string | undefined): void {
    this.events.paused(isPaused, until);
  }

  rest(): void {
    if (this.isStopped) return;
    this.remember();
    this.armAcks();
    this.armPulls();
    this.inactivity.touch();
  }

  resume(): void {
    if (!this.isStopped) this.deliverer.wake();
  }

  bound(isBound: boolean): void {
    this.inactivity.bound(isBound);
  }

  missed(target: string, sequences: readonly number[]): void {
    // Where there is interest, something kept them from it: they wait until they are delivered again.
    if (this.pulls === undefined || this.readiness(target) !== 'none') return;
    for (const sequence of sequences) this.pending.undeliver(sequence);
    this.deliverer.wake();
  }

  failed(error: unknown): void {
    this.tools.failed(error);
  }

  /** Whether it may be that something still uses it. */
  get isUsed(): boolean {
    if (this.push !== undefined) return this.push.isActive;
    this.pulls?.sweep(false);
    return this.pulls?.size !== 0 || this.pending.nextDue !== Number.POSITIVE_INFINITY;
  }

  /** Its time without use is over. */
  abandon(): void {
    this.delete();
  }

  private remember(): void {
    this.journal?.changed(this.pending);
  }

  private expire(): void {
    for (const sequence of this.pending.expire(this.now())) this.exhausted(sequence);
    this.armAcks();
    this.deliverer.wake();
  }

  private sweep(): void {
    this.pulls?.sweep(false);
    this.armPulls();
  }

  private armAcks(): void {
    this.arm(this.ackTimer, this.pending.nextDue);
  }

  private armPulls(): void {
    if (this.pulls !== undefined) this.arm(this.pullTimer, this.pulls.nextDue);
  }

  private arm(timer: Timer, due: number): void {
    if (this.isStopped || due === Number.POSITIVE_INFINITY) timer.cancel();
    else timer.after(due - this.now());
  }

  private prepareAgain(): Promise<void> | undefined {
    return this.isStopped ? undefined : this.preparation.run(() => this.countAnew());
  }

  private *countAnew(): Steps<void> {
    yield* recount(this);
    this.remember();
    this.deliverer.wake();
  }
}
