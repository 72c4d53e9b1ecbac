import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Logger, pino } from 'pino';
import type { Replacements } from '../broker/replacements.js';
import { RunningBroker } from '../broker/running.js';
import type { AttachWebSocketOptions, CloseOptions, Broker as Served } from '../broker.js';
import { type Address, type Config, isConfig } from '../config.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { type DialectName, NATS_DIALECT } from '../domain/dialect-name.js';
import { SluiceError } from '../domain/errors.js';
import { RateLimits } from '../domain/rate-limited.js';
import { isValidSubject } from '../domain/subject.js';
import { FunctionLogin } from './authenticate.js';
import { FunctionPermissions } from './authorize.js';
import { checkObject } from './check.js';
import { type BrokerEvent, type BrokerEvents, Events } from './events.js';
import { refuseUsers } from './excluded.js';
import { Failures } from './failures.js';
import { joined } from './joined.js';
import { LocalClient } from './local-client.js';
import type { Message, Payload } from './message.js';
import {
  type BrokerOptions,
  type ConnectOptions,
  CREATE_KEYS,
  type CreateOptions,
  check,
  type JoinedOptions,
  type PublishOptions,
  type ReplyOptions,
  type RequestOptions,
  type SubscribeOptions,
  split,
} from './options.js';
import { type Handler, Responder } from './responder.js';
import { camelCase, SETTINGS } from './setting-shapes.js';
import { type BrokerSettings, checked, inFileWords } from './settings.js';
import { JetStream } from './streams/jetstream.js';
import { Subscription } from './subscription.js';
import { kindOf } from './values.js';

const NO_OPTIONS: PublishOptions = {};
const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_HIGH_WATER_MARK = 16;
const DEFAULT_CONCURRENCY = 100;
const CLOSING = 'the broker is closing, or has closed';
/** A queue group that is the servers' own. */
const SYSTEM_QUEUE = '_sys_';

/** For tests: replacements for parts of it, and a function that is given its internals once they exist. */
export interface Inside extends Pick<Replacements, 'wrap' | 'clock' | 'refusalClock' | 'admitted'> {
  readonly made?: (running: RunningBroker) => void;
}

/** A broker in this process, and the program it is in as one of its clients. Made by `createBroker`. */
export class Broker implements Served, AsyncDisposable {
  readonly #running: RunningBroker;
  readonly #log: Logger;
  readonly #events: Events;
  readonly #options: CreateOptions;
  readonly #failures: Failures;
  readonly #clients = new Map<string, LocalClient>();
  readonly #abort = (): void => void this.close();
  /** Aborted when it closes. */
  readonly #closing = new AbortController();

  private constructor(
    running: RunningBroker,
    events: Events,
    log: Logger,
    options: CreateOptions,
    failures: Failures,
  ) {
    this.#failures = failures;
    this.#running = running;
    this.#events = events;
    this.#log = log;
    this.#options = options;
  }

