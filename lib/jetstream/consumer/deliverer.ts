import type { Scheduler, Task } from '../../clients/scheduler.js';
import { withHeaders } from '../headers.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { Store, StoredMessage } from '../store/store.js';
import { ackSubject } from './ack-subject.js';
import type { OutgoingMessage } from './delivery-batch.js';
import type { MessageCursor } from './message-cursor.js';
import type { Outlet } from './outlet.js';
import type { PendingMessages } from './pending.js';
import type { PullQueue } from './pull-queue.js';
import type { PushTarget } from './push-target.js';
import type { Schedule } from './schedule.js';
import { left, status } from './statuses.js';

/** What one slice delivers at most. */
const SLICE_MESSAGES = 256;
const SLICE_BYTES = 256 * 1024;
/** Messages looked at at once for one that is to be delivered. */
const SEARCH_MESSAGES = 1_024;
/** Messages that are to be delivered again and cannot be, looked at at once. */
const REPEAT_MESSAGES = 64;
/** Work of one delivery, beside what routing counts, and of one message that is looked at, in units. */
const DELIVERY_UNITS = 25;
const LOOK_UNITS = 2;
/** A request that is looked at costs as much as so many messages. */
const REQUEST_LOOKS = 4;

/** A consumer as its deliveries see it. */
export interface DeliveringConsumer {
  readonly config: ConsumerConfig;
  readonly store: Store;
  readonly pending: PendingMessages;
  readonly cursor: MessageCursor;
  readonly outlet: Outlet;
  /** Requests, where it is asked for messages. */
  readonly pulls: PullQueue | undefined;
  /** Where messages go, where it is not asked for them. */
  readonly push: PushTarget | undefined;
  /** What the subjects of its acknowledgements begin with. */
  readonly ackPrefix: string;
  readonly schedule: Schedule;
  /** Whether it may deliver at all. */
  readonly isRunning: boolean;
  /** Unix milliseconds. */
  now(): number;
  /** Takes in what has become of messages of its stream. */
  catchUp(): void;
  /** A message was delivered. */
  delivered(sequence: number): void;
  /** A message has been delivered as often as it may be. */
  exhausted(sequence: number): void;
  /** A message that was to be delivered again is gone. */
  lost(sequence: number): void;
  /** A slice is over. */
  rest(): void;
  failed(error: unknown): void;
}

interface Candidate {
  readonly message: StoredMessage;
  /** How often it has been delivered then. */
  readonly deliveries: number;
}

/** Delivers what a consumer may deliver, in slices at the end of turns of the event loop. */
export class Deliverer implements Task {
  private readonly consumer: DeliveringConsumer;
  private readonly scheduler: Pick<Scheduler, 'add' | 'work'>;
  private isScheduled = false;
  /** Whether something has changed during the slice that is under way. */
  private isWoken = false;

  constructor(consumer: DeliveringConsumer, scheduler: Pick<Scheduler, 'add' | 'work'>) {
    this.consumer = consumer;
    this.scheduler = scheduler;
  }

  /** There may be something to deliver. */
  wake(): void {
    this.isWoken = true;
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.scheduler.add(this, false);
  }

  run(): boolean {
    this.isWoken = false;
    const goesOn = this.slice();
    this.consumer.rest();
    if (goesOn || this.isWoken) return false;
    this.isScheduled = false;
    return true;
  }

  failed(error: unknown): void {
    this.isScheduled = false;
    this.consumer.failed(error);
  }

  /** Returns whether there may be more to deliver at once. */
  private slice(): boolean {
    const { consumer } = this;
    const { work } = this.scheduler;
    let messages = 0;
    let bytes = 0;
    let delivered: number | false = 0;
    while (messages < SLICE_MESSAGES && bytes < SLICE_BYTES && work.units < work.limit) {
      delivered = this.deliverNext();
      const looked = consumer.cursor.takeLooked() + (consumer.pulls?.takeLooked() ?? 0) * REQUEST_LOOKS;
      work.units += DELIVERY_UNITS + looked * LOOK_UNITS;
      if (delivered === false) break;
      if (delivered === 0) continue;
      messages++;
      bytes += delivered;
    }
    consumer.outlet.flush();
    return delivered !== false;
  }

