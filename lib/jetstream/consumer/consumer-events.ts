import type { Account } from '../../routing/account.js';
import type { Advisories } from '../advisories.js';

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

  private publish(subject: string, type: string, fields: object): void {
    const { name, account } = this.stream;
    this.advisories.publish(account, `${subject}.${name}.${this.consumer}`, type, () => ({
      stream: name,
      consumer: this.consumer,
      ...fields,
    }));
  }
}
