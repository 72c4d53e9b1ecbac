import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { RunningBroker } from '../broker/running.js';
import { SluiceError } from '../domain/errors.js';
import type { FlowPolicy } from '../domain/flow-policy.js';
import type { HeadersInput } from './headers.js';
import { Inbox } from './inbox.js';
import { LocalConnection, type LocalOptions, type LocalUser } from './local-connection.js';
import type { Message, Payload } from './message.js';
import { publication } from './publication.js';
import { Receipt } from './receipt.js';

/** What one account's programs in this process publish and ask with: one client of the core, made when first used. */
export class LocalClient {
  private readonly broker: RunningBroker;
  private readonly log: Logger;
  private readonly account: string;
  private opened: { readonly connection: LocalConnection; readonly inbox: Inbox } | undefined;

  constructor(broker: RunningBroker, log: Logger, account: string) {
    this.broker = broker;
    this.log = log;
    this.account = account;
  }

  /** Publishes; see `Broker.publish`. */
  async publish(
    subject: string,
    payload: Payload,
    options: { readonly reply?: string | undefined; readonly headers?: HeadersInput | undefined },
  ): Promise<void> {
    const { client } = this.open().connection;
    const receipt = new Receipt();
    const { reply, headers } = options;
    const batch = publication(subject, payload, reply, headers, receipt, this.broker.settings.nats);
    this.broker.core.write({ client, batch, from: 0 });
    if (receipt.isDone) return;
    if (!receipt.isTaken) client.expect(receipt);
    await receipt.promise;
  }

  /** Asks; see `Broker.request`. */
  async request(
    subject: string,
    payload: Payload,
    options: {
      readonly headers?: HeadersInput | undefined;
      readonly timeoutMs: number;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<Message> {
    options.signal?.throwIfAborted();
    const { inbox } = this.open();
    const { reply, answer } = inbox.expect(subject, options.timeoutMs, options.signal);
    const { headers } = options;
    // Held or not, it has been sent: what counts is the answer.
    this.publish(subject, payload, { reply, headers }).catch((error: unknown) => {
      inbox.reject(reply, error as Error);
    });
    return answer;
  }

  /** An end of its own, for a subscription. */
  join(
    user: LocalUser,
    name: string | undefined,
    max: number,
    flow: FlowPolicy | undefined,
  ): LocalConnection {
    const respond: LocalOptions['respond'] = (reply, payload, { headers }) =>
      this.publish(reply, payload, { headers });
    return this.connect(user, { account: this.account, name, max, flow, respond });
  }

  private open(): { readonly connection: LocalConnection; readonly inbox: Inbox } {
    if (this.opened !== undefined && this.opened.connection.reason === undefined) return this.opened;
    const inbox = new Inbox(`_INBOX.${randomBytes(12).toString('base64url')}`);
    const respond: LocalOptions['respond'] = (reply, payload, { headers }) =>
      this.publish(reply, payload, { headers });
    const name = undefined;
    const connection = this.connect(inbox, { account: this.account, name, max: 0, flow: undefined, respond });
    connection.client.noResponders = true;
    inbox.open(connection.client);
    this.opened = { connection, inbox };
    return this.opened;
  }

  private connect(user: LocalUser, options: LocalOptions): LocalConnection {
    const { broker, log } = this;
    if (broker.isClosing) throw new SluiceError('SERVER_SHUTDOWN', 'the broker is closing, or has closed');
    return broker.join(
      (id, limits, left) => new LocalConnection(id, user, broker.core, limits, log, left, options),
    );
  }
}
