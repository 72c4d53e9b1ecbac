/** What `nats` 2.x and `@nats-io/transport-node` 3.x have in common, and words for the rest. */
import type { Authenticator } from 'nats';
import type { Sluice } from '../process.js';
import type { JetStreamCall } from './nats-jetstream-calls.js';

export interface Headers {
  get(key: string): string;
  append(key: string, value: string): void;
  values(key: string): string[];
}

export interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply?: string;
  readonly headers?: Headers;
  respond(data?: Uint8Array | string, options?: { readonly headers?: Headers }): boolean;
  string(): string;
}

export interface Subscription {
  readonly closed: Promise<unknown>;
  unsubscribe(max?: number): void;
  drain(): Promise<void>;
  isClosed(): boolean;
}

export interface SubscribeOptions {
  readonly queue?: string;
  readonly max?: number;
  readonly callback?: (error: Error | null, message: Message) => void;
}

export interface RequestOptions {
  readonly timeout: number;
  readonly headers?: Headers;
  readonly noMux?: boolean;
  readonly reply?: string;
}

/** Of INFO, what the specs look at. */
export interface ServerInfo {
  readonly server_id: string;
  readonly server_name: string;
  readonly version: string;
  readonly proto: number;
  readonly host: string;
  readonly port: number;
  readonly headers?: boolean;
  readonly max_payload: number;
  readonly client_id: number;
  readonly client_ip?: string;
  readonly auth_required?: boolean;
  readonly jetstream?: boolean;
  readonly tls_required?: boolean;
}

export interface Connection {
  readonly info?: ServerInfo | undefined;
  publish(
    subject: string,
    payload?: Uint8Array | string,
    options?: { readonly reply?: string; readonly headers?: Headers },
  ): void;
  subscribe(subject: string, options?: SubscribeOptions): Subscription;
  request(subject: string, payload?: Uint8Array | string, options?: RequestOptions): Promise<Message>;
  flush(): Promise<void>;
  rtt(): Promise<number>;
  drain(): Promise<void>;
  close(): Promise<void>;
  closed(): Promise<unknown>;
  isClosed(): boolean;
}

/** When to stop waiting for more answers: so many, one that is empty, or none for a while. */
export type Until = { readonly count: number } | 'empty' | { readonly silentMs: number };

export interface ConnectOptions {
  readonly servers?: string | string[];
  readonly noRandomize?: boolean;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly name?: string;
  readonly noEcho?: boolean;
  readonly verbose?: boolean;
  readonly pedantic?: boolean;
  readonly reconnect?: boolean;
  readonly pingInterval?: number;
  readonly maxPingOut?: number;
  readonly maxReconnectAttempts?: number;
  readonly reconnectTimeWait?: number;
  readonly authenticator?: Authenticator;
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
}

/** Kinds of failure that both clients tell apart, each in its own way. */
export type Failure =
  | 'no responders'
  | 'authorization'
  | 'max payload'
  | 'timeout'
  | 'closed'
  | 'no JetStream'
  | 'permissions';

/** What a client was not permitted. */
export interface Violation {
  readonly operation: string;
  readonly subject: string;
}

/** A request to a service. */
export interface ServiceMessage extends Message {
  respondError(code: number, description: string, data?: Uint8Array | string): boolean;
}

export interface ServiceGroup {
  addEndpoint(
    name: string,
    options: {
      readonly subject?: string;
      readonly queue?: string;
      readonly metadata?: Record<string, string>;
      readonly handler: (error: Error | null, message: ServiceMessage) => void;
    },
  ): unknown;
  addGroup(name: string, queue?: string): ServiceGroup;
}

/** What PING tells of a service. */
export interface ServiceIdentity {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly metadata?: Record<string, string>;
}

/** What INFO tells of it. */
export interface ServiceInfo extends ServiceIdentity {
  readonly description: string;
  readonly endpoints: readonly {
    readonly name: string;
    readonly subject: string;
    readonly queue_group?: string;
    readonly metadata?: Record<string, string>;
  }[];
}

/** What STATS tells of it. */
export interface ServiceStats extends ServiceIdentity {
  readonly endpoints?: readonly {
    readonly name: string;
    readonly num_requests: number;
    readonly num_errors: number;
  }[];
}