  /** See `createBroker`. */
  static async start(given: BrokerOptions, { made, ...replacements }: Inside = {}): Promise<Broker> {
    const { settings, options } = split(given);
    const { authenticate, authorize, dialects, signal, logger: log = pino({ level: 'silent' }) } = options;
    const { input, translation } = inFileWords(settings, CREATE_KEYS);
    if (authenticate !== undefined) refuseUsers(input);
    const config = checked(input, translation);
    signal?.throwIfAborted();
    let events: Events | undefined;
    const reports = new RateLimits();
    const failures = new Failures(log, reports, (error) => events?.emit('error', () => error));
    const report = (name: string) => failures.of({ function: name }, 'the embedding program failed');
    const [loginFailed, permissionFailed] = [report('authenticate'), report('authorize')];
    const running = await RunningBroker.create(config, log, {
      ...replacements,
      dialects,
      reports,
      authenticator: authenticate && new FunctionLogin(authenticate, loginFailed),
      restrict:
        authorize &&
        ((client, permissions, dialect) =>
          new FunctionPermissions(authorize, permissions, client, dialect, permissionFailed)),
    });
    made?.(running);
    events = new Events(running);
    const broker = new Broker(running, events, log, options, failures);
    try {
      await running.listen();
      signal?.throwIfAborted();
    } catch (error) {
      await running.close({ drain: false });
      throw error;
    }
    signal?.addEventListener('abort', broker.#abort, { once: true });
    return broker;
  }

  get natsAddress(): Address | undefined {
    return this.#running.natsAddress;
  }

  get lineAddress(): Address | undefined {
    return this.#running.lineAddress;
  }

  get natsAddresses(): readonly Address[] {
    return this.#running.natsAddresses;
  }

  get lineAddresses(): readonly Address[] {
    return this.#running.lineAddresses;
  }

  /** Where clients of a dialect connect, with the real ports; empty where the broker does not listen for them. */
  addresses(dialect: DialectName): readonly Address[] {
    return [...this.#running.addresses(dialect)];
  }

  get websocketAddress(): Address | undefined {
    return this.#running.websocketAddress;
  }

  get leafAddress(): Address | undefined {
    return this.#running.leafAddress;
  }

  get monitorAddress(): Address | undefined {
    return this.#running.monitorAddress;
  }

  get serverId(): string {
    return this.#running.serverId;
  }

  /**
   * What NATS clients connect to: `nats://127.0.0.1:4222`, or `tls://`. Of a listener on every interface the address on
   * this machine.
   * @throws SluiceError NO_LISTENER where NATS clients are not served
   */
  get url(): string {
    const { natsAddress, settings } = this.#running;
    if (natsAddress === undefined) throw new SluiceError('NO_LISTENER', 'url: no listener for NATS clients');
    const { host, port } = natsAddress;
    const near = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    return `${settings.tls === undefined ? 'nats' : 'tls'}://${near.includes(':') ? `[${near}]` : near}:${port}`;
  }

  /** Streams, consumers and key-value buckets, without a connection: docs/embedding.md. */
  readonly jetstream: JetStream = new JetStream(this);

  /** Whether it is closing, or has closed. */
  get closed(): boolean {
    return this.#running.isClosing;
  }

  /** @throws SluiceError CONFIG_INVALID about the stream or the dialect */
  attach(wire: Duplex, dialect: DialectName): void {
    check.attach(wire, dialect, this.#running.dialectNames);
    this.#running.attach(wire, dialect);
  }

  /**
   * @throws SluiceError SERVER_SHUTDOWN where the broker is closing, CONFIG_INVALID about the server or the options, or where
   *   WebSockets are served on that path already
   */
  attachWebSocket(server: Server, options: AttachWebSocketOptions = {}): () => void {
    check.attachWebSocket(server, options, this.#running.dialectNames);
    this.#refuseIfClosing();
    return this.#running.attachWebSocket(server, options);
  }

  /**
   * A connection without a socket: the client's end of a pair of streams. It has to log in like any other client.
   * @throws SluiceError SERVER_SHUTDOWN where the broker is closing, CONFIG_INVALID about the options
   */
  connect(options: ConnectOptions = {}): Duplex {
    check.connect(options, this.#running.dialectNames);
    this.#refuseIfClosing();
    return this.#running.connect(options.dialect ?? NATS_DIALECT);
  }

  /**
   * Publishes as a client that may do everything. The message is routed before this returns, in the order of the calls;
   * it resolves once no receiver holds its publisher back (docs/flow.md), so at once as a rule. Await it, or
   * what is published faster than it is taken piles up with the receivers, up to `flow.max_pending`, and costs them
   * their connections.
   *
   * @throws SluiceError (as a rejection) INVALID_PUBLISH_SUBJECT, INVALID_MESSAGE, MAX_PAYLOAD, MAX_HEADER,
   *   MAX_CONTROL_LINE, PERMISSIONS_PUBLISH and PERMISSIONS_REPLY about reserved subjects, SERVER_SHUTDOWN,
   *   CONFIG_INVALID about the options
   */
  publish(subject: string, payload?: Payload, options: PublishOptions = NO_OPTIONS): Promise<void> {
    try {
      if (options !== NO_OPTIONS) check.publish(options);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#client(options.account).publish(subject, payload, options);
  }

  /**
   * Subscribes, at once: what is published after this call has returned arrives.
   * @throws SluiceError INVALID_SUBJECT, MAX_SUBJECT_TOKENS, SERVER_SHUTDOWN, CONFIG_INVALID about the options; the
   *   reason of a `signal` that has been aborted
   */
  subscribe(subject: string, options: SubscribeOptions = {}): Subscription {
    check.subscribe(options);
    const { queue, max = 0, highWaterMark = DEFAULT_HIGH_WATER_MARK, flow, signal } = options;
    signal?.throwIfAborted();
    this.#checkSubject(subject, queue);
    const client = this.#client(options.account);
    return new Subscription(subject, queue, max, highWaterMark, signal, (user) =>
      client.join(user, subject, max, flow),
    );
  }

  /**
   * Asks, and resolves to the first reply.
   * @throws SluiceError (as a rejection) NO_RESPONDERS where there is no subscriber, at once; REQUEST_TIMEOUT;
   *   SERVICE_ERROR where the reply is one of failure, the reply being its `cause`; and whatever `publish` throws
   */
  async request(subject: string, payload?: Payload, options: RequestOptions = {}): Promise<Message> {
    check.request(options);
    const { headers, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
    return this.#client(options.account).request(subject, payload, { headers, timeoutMs, signal });
  }

  /**
   * Answers requests. What the handler returns is the reply; what it throws is one with the headers
   * `Nats-Service-Error` and `Nats-Service-Error-Code`: those of a `ReplyError`, or else `internal error` and 500, and an
   * `error` event.
   * @throws SluiceError as `subscribe`
   */
  reply(subject: string, handler: Handler, options: ReplyOptions = {}): Responder {
    check.reply(options);
    const { account, queue, signal, concurrency = DEFAULT_CONCURRENCY } = options;
    signal?.throwIfAborted();
    if (typeof handler !== 'function')
      throw new SluiceError('CONFIG_INVALID', `handler: not a function, but ${kindOf(handler)}`);
    const subscription = this.subscribe(subject, { account, queue });
    const report = this.#failures.of({ subject }, 'a responder failed');
    const responder = new Responder(subscription, handler, concurrency, report);
    const end = () => subscription.destroy();
    signal?.addEventListener('abort', end);
    subscription.once('close', () => signal?.removeEventListener('abort', end));
    return responder;
  }

  /**
   * Waits until the links to all hubs of the settings (`leaf`) are up at the same time; at once where there are none. Until then
   * everything local works.
   * @throws SluiceError (as a rejection) SERVER_SHUTDOWN where the broker is closing, or closes meanwhile; the reason of a `signal`
   *   that is aborted; CONFIG_INVALID about the options
   */
  async joined(options: JoinedOptions = {}): Promise<void> {
    check.joined(options);
    this.#refuseIfClosing();
    const { signal } = options;
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    await joined(this.#running, this.#events, signals);
  }

  on<Name extends BrokerEvent>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this {
    this.#events.on(name, listener);
    return this;
  }

  once<Name extends BrokerEvent>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this {
    this.#events.once(name, listener);
    return this;
  }

  off<Name extends BrokerEvent>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this {
    this.#events.off(name, listener);
    return this;
  }

  /**
   * As `Broker.reload` says; takes settings as `createBroker` does, too. Functions, the logger and the signal stay those
   * the broker was made with.
   */
  async reload(config: Config | BrokerSettings): Promise<readonly string[]> {
    checkObject(config, 'settings', Object.keys(SETTINGS).map(camelCase));
    const decides = this.#options.authenticate !== undefined;
    if (isConfig(config)) {
      if (decides) refuseUsers(config);
      return this.#running.reload(config);
    }
    const { input, translation } = inFileWords(config);
    if (decides) refuseUsers(input);
    return this.#running.reload(checked(input, translation));
  }

  lameDuck(): Promise<void> {
    this.#closing.abort(new SluiceError('SERVER_SHUTDOWN', CLOSING));
    return this.#running.lameDuck();
  }

  close(options: CloseOptions = {}): Promise<void> {
    try {
      check.close(options);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#closing.abort(new SluiceError('SERVER_SHUTDOWN', CLOSING));
    return this.#running.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #client(account = GLOBAL_ACCOUNT): LocalClient {
    let client = this.#clients.get(account);
    if (client === undefined) {
      client = new LocalClient(this.#running, this.#log, account);
      this.#clients.set(account, client);
    }
    return client;
  }

  #refuseIfClosing(): void {
    if (this.closed) throw new SluiceError('SERVER_SHUTDOWN', CLOSING);
  }

  #checkSubject(subject: unknown, queue: string | undefined): asserts subject is string {
    this.#refuseIfClosing();
    if (typeof subject !== 'string' || /[\s\0]/.test(subject) || !isValidSubject(subject))
      throw new SluiceError(
        'INVALID_SUBJECT',
        `${typeof subject === 'string' ? JSON.stringify(subject) : kindOf(subject)}: not a subject, allowed: tokens joined by dots, * for one of them, > at the end for the rest`,
      );
    const most = this.#running.settings.limits.maxSubjectTokens;
    if (most > 0 && subject.split('.').length > most)
      throw new SluiceError('MAX_SUBJECT_TOKENS', `${subject}: more than ${most} tokens`);
    if (queue === SYSTEM_QUEUE) throw new SluiceError('CONFIG_INVALID', `queue = "${queue}": reserved`);
  }
}
