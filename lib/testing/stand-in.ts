import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AttachWebSocketOptions, CloseOptions } from '../broker.js';
import type { Address, Config } from '../config.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { Broker } from '../embed/broker.js';
import type { BrokerEvent, BrokerEvents } from '../embed/events.js';
import type { Message, Payload } from '../embed/message.js';
import type {
  ConnectOptions,
  JoinedOptions,
  PublishOptions,
  ReplyOptions,
  RequestOptions,
  SubscribeOptions,
} from '../embed/options.js';
import type { Handler, Responder } from '../embed/responder.js';
import type { BrokerSettings } from '../embed/settings.js';
import { JetStream } from '../embed/streams/jetstream.js';
import type { Subscription } from '../embed/subscription.js';

/** All of a broker but what says `this`. */
type Shared = Omit<Pick<Broker, keyof Broker>, 'on' | 'once' | 'off'>;

interface Listening {
  readonly name: BrokerEvent;
  readonly listener: unknown;
  readonly add: (broker: Broker) => void;
}

/** Stands for one broker across restarts, whichever runs at the time. */
export abstract class StandIn implements Shared, AsyncDisposable {
  /** The one that runs, or ran last. */
  protected broker!: Broker;
  readonly #listeners: Listening[] = [];

  /** From now on it is this one. */
  protected standFor(broker: Broker): void {
    this.broker = broker;
    for (const { add } of this.#listeners) add(broker);
  }

  /** Of the broker that runs at the time: it goes on after a restart. */
  readonly jetstream: JetStream = new JetStream(this);

  get natsAddress(): Address | undefined {
    return this.broker.natsAddress;
  }

  get lineAddress(): Address | undefined {
    return this.broker.lineAddress;
  }

  get natsAddresses(): readonly Address[] {
    return this.broker.natsAddresses;
  }

  get lineAddresses(): readonly Address[] {
    return this.broker.lineAddresses;
  }

  get leafAddress(): Address | undefined {
    return this.broker.leafAddress;
  }

  get websocketAddress(): Address | undefined {
    return this.broker.websocketAddress;
  }

  get monitorAddress(): Address | undefined {
    return this.broker.monitorAddress;
  }

  /** Another one after a `restart`. */
  get serverId(): string {
    return this.broker.serverId;
  }

  /** See `Broker.url`; the same after a `restart`. */
  get url(): string {
    return this.broker.url;
  }

  get closed(): boolean {
    return this.broker.closed;
  }

  addresses(dialect: DialectName): readonly Address[] {
    return this.broker.addresses(dialect);
  }

  attachWebSocket(server: Server, options?: AttachWebSocketOptions): () => void {
    return this.broker.attachWebSocket(server, options);
  }

  attach(wire: Duplex, dialect: DialectName): void {
    this.broker.attach(wire, dialect);
  }

  /** See `Broker.connect`. */
  connect(options?: ConnectOptions): Duplex {
    return this.broker.connect(options);
  }

  /** See `Broker.publish`. */
  publish(subject: string, payload?: Payload, options?: PublishOptions): Promise<void> {
    return this.broker.publish(subject, payload, options);
  }

  /** See `Broker.subscribe`. It ends with a `restart`. */
  subscribe(subject: string, options?: SubscribeOptions): Subscription {
    return this.broker.subscribe(subject, options);
  }

  /** See `Broker.request`. */
  request(subject: string, payload?: Payload, options?: RequestOptions): Promise<Message> {
    return this.broker.request(subject, payload, options);
  }

  /** See `Broker.joined`. */
  joined(options?: JoinedOptions): Promise<void> {
    return this.broker.joined(options);
  }

  /** See `Broker.reply`. It ends with a `restart`. */
  reply(subject: string, handler: Handler, options?: ReplyOptions): Responder {
    return this.broker.reply(subject, handler, options);
  }

  /** See `Broker.on`. Listeners stay over a `restart`. */
  on<Name extends BrokerEvent>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this {
    this.#listeners.push({ name, listener, add: (broker) => broker.on(name, listener) });
    this.broker.on(name, listener);
    return this;
  }

  /** See `Broker.once`; it ends with a `restart`. */
  once<Name extends BrokerEvent>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this {
    this.broker.once(name, listener);
    return this;
  }

  off<Name extends BrokerEvent>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this {
    const index = this.#listeners.findIndex((each) => each.name === name && each.listener === listener);
    if (index >= 0) this.#listeners.splice(index, 1);
    this.broker.off(name, listener);
    return this;
  }

  reload(config: Config | BrokerSettings): Promise<readonly string[]> {
    return this.broker.reload(config);
  }

  lameDuck(): Promise<void> {
    return this.broker.lameDuck();
  }

  close(options?: CloseOptions): Promise<void> {
    return this.broker.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
