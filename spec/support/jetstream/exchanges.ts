/** What is said to JetStream, and what it answers: on a connection, so that any server can be asked the same. */
import { setTimeout } from 'node:timers/promises';
import { createInbox, type Msg, type NatsConnection, headers as natsHeaders } from '@nats-io/transport-node';
import { expect } from 'chai';

/** `err_code`, and the description where it counts. */
export type Refusal = readonly [errCode: number, description?: string];

/** A request to the API: subject after `$JS.API.`. */
interface ApiStep {
  readonly api: string;
  /** Sent as JSON; text as it is. */
  readonly send?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the answer has, at least. */
  readonly gets?: object;
  readonly error?: Refusal;
}

/** A request to the API that is repeated until the answer has that. */
interface EventualStep {
  readonly eventually: string;
  readonly send?: object | string;
  readonly gets: object;
}

/** A message that asks for an acknowledgement. */
interface PublishStep {
  readonly pub: string;
  readonly payload?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: Refusal;
}

/** A direct get: what follows `$JS.API.DIRECT.GET.`. */
interface DirectStep {
  readonly direct: string;
  readonly send?: object | string;
  /** Headers of the request. */
  readonly asks?: Readonly<Record<string, string>>;
  /** `404 Message Not Found`. */
  readonly status?: string;
  readonly payload?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A direct get that is answered with several messages. */
interface BatchStep {
  readonly batch: object;
  /** For each message its sequence, how many are after it, and the one before it; for the end its status and headers. */
  readonly gets: readonly string[];
}

/** A request for messages of the consumer `c` of the stream `T`, whose answers are waited for later. */
interface PullStep {
  /** What it is called. */
  readonly pull: string;
  /** `{ id: 'pin1' }` has the id that was heard first. */
  readonly send: object;
}

/** What came for a request since it was looked at last, or on the subject of an event. */
interface HeardStep {
  readonly heard: string;
  /** Messages by their subjects and the ids of pinned clients, in the order in which these were heard; statuses; fields of events. */
  readonly gets: readonly string[];
}

/** Subscribes to events, which are heard under that name. */
interface EventsStep {
  readonly events: string;
  readonly subject: string;
  /** The fields that are looked at. */
  readonly fields: readonly string[];
}

/** A request that nothing takes. */
interface UnansweredStep {
  readonly noResponders: string;
  readonly send?: object | string;
}

/** A request that is taken and never answered. */
interface SilentStep {
  readonly silent: string;
  readonly send?: object | string;
}

export type Step =
  | ApiStep
  | EventualStep
  | PublishStep
  | DirectStep
  | BatchStep
  | PullStep
  | HeardStep
  | EventsStep
  | UnansweredStep
  | SilentStep;

/** What is done one after the other, on a server that has no stream. */
export interface Exchange {
  readonly title: string;
  readonly steps: readonly Step[];
  /** Why nats-server 2.10, or what is newer, answers otherwise. */
  readonly differs?: string;
}

const TIMEOUT_MS = 5_000;
const SILENCE_MS = 200;
/** Time between two attempts, and how many there are: nats-server makes its first one after a second or so. */
const AGAIN_MS = 20;
const MOST_ATTEMPTS = 500;
const POLL_MS = 10;

function bytesOf(send: object | string | undefined): string {
  return typeof send === 'object' ? JSON.stringify(send) : (send ?? '');
}

/** Whether `actual` has all that `expected` has; of lists all of it, in order. */
function has(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((each, index) => has(actual[index], each))
    );
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([key, value]) =>
    has((actual as Readonly<Record<string, unknown>>)[key], value),
  );
}

function expectToHave(actual: unknown, expected: object): void {
  if (!has(actual, expected)) expect(actual).to.deep.equal(expected);
}

function expectRefusal(answer: { readonly error?: unknown }, [code, text]: Refusal): void {
  expectToHave(answer, { error: { err_code: code, ...(text === undefined ? {} : { description: text }) } });
}

function messageHeaders(given: Readonly<Record<string, string>> | undefined) {
  if (given === undefined) return undefined;
  const made = natsHeaders();
  for (const [name, value] of Object.entries(given)) made.set(name, value);
  return made;
}

async function ask(
  connection: NatsConnection,
  subject: string,
  payload: string,
  headers?: Readonly<Record<string, string>>,
): Promise<Msg> {
  const made = messageHeaders(headers);
  return connection.request(subject, payload, { timeout: TIMEOUT_MS, ...(made && { headers: made }) });
}

/** What the stream `T` answers until it says that it has ended, each message in short. */
async function batchOf(connection: NatsConnection, query: object): Promise<readonly string[]> {
  const answers = await connection.requestMany('$JS.API.DIRECT.GET.T', JSON.stringify(query), {
    ...{ strategy: 'sentinel', maxWait: TIMEOUT_MS },
  });
  const all: string[] = [];
  for await (const { headers } of answers) {
    const value = (name: string) => headers?.get(name) || '-';
    const numbers = `+${value('Nats-Num-Pending')} after ${value('Nats-Last-Sequence')}`;
    const isEnd = (headers?.code ?? 0) > 0;
    if (!isEnd) all.push(`${value('Nats-Sequence')} ${value('Nats-Subject')} ${numbers}`);
    else if (headers?.code === 204) all.push(`EOB ${numbers} up to ${value('Nats-UpTo-Sequence')}`);
    else all.push(`${headers?.code} ${headers?.description}`);
    if (isEnd) break;
  }
  return all;
}

