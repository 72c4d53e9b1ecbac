/** What is said to JetStream, and what it answers: on a connection, so that any server can be asked the same. */
import { setTimeout } from 'node:timers/promises';
import { type Msg, type NatsConnection, headers as natsHeaders } from '@nats-io/transport-node';
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

async function failureOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'answered',
    (error: Error) => error.name,
  );
}

async function carryOut(connection: NatsConnection, step: Step): Promise<void> {
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
    const message = await ask(connection, `$JS.API.DIRECT.GET.${step.direct}`, bytesOf(step.send));
    const code = message.headers?.code ?? 0;
    const status = code === 0 ? undefined : `${code} ${message.headers?.description}`;
    expect(status).to.equal(step.status);
    if (step.payload !== undefined) expect(message.string()).to.equal(step.payload);
    for (const [name, value] of Object.entries(step.headers ?? {}))
      expect(message.headers?.get(name), name).to.equal(value);
  } else if ('batch' in step) {
    expect(await batchOf(connection, step.batch)).to.deep.equal(step.gets);
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
  for (const step of steps)
    try {
      await carryOut(connection, step);
    } catch (error) {
      if (error instanceof Error) error.message = `${JSON.stringify(step)}: ${error.message}`;
      throw error;
    }
}
