import type { Account } from '../../routing/account.js';
import type { Advisories } from '../advisories.js';
import { ZERO_TIME } from '../instant.js';

const NS_PER_MS = 1e6;

/** Publishes what happens to a consumer, and to what it delivers. */
export class ConsumerEvents {
  private readonly advisories: Advisories;
  private readonly stream: { readonly name: string; readonly account: Account };
  private readonly consumer: string;

  constructor(
    advisories: Advisories,
    stream: { readonly name: string; readonly account: Account },
    consumer: string,
  ) {
    this.advisories = advisories;
    this.stream = stream;
    this.consumer = consumer;
  }

  created(): void {
    this.publish('ADVISORY.CONSUMER.CREATED', 'advisory.v1.consumer_action', { action: 'create' });
  }

  deleted(): void {
    this.publish('ADVISORY.CONSUMER.DELETED', 'advisory.v1.consumer_action', { action: 'delete' });
  }

  /** A message was delivered as often as it may be, and not acknowledged. */
  maxDeliveries(stream_seq: number, deliveries: number): void {
    const fields = { stream_seq, deliveries };
    this.publish('ADVISORY.CONSUMER.MAX_DELIVERIES', 'advisory.v1.max_deliver', fields);
  }

  /** A client did not want a message. */
  refused(stream_seq: number, consumer_seq: number, deliveries: number): void {
    const fields = { consumer_seq, stream_seq, deliveries };
    this.publish('ADVISORY.CONSUMER.MSG_NAKED', 'advisory.v1.nak', fields);
  }

  /** A message is not delivered any more. */
  terminated(stream_seq: number, consumer_seq: number, deliveries: number, reason: string): void {
    const fields = { consumer_seq, stream_seq, deliveries, ...(reason === '' ? {} : { reason }) };
    this.publish('ADVISORY.CONSUMER.MSG_TERMINATED', 'advisory.v1.terminated', fields);
  }

  /** A message was acknowledged, and chosen for a sample. @param ackMs time since its last delivery */
  sampled(stream_seq: number, consumer_seq: number, deliveries: number, ackMs: number): void {
    const fields = { consumer_seq, stream_seq, ack_time: Math.round(ackMs * NS_PER_MS), deliveries };
    this.publish('METRIC.CONSUMER.ACK', 'metric.v1.consumer_ack', fields);
  }

  /** It was paused, or goes on. @param until as texts have it; undefined: it goes on */
  paused(isPaused: boolean, until: string | undefined): void {
    const fields = { paused: isPaused, pause_until: until ?? ZERO_TIME };
    this.publish('ADVISORY.CONSUMER.PAUSE', 'advisory.v1.consumer_pause', fields);
  }

  pinned(group: string, pinned_id: string): void {
    const fields = { account: this.stream.account.name, group, pinned_id };
    this.publish('ADVISORY.CONSUMER.PINNED', 'advisory.v1.consumer_group_pinned', fields);
  }

  unpinned(group: string, reason: 'admin' | 'timeout'): void {
    const fields = { account: this.stream.account.name, group, reason };
    this.publish('ADVISORY.CONSUMER.UNPINNED', 'advisory.v1.consumer_group_unpinned', fields);
  }

  private publish(subject: string, type: string, fields: object): void {
    const { name, account } = this.stream;
    this.advisories.publish(account, `${subject}.${name}.${this.consumer}`, type, () => ({
      stream: name,
      consumer: this.consumer,
      ...fields,
    }));
  }
}
