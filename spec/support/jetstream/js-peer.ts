import type { Client, Harness } from '../harness.js';

/** A message as a client was given it. */
export interface Heard {
  readonly subject: string;
  readonly sid: string;
  readonly reply: string | undefined;
  /** Header block, without its last line end. */
  readonly headers: string | undefined;
  readonly payload: string;
}

/** Takes a MSG or HMSG frame apart. */
export function heard(frame: string): Heard {
  const end = frame.indexOf('\r\n');
  const [op, subject = '', sid = '', ...rest] = frame.slice(0, end).split(' ');
  const body = frame.slice(end + 2);
  const sizes = op === 'HMSG' ? 2 : 1;
  const reply = rest.length > sizes ? rest[0] : undefined;
  const headerBytes = op === 'HMSG' ? Number(rest.at(-2)) : 0;
  return {
    ...{ subject, sid, reply },
    headers: headerBytes === 0 ? undefined : body.slice(0, headerBytes - 2),
    payload: body.slice(headerBytes),
  };
}

/** What a delivery shows: `2 t.a [1 1 1 3]`, with the numbers of its reply (deliveries, stream, consumer, pending). */
export function shown({ subject, reply, headers, payload }: Heard): string {
  if (reply === undefined || !reply.startsWith('$JS.ACK.'))
    return (headers ?? '').split('\r\n').join(' | ').replace(/ \| $/, '') + payload;
  const [deliveries, stream, consumer, , pending] = reply.split('.').slice(4);
  return `${subject} [${deliveries} ${stream} ${consumer} ${pending}]`;
}

/** Where something is, as answers have it. */
interface ShownPosition {
  readonly consumer_seq: number;
  readonly stream_seq: number;
}

/** An answer of the API: what specs look at of any of them. */
export interface Answer {
  readonly [name: string]: unknown;
  readonly error?: { readonly code: number; readonly err_code: number; readonly description: string };
  readonly config: Readonly<Record<string, unknown>>;
  readonly state: Readonly<Record<string, unknown>>;
  readonly delivered: ShownPosition;
  readonly ack_floor: ShownPosition;
  readonly num_ack_pending: number;
  readonly num_pending: number;
  readonly name: string;
}

/** A client that speaks to JetStream. */
export class JsPeer {
  readonly client: Client;
  private inboxes = 0;

  private constructor(client: Client) {
    this.client = client;
  }

  static async connect(harness: Harness, login: object = {}): Promise<JsPeer> {
    const client = await harness.connect('nats', {
      options: { verbose: false, pedantic: false, headers: true, no_responders: true, ...login },
    });
    return new JsPeer(client);
  }

  /** A subject that its own subscription with that sid has. */
  listen(sid = 'i'): string {
    const inbox = `_IN.${sid}.${++this.inboxes}`;
    this.client.send(`SUB ${inbox} ${sid}${this.inboxes}\r\n`);
    return inbox;
  }

  /** Publishes. */
  send(subject: string, payload: string | object = '', reply?: string): this {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const head = reply === undefined ? subject : `${subject} ${reply}`;
    this.client.send(`PUB ${head} ${Buffer.byteLength(text)}\r\n${text}\r\n`);
    return this;
  }

  /** The next message. */
  async next(): Promise<Heard> {
    return heard(await this.client.next());
  }

  /** What the next `count` messages show. */
  async show(count: number): Promise<readonly string[]> {
    const all: string[] = [];
    while (all.length < count) all.push(shown(await this.next()));
    return all;
  }

  /** Asks, and returns the answer, which must be the next message. */
  async ask(subject: string, payload: string | object = ''): Promise<Heard> {
    const inbox = this.listen('q');
    this.send(subject, payload, inbox);
    const answer = await this.next();
    this.client.send(`UNSUB q${this.inboxes}\r\n`);
    if (answer.subject !== inbox) throw new Error(`${subject}: ${answer.subject} came first`);
    return answer;
  }

  /** Asks the API. */
  async api(subject: string, payload: string | object = ''): Promise<Answer> {
    return JSON.parse((await this.ask(`$JS.API.${subject}`, payload)).payload) as Answer;
  }

  /** Makes a stream. */
  stream(name: string, config: object): Promise<Answer> {
    return this.api(`STREAM.CREATE.${name}`, { name, storage: 'memory', ...config });
  }

  /** Makes a consumer with acknowledgements of each message, unless it says otherwise. */
  consumer(stream: string, name: string, config: object = {}): Promise<Answer> {
    return this.api(`CONSUMER.CREATE.${stream}.${name}`, {
      stream_name: stream,
      config: { name, durable_name: name, ack_policy: 'explicit', ...config },
    });
  }

  /** Publishes into a stream, and waits until it is stored. */
  async store(...subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) await this.ask(subject, 'xy');
  }

  /** `delivered floor ack_pending pending` of a consumer. */
  async numbers(stream: string, consumer: string): Promise<string> {
    return numbersOf(await this.api(`CONSUMER.INFO.${stream}.${consumer}`));
  }
}

/** The numbers of a consumer's information in short: `2/4 0/0 2 +1`. */
export function numbersOf(info: Answer): string {
  if (info.error !== undefined) return info.error.description;
  const { delivered, ack_floor, num_ack_pending, num_pending } = info;
  return `${delivered.consumer_seq}/${delivered.stream_seq} ${ack_floor.consumer_seq}/${ack_floor.stream_seq} ${num_ack_pending} +${num_pending}`;
}