  /** Returns the size of what was delivered; 0: nothing has been found yet; false: nothing can be delivered now. */
  private deliverNext(): number | false {
    const { consumer } = this;
    const { pulls, push, outlet } = consumer;
    consumer.catchUp();
    if (!consumer.isRunning || outlet.isHeld) return false;
    if (pulls === undefined ? push?.isReady !== true : pulls.size === 0) return false;
    const candidate = this.candidate();
    if (candidate === 'searching') return 0;
    if (candidate === 'none' || candidate === 'full') {
      pulls?.sweep(candidate === 'none');
      return false;
    }
    return this.deliver(candidate);
  }

  private candidate(): Candidate | 'none' | 'full' | 'searching' {
    const { consumer } = this;
    const { pending, cursor, config } = consumer;
    const { max_ack_pending = 0 } = config;
    const again = this.candidateAgain();
    if (again !== 'none') return again;
    if (max_ack_pending > 0 && pending.size >= max_ack_pending) return 'full';
    const message = cursor.peek(SEARCH_MESSAGES);
    if (message === false) return 'searching';
    return message === undefined ? 'none' : { message, deliveries: 1 };
  }

  private candidateAgain(): Candidate | 'none' | 'searching' {
    const { consumer } = this;
    const { pending, store } = consumer;
    const { maxDeliver } = pending.terms;
    let left = REPEAT_MESSAGES;
    for (let sequence = pending.nextAgain; sequence !== undefined; sequence = pending.nextAgain) {
      if (left-- === 0) return 'searching';
      const deliveries = pending.deliveriesOf(sequence) + 1;
      if (maxDeliver > 0 && deliveries > maxDeliver) {
        consumer.exhausted(sequence);
        continue;
      }
      const message = store.get(sequence);
      if (message !== undefined) return { message, deliveries };
      consumer.lost(sequence);
    }
    return 'none';
  }

  /** Returns its size; false: there is nothing that it can go to now. */
  private deliver({ message, deliveries }: Candidate): number | false {
    const { consumer } = this;
    const { pending, cursor, outlet, pulls, push, config, ackPrefix, schedule } = consumer;
    const { sequence, at } = message;
    const isNew = deliveries === 1 && pending.get(sequence) === undefined;
    const reply = ackSubject(ackPrefix, {
      ...{ deliveries, sequence, at },
      consumerSequence: pending.delivered.consumer + 1,
      pending: Math.max(0, cursor.pending - (isNew ? 1 : 0)),
    });
    const outgoing = outgoingOf(message, reply, config.headers_only === true);
    const bytes = outgoing.subject.length + reply.length + outgoing.body.length;
    const now = consumer.now();
    if (!schedule.admits(message, bytes, now)) return false;
    const request = pulls?.pick(bytes);
    const target = request?.reply ?? push?.subject;
    if (target === undefined) return false;
    schedule.delivered(message, bytes, now);
    if (isNew) {
      cursor.take(message);
      pending.deliver(sequence, now);
    } else pending.redeliver(sequence, now);
    const pin = request?.pin ?? '';
    outlet.deliver(target, sequence, pin === '' ? outgoing : pinned(outgoing, pin));
    if (request !== undefined && request.messages <= 0 && request.bytes > 0)
      outlet.say(target, status(409, 'Batch Completed', left(request.messages, request.bytes)));
    push?.sent(bytes);
    consumer.delivered(sequence);
    return bytes;
  }
}

/** A message with the id of the client that it goes to. */
function pinned({ subject, reply, body, headerBytes }: OutgoingMessage, pin: string): OutgoingMessage {
  const block = headerBytes === 0 ? undefined : body.subarray(0, headerBytes);
  const headers = withHeaders(block, [['Nats-Pin-Id', pin]]);
  return {
    ...{ subject, reply },
    body: Buffer.concat([headers, body.subarray(headerBytes)]),
    headerBytes: headers.length,
  };
}

/** A message as it is delivered. */
function outgoingOf(
  { subject, body, headerBytes }: StoredMessage,
  reply: string,
  isHeadersOnly: boolean,
): OutgoingMessage {
  if (!isHeadersOnly) return { subject, reply, body, headerBytes };
  const block = headerBytes === 0 ? undefined : body.subarray(0, headerBytes);
  const headers = withHeaders(block, [['Nats-Msg-Size', body.length - headerBytes]]);
  return { subject, reply, body: headers, headerBytes: headers.length };
}
