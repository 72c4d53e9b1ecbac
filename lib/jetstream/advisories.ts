import { randomBytes } from 'node:crypto';
import type { Account } from '../routing/account.js';
import type { JetStreamClock } from './clock.js';
import { timeText } from './instant.js';
import type { Outgoing } from './outgoing.js';

const PREFIX = '$JS.EVENT.';
const ID_BYTES = 16;

/** Publishes what happens to streams and consumers, where something listens for it. */
export class Advisories {
  private readonly outgoing: Outgoing;
  private readonly clock: JetStreamClock;
  private readonly domain: string | undefined;

  constructor(outgoing: Outgoing, clock: JetStreamClock, domain: string | undefined) {
    this.outgoing = outgoing;
    this.clock = clock;
    this.domain = domain;
  }

  /**
   * Publishes one event in `account`.
   * @param subject what follows `$JS.EVENT.`: `ADVISORY.STREAM.CREATED.orders`
   * @param type what follows `io.nats.jetstream.`: `advisory.v1.stream_action`
   * @param fields made only where there is a receiver
   */
  publish(account: Account, subject: string, type: string, fields: () => object): void {
    const where = `${PREFIX}${subject}`;
    if (!this.outgoing.hasReceiver(account, where)) return;
    const event = {
      type: `io.nats.jetstream.${type}`,
      id: randomBytes(ID_BYTES).toString('base64url'),
      timestamp: timeText(this.clock.now()),
      ...fields(),
      ...(this.domain === undefined ? {} : { domain: this.domain }),
    };
    this.outgoing.publish(account, { subject: where, payload: Buffer.from(JSON.stringify(event)) });
  }

  /** A stream was created, changed or deleted. */
  stream(account: Account, stream: string, action: 'create' | 'modify' | 'delete'): void {
    const word = { create: 'CREATED', modify: 'UPDATED', delete: 'DELETED' }[action];
    this.publish(account, `ADVISORY.STREAM.${word}.${stream}`, 'advisory.v1.stream_action', () => ({
      stream,
      action,
    }));
  }
}
