import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from './cli/command.js';

/** JetStream on both sides of a link, each in a domain of its own. */
export const DOMAINS = {
  hub: 'jetstream { store_dir: "DIRECTORY/hub", domain: HUB }',
  leaf: 'jetstream { store_dir: "DIRECTORY/leaf", domain: LEAF }',
};

const TIMEOUT_MS = 5_000;
/** nats-server tries again after 10 s and more. */
const PATIENCE_MS = 40_000;

interface Answer {
  readonly error?: { readonly description: string };
  readonly domain?: string;
  readonly streams?: readonly string[] | null;
  readonly state?: { readonly messages: number; readonly last_seq: number };
  readonly mirror?: { readonly lag: number };
  readonly sources?: readonly { readonly lag: number }[];
}

async function ask(from: NatsConnection, api: string, subject: string, body?: object): Promise<Answer> {
  const payload = body === undefined ? '' : JSON.stringify(body);
  const answer = (await from.request(`${api}.${subject}`, payload, { timeout: TIMEOUT_MS })).json<Answer>();
  expect(answer.error === undefined, `${api}.${subject}: ${answer.error?.description}`);
  return answer;
}

/** Waits until a stream has so many messages. */
async function has(from: NatsConnection, name: string, messages: number): Promise<Answer> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask(from, '$JS.API', `STREAM.INFO.${name}`);
    if (answer.state?.messages === messages) return answer;
    expect(Date.now() < until, `${name}: ${JSON.stringify(answer)}`);
    await sleep(50);
  }
}

async function publish(to: NatsConnection, subject: string, count: number): Promise<Answer> {
  let last: Answer = {};
  for (let i = 0; i < count; i++)
    last = (await to.request(subject, `${subject} ${i}`, { timeout: TIMEOUT_MS })).json<Answer>();
  return last;
}

/** Each side has its own API, and that of the other by its domain. */
export async function domains(atHub: NatsConnection, atLeaf: NatsConnection): Promise<void> {
  const sides = [
    { own: atHub, other: atLeaf, domain: 'HUB', stream: 'H' },
    { own: atLeaf, other: atHub, domain: 'LEAF', stream: 'L' },
  ];
  for (const { own, other, domain, stream } of sides) {
    const subjects = [`${stream.toLowerCase()}.>`];
    const made = await ask(own, '$JS.API', `STREAM.CREATE.${stream}`, { name: stream, subjects });
    expect(made.domain === domain || made.domain === undefined, `domain of ${stream}: ${made.domain}`);
    const acknowledged = await publish(own, `${stream.toLowerCase()}.x`, 3);
    expect(acknowledged.domain === domain, `an acknowledgement: ${JSON.stringify(acknowledged)}`);
    for (const from of [own, other]) {
      const info = await ask(from, `$JS.${domain}.API`, 'INFO');
      expect(info.domain === domain, `INFO of ${domain}: ${JSON.stringify(info)}`);
      const found = await ask(from, `$JS.${domain}.API`, `STREAM.INFO.${stream}`);
      expect(found.state?.messages === 3, `messages of ${stream}: ${JSON.stringify(found)}`);
    }
  }
  for (const { own, domain, stream } of sides) {
    const { streams } = await ask(own, '$JS.API', 'STREAM.NAMES');
    expect(streams?.join() === stream, `streams of ${domain}: ${streams}`);
  }
}

/** Each side mirrors a stream of the other, and is made from it, and goes on after what comes later. */
export async function externalCopies(atHub: NatsConnection, atLeaf: NatsConnection): Promise<void> {
  await ask(atHub, '$JS.API', 'STREAM.CREATE.H', { name: 'H', subjects: ['h.>'] });
  await ask(atLeaf, '$JS.API', 'STREAM.CREATE.L', { name: 'L', subjects: ['l.>'] });
  await publish(atHub, 'h.x', 20);
  await publish(atLeaf, 'l.x', 20);
  const sides = [
    { at: atLeaf, origin: 'H', domain: 'HUB', from: atHub, subject: 'h' },
    { at: atHub, origin: 'L', domain: 'LEAF', from: atLeaf, subject: 'l' },
  ];
  for (const { at, origin, domain } of sides) {
    const external = { api: `$JS.${domain}.API`, deliver: '' };
    await ask(at, '$JS.API', 'STREAM.CREATE.M', { name: 'M', mirror: { name: origin, external } });
    await ask(at, '$JS.API', 'STREAM.CREATE.A', {
      ...{ name: 'A', subjects: ['own'] },
      sources: [{ name: origin, filter_subject: `${origin.toLowerCase()}.y`, external }],
    });
  }
  for (const { at, from, subject } of sides) {
    await has(at, 'M', 20);
    await publish(from, `${subject}.y`, 30);
    const mirror = await has(at, 'M', 50);
    expect(mirror.state?.last_seq === 50 && mirror.mirror?.lag === 0, JSON.stringify(mirror));
    await has(at, 'A', 30);
    const first = await at.request('$JS.API.STREAM.MSG.GET.A', JSON.stringify({ seq: 1 }));
    const { message } = first.json<{
      readonly message: { readonly subject: string; readonly hdrs: string };
    }>();
    expect(message.subject === `${subject}.y`, message.subject);
    const headers = Buffer.from(message.hdrs, 'base64').toString();
    expect(/Nats-Stream-Source: [HL]:[0-9A-Za-z]{8} 21 [hl]\.y > ?/.test(headers), headers);
  }
}