/** What the steps of one exchange hear beside answers. */
class Heard {
  private readonly connection: NatsConnection;
  private readonly texts = new Map<string, string[]>();
  private readonly pins: string[] = [];

  constructor(connection: NatsConnection) {
    this.connection = connection;
  }

  /** Asks for messages. */
  pull({ pull, send }: PullStep): void {
    const inbox = createInbox();
    this.listen(pull, inbox, ({ headers, subject, reply }) => {
      if ((headers?.code ?? 0) > 0) return `${headers?.code} ${headers?.description}`;
      const pin = headers?.get('Nats-Pin-Id') ?? '';
      return [subject === inbox ? `message ${reply?.split('.')[5]}` : subject, ...this.named(pin)].join(' ');
    });
    const id = 'id' in send ? this.pins[Number(String(send.id).slice(3)) - 1] : undefined;
    const body = JSON.stringify({ ...send, ...(id === undefined ? {} : { id }) });
    this.connection.publish('$JS.API.CONSUMER.MSG.NEXT.T.c', body, { reply: inbox });
  }

  watch({ events, subject, fields }: EventsStep): void {
    this.listen(events, subject, (message) => {
      const event = message.json<Readonly<Record<string, string>>>();
      return fields
        .map((name) => (name === 'pinned_id' ? this.named(event[name] ?? '') : event[name]))
        .join(' ');
    });
  }

  async take({ heard, gets }: HeardStep): Promise<void> {
    const texts = this.texts.get(heard) ?? [];
    for (let waited = 0; texts.length < gets.length && waited < TIMEOUT_MS; waited += POLL_MS)
      await setTimeout(POLL_MS);
    expect(texts.splice(0)).to.deep.equal(gets);
  }

  private listen(name: string, subject: string, shown: (message: Msg) => string): void {
    const texts = this.texts.get(name) ?? [];
    this.texts.set(name, texts);
    this.connection.subscribe(subject, { callback: (_error, message) => void texts.push(shown(message)) });
  }

  private named(pin: string): readonly string[] {
    if (pin === '') return [];
    if (!this.pins.includes(pin)) this.pins.push(pin);
    return [`pin${this.pins.indexOf(pin) + 1}`];
  }
}

async function failureOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'answered',
    (error: Error) => error.name,
  );
}

async function carryOut(connection: NatsConnection, heard: Heard, step: Step): Promise<void> {
  if ('api' in step) {
    const answer = (await ask(connection, `$JS.API.${step.api}`, bytesOf(step.send), step.headers)).json<{
      readonly error?: unknown;
    }>();
    if (step.error !== undefined) {
      expectRefusal(answer, step.error);
      expectToHave(answer, step.gets ?? {});
    } else if (answer.error !== undefined) expect(answer).to.deep.equal(step.gets);
    else expectToHave(answer, step.gets ?? {});
  } else if ('eventually' in step) {
    for (let attempt = 1; ; attempt++) {
      const answer = (await ask(connection, `$JS.API.${step.eventually}`, bytesOf(step.send))).json();
      if (has(answer, step.gets)) return;
      if (attempt === MOST_ATTEMPTS) expect(answer).to.deep.equal(step.gets);
      await setTimeout(AGAIN_MS);
    }
  } else if ('pub' in step) {
    const answer = (await ask(connection, step.pub, step.payload ?? '', step.headers)).json<{
      readonly error?: unknown;
      readonly duplicate?: boolean;
    }>();
    if (step.error !== undefined) expectRefusal(answer, step.error);
    else {
      expect(answer.error).to.equal(undefined);
      expectToHave(answer, step.seq === undefined ? {} : { seq: step.seq });
      expect(answer.duplicate ?? false).to.equal(step.duplicate ?? false);
    }
  } else if ('direct' in step) {
    const message = await ask(connection, `$JS.API.DIRECT.GET.${step.direct}`, bytesOf(step.send), step.asks);
    const code = message.headers?.code ?? 0;
    const status = code === 0 ? undefined : `${code} ${message.headers?.description}`;
    expect(status).to.equal(step.status);
    if (step.payload !== undefined) expect(message.string()).to.equal(step.payload);
    for (const [name, value] of Object.entries(step.headers ?? {}))
      expect(message.headers?.get(name), name).to.equal(value);
  } else if ('batch' in step) {
    expect(await batchOf(connection, step.batch)).to.deep.equal(step.gets);
  } else if ('pull' in step) {
    heard.pull(step);
  } else if ('events' in step) {
    heard.watch(step);
  } else if ('heard' in step) {
    await heard.take(step);
  } else if ('noResponders' in step) {
    const failure = await failureOf(ask(connection, step.noResponders, bytesOf(step.send)));
    expect(failure).to.be.oneOf(['NoRespondersError', 'RequestError']);
  } else {
    const failure = await failureOf(
      connection.request(step.silent, bytesOf(step.send), { timeout: SILENCE_MS }),
    );
    expect(failure).to.equal('TimeoutError');
  }
}

/** Carries out all steps; what an answer lacks is said with the step. */
export async function runExchange(connection: NatsConnection, { steps }: Exchange): Promise<void> {
  const heard = new Heard(connection);
  for (const step of steps)
    try {
      await carryOut(connection, heard, step);
    } catch (error) {
      if (error instanceof Error) error.message = `${JSON.stringify(step)}: ${error.message}`;
      throw error;
    }
}
