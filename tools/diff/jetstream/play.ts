/** Plays a session with JetStream against a server. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../frames.js';
import { DiffClient } from './client.js';
import { Normaliser } from './normalise.js';
import { type Acknowledge, describeOperation, type JetStreamSession, type Operation } from './operations.js';

/** How patient a player is, in milliseconds. */
export interface Patience {
  /** For an answer. */
  readonly answerMs: number;
  /** For what follows from a message that is not answered. */
  readonly settleMs: number;
}

/** What came of an operation, or of a subscription in all of the session. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

const PUSH_SUBJECTS = ['push.x', 'push.y'];
const REPUBLISHED = 'republished';
const ADVISORIES = 'advisories';
/** Title of the section of advisories. */
export const ADVISORIES_TITLE = 'advisories, in no order';
const CREATES_UNNAMED = /^\$JS\.API\.CONSUMER\.CREATE\.[^.]+$/;
const DELETE_MS = 5_000;
const ACK_SUBJECT = /^\$JS\.ACK\.([^.]+)\.([^.]+)\./;

class Player {
  private readonly client: DiffClient;
  private readonly patience: Patience;
  private readonly names = new Normaliser();
  /** Subjects to acknowledge by, by consumer, in the order of delivery. */
  private readonly deliveries = new Map<string, string[]>();
  private readonly seen = new Map<string, number>();

  constructor(client: DiffClient, patience: Patience) {
    this.client = client;
    this.patience = patience;
  }

  async play({ operations, advisories }: JetStreamSession): Promise<readonly Section[]> {
    const { client } = this;
    await this.deleteStreams();
    for (const subject of PUSH_SUBJECTS) client.subscribe(subject, subject);
    client.subscribe('r.>', REPUBLISHED);
    await sleep(this.patience.settleMs); // for advisories of what was just asked
    if (advisories) client.subscribe('$JS.EVENT.>', ADVISORIES);
    await client.flush();
    for (const [i, operation] of operations.entries()) await this.carryOut(operation, `op${i}`);
    await sleep(this.patience.settleMs * 2);
    await client.flush();
    const sections = operations.map((operation, i) => ({
      title: describeOperation(operation),
      lines: this.linesOf(`op${i}`),
    }));
    await this.deleteStreams();
    return [
      ...sections,
      ...PUSH_SUBJECTS.map((subject) => ({
        title: `pushed to ${subject}`,
        lines: this.linesOf(subject).filter((line) => !line.includes('NATS/1.0 100')),
      })),
      { title: 'republished to r.>', lines: this.linesOf(REPUBLISHED) },
      { title: ADVISORIES_TITLE, lines: [...this.linesOf(ADVISORIES)].sort() },
    ];
  }

  private async carryOut(operation: Operation, sid: string): Promise<void> {
    const { client, patience } = this;
    const reply = `_D.${sid}`;
    client.subscribe(reply, sid);
    if (operation.kind === 'acknowledge') await this.acknowledge(operation, sid, reply);
    else {
      const { subject, headers, payload } = operation;
      const actual = this.names.actual(subject);
      const outgoing = { subject: actual, headers, payload: this.names.actual(payload) };
      if (operation.kind === 'publish') {
        client.publish(outgoing);
        await client.flush();
        await sleep(patience.settleMs);
      } else {
        client.publish({ ...outgoing, reply });
        await client.until(() => isAnswered(client.received(sid), operation.answers), patience.answerMs);
        if (CREATES_UNNAMED.test(actual)) this.names.learnName(client.received(sid)[0]);
      }
    }
    this.learnDeliveries(sid);
    for (const subject of PUSH_SUBJECTS) this.learnDeliveries(subject);
    await client.flush(); // answers to flow control
  }

  private async acknowledge(
    { consumer, nth, payload, asks }: Acknowledge,
    sid: string,
    reply: string,
  ): Promise<void> {
    const { client, patience } = this;
    const subject = this.deliveries.get(this.names.actual(consumer))?.[nth];
    if (subject === undefined) return;
    client.publish({ subject, ...(asks ? { reply } : {}), headers: [], payload });
    if (asks) await client.until(() => client.received(sid).length > 0, patience.answerMs);
    await client.flush();
    await sleep(patience.settleMs);
  }

  /** Remembers what there is to acknowledge, and answers what asks for it to go on. */
  private learnDeliveries(sid: string): void {
    const messages = this.client.received(sid);
    for (const { reply, headers } of messages.slice(this.seen.get(sid) ?? 0)) {
      if (/^NATS\/1\.0 100/.test(headers) && reply !== '')
        this.client.publish({ subject: reply, headers: [], payload: '' });
      const [, stream, consumer] = ACK_SUBJECT.exec(reply) ?? [];
      if (stream === undefined || consumer === undefined) continue;
      const key = `${stream}.${consumer}`;
      const known = this.deliveries.get(key);
      if (known === undefined) this.deliveries.set(key, [reply]);
      else known.push(reply);
    }
    this.seen.set(sid, messages.length);
  }

  private linesOf(sid: string): string[] {
    return this.client.received(sid).map((message) => this.names.text(message));
  }

  private async deleteStreams(): Promise<void> {
    const { streams } = await this.ask('STREAM.NAMES');
    for (const name of (streams ?? []) as readonly string[]) await this.ask(`STREAM.DELETE.${name}`);
  }

  private async ask(subject: string): Promise<{ readonly streams?: unknown }> {
    const { client } = this;
    const sid = `ask.${subject}`;
    client.subscribe(`_ASK.${subject}`, sid);
    client.publish({ subject: `$JS.API.${subject}`, reply: `_ASK.${subject}`, headers: [], payload: '' });
    if (!(await client.until(() => client.received(sid).length > 0, DELETE_MS)))
      throw new Error(`no answer to ${subject}`);
    return JSON.parse(client.received(sid)[0]?.payload || '{}') as { readonly streams?: unknown };
  }
}

/** Whether there are as many messages as were asked for, or a status that says that there are no more. */
function isAnswered(messages: readonly Message[], answers: number): boolean {
  return messages.length >= answers || messages.some(({ headers }) => /^NATS\/1\.0 [2-5]/.test(headers));
}

/** What a server says in a session; its streams are deleted before and after it. */
export async function playSession(
  session: JetStreamSession,
  port: number,
  patience: Patience,
): Promise<readonly Section[]> {
  const client = await DiffClient.open(port);
  try {
    return await new Player(client, patience).play(session);
  } finally {
    client.close();
  }
}
