/** A broker with a system account, and nats.js clients of it without a port. */
import { type Msg, type NatsConnection, wsconnect } from '@nats-io/transport-node';
import type { RunningBroker } from '../../../lib/broker/running.js';
import type { Clock } from '../../../lib/domain/clock.js';
import { Broker } from '../../../lib/embed/broker.js';
import type { BrokerOptions } from '../../../lib/index.js';
import { natsTransport } from '../../../lib/nats-transport.js';
import { patient } from '../patient-client.js';
import { soon } from '../until.js';

export const ACCOUNTS = {
  SYS: { users: [{ user: 'sys', password: 's' }] },
  A: { users: [{ user: 'ann', password: 'a' }] },
  B: { users: [{ user: 'bob', password: 'b' }] },
};

/** What a broker sends as JSON; by name what specs look at. */
export interface Json {
  readonly seq?: number;
  readonly type?: unknown;
  readonly id?: unknown;
  readonly client?: unknown;
  readonly server?: unknown;
  readonly reason?: unknown;
  readonly acc?: unknown;
  readonly conns?: unknown;
  readonly statsz?: unknown;
  readonly connections?: readonly { readonly account?: unknown; readonly cid?: unknown }[];
  readonly num_connections?: unknown;
  readonly account_statz?: readonly { readonly acc?: unknown }[];
  readonly subscriptions_list?: readonly object[];
}

export interface Answer {
  readonly server: Json;
  readonly data?: Json;
  readonly error?: { readonly code: number; readonly description: string };
}

/** One of the broker's messages. */
export interface Event {
  readonly subject: string;
  readonly body: Json;
}

export class SystemFixture {
  readonly broker: Broker;
  readonly running: RunningBroker;
  private readonly connections: NatsConnection[] = [];

  private constructor(broker: Broker, running: RunningBroker) {
    this.broker = broker;
    this.running = running;
  }

  static async start(options: BrokerOptions = {}, clock?: Clock): Promise<SystemFixture> {
    let running: RunningBroker | undefined;
    const broker = await Broker.start(
      {
        nats: false,
        line: false,
        serverName: 'spec',
        systemAccount: 'SYS',
        accounts: ACCOUNTS,
        ...options,
      },
      {
        ...(clock === undefined ? {} : { clock }),
        made: (made) => {
          running = made;
        },
      },
    );
    return new SystemFixture(broker, running!);
  }

  /** A client of a user whose password is the first letter of its name. */
  async connect(user: string, options: object = {}): Promise<NatsConnection> {
    const login = { user, pass: user.slice(0, 1), name: `client of ${user}`, reconnect: false };
    const connection = await soon(
      'the client',
      wsconnect({ ...natsTransport(() => this.broker), ...login, ...options }),
    );
    this.connections.push(connection);
    return patient(connection);
  }

  /** `ID` in a subject stands for the server's id. */
  subject(text: string): string {
    return text.replace('.ID.', `.${this.broker.serverId}.`);
  }

  /** The message that answers a request. */
  request(connection: NatsConnection, subject: string, body: object | string = ''): Promise<Msg> {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    return connection.request(this.subject(subject), payload, { timeout: 40_000 });
  }

  /** The JSON that answers a request. */
  async ask(connection: NatsConnection, subject: string, body: object | string = ''): Promise<Answer> {
    return (await this.request(connection, subject, body)).json<Answer>();
  }

  /** Messages on a subject from now on, the server's id in them replaced by `ID`. */
  async listen(connection: NatsConnection, subject: string): Promise<Event[]> {
    const events: Event[] = [];
    connection.subscribe(this.subject(subject), {
      callback: (_error, message) => {
        const name = message.subject.replace(this.broker.serverId, 'ID');
        events.push({ subject: name, body: message.json<Json>() });
      },
    });
    await connection.flush();
    return events;
  }

  async stop(): Promise<void> {
    await this.broker.close({ drain: false });
    await Promise.all(this.connections.map((connection) => connection.close()));
  }
}

/** The fields of a JSON value as `spec/support/fixtures/system.ts` has them. */
export function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [`${path}[]`] : fieldsOf(value[0], `${path}[]`);
  if (value === null) return [`${path}:null`];
  if (typeof value !== 'object') return [`${path}:${typeof value}`];
  const entries = Object.entries(value);
  if (entries.length === 0) return [`${path}{}`];
  return entries.flatMap(([key, inner]) => fieldsOf(inner, path === '' ? key : `${path}.${key}`));
}
