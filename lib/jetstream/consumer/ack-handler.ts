import type { Instant } from '../instant.js';
import type { AckPolicy } from '../settings/consumer-config.js';
import type { AckSubject } from './ack-subject.js';
import { parseAcknowledgement } from './acknowledgement.js';
import type { ConsumerEvents } from './consumer-events.js';
import type { PendingMessages } from './pending.js';

/** A consumer as its acknowledgements see it. */
export interface AcknowledgedConsumer {
  readonly config: { readonly ack_policy: AckPolicy; readonly sample_freq?: string };
  readonly pending: PendingMessages;
  /** Unix milliseconds. */
  now(): number;
  /** The stream may let go of these. */
  release(sequences: readonly number[]): void;
  /** Takes a request for messages. */
  request(reply: string, body: string): void;
  /** What waits to be acknowledged has changed. */
  changed(): void;
}

/** Carries out what clients say of messages that they were given. */
export class AckHandler {
  /** When the last message was acknowledged. */
  acknowledgedAt: Instant | undefined = undefined;
  private readonly consumer: AcknowledgedConsumer;
  private readonly events: ConsumerEvents;
  private readonly clock: { now(): Instant };

  constructor(consumer: AcknowledgedConsumer, events: ConsumerEvents, clock: { now(): Instant }) {
    this.consumer = consumer;
    this.events = events;
    this.clock = clock;
  }

  /** Carries one out. @returns whether it is confirmed where that is asked for */
  take(subject: AckSubject, body: Buffer, reply: string | undefined): boolean {
    const { streamSequence: sequence, consumerSequence, deliveries } = subject;
    const { consumer, events } = this;
    const acknowledgement = parseAcknowledgement(body);
    switch (acknowledgement.kind) {
      case 'ack':
        this.sample(subject);
        return this.settle(subject);
      case 'next':
        this.sample(subject);
        this.settle(subject);
        if (reply !== undefined) consumer.request(reply, acknowledgement.request);
        return false;
      case 'nak': {
        const { delayMs } = acknowledgement;
        if (consumer.pending.refuse(sequence, consumerSequence, delayMs, consumer.now())) {
          events.refused(sequence, consumerSequence, deliveries);
          consumer.changed();
        }
        break;
      }
      case 'progress':
        consumer.pending.progress(sequence, consumer.now());
        consumer.changed();
        break;
      case 'term': {
        const isConfirmed = this.settle(subject);
        events.terminated(sequence, consumerSequence, deliveries, acknowledgement.reason);
        return isConfirmed;
      }
      case 'unknown':
        break;
    }
    return sequence > 0;
  }

  /** Publishes how long the acknowledgement took, for as many of them as the configuration says. */
  private sample({ streamSequence: sequence, consumerSequence, deliveries }: AckSubject): void {
    const { config, pending } = this.consumer;
    const percent = Number.parseInt(config.sample_freq ?? '0', 10);
    if (percent <= 0 || config.ack_policy !== 'explicit') return;
    const message = pending.get(sequence);
    if (message === undefined || Math.random() * 100 > percent) return;
    this.events.sampled(sequence, consumerSequence, deliveries, this.consumer.now() - message.at);
  }

  private settle({ streamSequence: sequence, consumerSequence }: AckSubject): boolean {
    const { pending } = this.consumer;
    if (!pending.isDelivered(sequence)) return false;
    const gone = pending.acknowledge(sequence, consumerSequence);
    this.acknowledgedAt = this.clock.now();
    this.consumer.changed();
    this.consumer.release(gone);
    return true;
  }
}