export interface Service extends ServiceGroup {
  readonly isStopped: boolean;
  info(): ServiceInfo;
  stats(): Promise<ServiceStats>;
  stop(): Promise<Error | null>;
}

/** Asks services who and how they are. */
export interface ServiceFinder {
  ping(name?: string, id?: string): Promise<AsyncIterable<ServiceIdentity>>;
  info(name?: string, id?: string): Promise<AsyncIterable<ServiceInfo>>;
  stats(name?: string, id?: string): Promise<AsyncIterable<ServiceStats>>;
}

export interface Services {
  add(config: {
    readonly name: string;
    readonly version: string;
    readonly description?: string;
    readonly metadata?: Record<string, string>;
  }): Promise<Service>;
  client(until: Until): ServiceFinder;
}

/** One of the two libraries. */
export interface NatsClient {
  readonly name: string;
  connect(options: ConnectOptions): Promise<Connection>;
  headers(): Headers;
  requestMany(connection: Connection, subject: string, until: Until): Promise<AsyncIterable<Message>>;
  /** Logs in with the seed of an nkey, or with what is in a creds file. */
  authenticator(kind: 'nkey' | 'creds', secret: Uint8Array): Authenticator;
  /** Everything from now on that the broker does not permit. */
  violations(connection: Connection): AsyncGenerator<Violation, Violation>;
  services(connection: Connection): Services;
  /** How it says that there is no JetStream. */
  readonly noJetStream: Failure;
  /** Does one thing with JetStream that ends in an error where there is none. */
  jetStream(connection: Connection, call: JetStreamCall): Promise<unknown>;
  /** The type of everything that happens to the connection, as it comes: `disconnect`, `reconnect`, `error` … */
  events(connection: Connection): AsyncIterable<string>;
  /** What kind of failure this is; an unknown one as its own text. */
  failureOf(error: unknown): Failure | string;
}

/** What a behaviour is shown in. */
export interface World {
  readonly client: NatsClient;
  /** A broker without authentication that all behaviours share. */
  readonly broker: Sluice;
  /** Connects, to the shared broker unless told otherwise; the connection is closed after the behaviour. */
  connect(options?: ConnectOptions): Promise<Connection>;
  /** Starts another broker, with these words; `servers` is where it is. */
  startBroker(words?: readonly string[]): Promise<Sluice & { readonly servers: string }>;
  /** A subject that no other behaviour uses. */
  readonly subject: string;
}

export interface Behaviour {
  readonly title: string;
  readonly run: (world: World) => Promise<void>;
}

/** Takes the messages of subscriptions, as their callback. */
export class Mailbox {
  readonly messages: Message[] = [];
  private wanted = Number.POSITIVE_INFINITY;
  private resolve: (() => void) | undefined;

  readonly callback = (error: Error | null, message: Message): void => {
    if (error) throw error;
    this.messages.push(message);
    if (this.messages.length >= this.wanted) this.resolve?.();
  };

  /** Resolves with everything there is once that is `count` messages. */
  async have(count: number): Promise<readonly Message[]> {
    if (this.messages.length < count) {
      this.wanted = count;
      await new Promise<void>((resolve) => {
        this.resolve = resolve;
      });
    }
    return this.messages;
  }

  get texts(): string[] {
    return this.messages.map((message) => message.string());
  }
}

/** Subscribes a new mailbox. */
export function listen(
  connection: Connection,
  subject: string,
  options: Omit<SubscribeOptions, 'callback'> = {},
): Mailbox & { readonly subscription: Subscription } {
  const mailbox = new Mailbox();
  const subscription = connection.subscribe(subject, { ...options, callback: mailbox.callback });
  return Object.assign(mailbox, { subscription });
}

/**
 * Resolves when the broker has handled what the first connections sent, and the last ones have received what came of
 * it. No waiting for time to pass: the broker answers a PING after all that was before it, in either direction.
 */
export async function settled(...connections: readonly Connection[]): Promise<void> {
  for (const connection of connections) await connection.flush();
}

/** What kind of failure the promise ends in; 'none' where it ends well. */
export async function failureOf(client: NatsClient, promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return client.failureOf(error);
  }
  return 'none';
}
