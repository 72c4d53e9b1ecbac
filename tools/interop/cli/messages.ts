import { type Background, until } from '../background.js';
import { expect, Nats } from './command.js';

/** One scenario with the nats command. */
export type CliScenario = (nats: Nats) => Promise<void>;

const MIB = 1024 * 1024;

const publishSubscribe: CliScenario = async (nats) => {
  const [subscriber] = await nats.subscribers(1, 'cli.probe', 'cli.*');
  await using heard = subscriber!;
  await nats.do('pub', 'cli.a', 'hello world');
  await nats.do('pub', 'cli.b', 'grüße');
  await nats.do('pub', 'other.c', 'not for us');
  await nats.do('pub', 'cli.c', 'the end');
  await heard.said(/the end/);
  expect(Nats.heard(heard).join() === 'hello world,grüße,the end', Nats.heard(heard));
};

const wildcards: CliScenario = async (nats) => {
  const [subscriber] = await nats.subscribers(1, 'w.probe.c', 'w.*.c');
  await using heard = subscriber!;
  for (const subject of ['w.a', 'w.a.b', 'w.a.c', 'w.a.b.c', 'w.x.c']) await nats.do('pub', subject, subject);
  await heard.said(/w\.x\.c/);
  expect(Nats.heard(heard).join() === 'w.a.c,w.x.c', Nats.heard(heard));
};

const end = (command: Background) => command[Symbol.asyncDispose]();

const queueGroups: CliScenario = async (nats) => {
  const members = await nats.subscribers(3, 'cli.queue', 'cli.queue', '--queue', 'workers');
  await using _all = { [Symbol.asyncDispose]: async () => void (await Promise.all(members.map(end))) };
  const counts = () => members.map((member) => Nats.heard(member).length);
  const sum = () => counts().reduce((a, b) => a + b, 0);
  await nats.do('pub', 'cli.queue', 'job', '--count', '300');
  await until(
    () => sum() >= 300,
    () => `300 messages, there are ${counts()}`,
  );
  expect(sum() === 300 && counts().every((count) => count > 50 && count < 150), counts());
};

const headers: CliScenario = async (nats) => {
  await using subscriber = nats.background('sub', 'cli.headers');
  for (let i = 0; i < 100 && !/probe/.test(subscriber.text); i++)
    await nats.do('pub', 'cli.headers', 'probe');
  await nats.do('pub', '-H', 'Kind:test', '-H', 'Colour:red', 'cli.headers', 'the body');
  await subscriber.said(/the body/);
  for (const line of ['Kind: test', 'Colour: red']) expect(subscriber.text.includes(line), subscriber.text);
};

/** Asks until somebody answers. */
async function ask(nats: Nats, subject: string, text: string): Promise<string> {
  let answer = '';
  for (let i = 0; i < 50 && answer === ''; i++) {
    answer = (await nats.run(['request', '--raw', '--timeout', '2s', subject, text])).stdout.trim();
  }
  return answer;
}

const request: CliScenario = async (nats) => {
  await using _responder = nats.background('reply', '--echo', 'cli.echo');
  const answer = await ask(nats, 'cli.echo', 'anybody there?');
  expect(answer === 'anybody there?', answer);
};

const noResponders: CliScenario = async (nats) => {
  const { text } = await nats.run(['request', 'cli.nobody', 'anybody?']);
  expect(/no responders/i.test(text), text);
};

const roundTrip: CliScenario = async (nats) => {
  const { text } = await nats.do('rtt', '5');
  expect(/\d+(\.\d+)?[µm]?s/.test(text), text);
};

const maxPayload: CliScenario = async (nats) => {
  const { code, text } = await nats.run(['pub', 'cli.large', '--force-stdin'], 'x'.repeat(MIB));
  expect(code === 0, text);
  await nats.refuses(['pub', 'cli.large', '--force-stdin'], /maximum payload exceeded/i, 'x'.repeat(MIB + 1));
};

const permissions: CliScenario = async (nats) => {
  const ann = nats.as('ann');
  await ann.do('pub', 'open.subject', 'hello');
  await ann.refuses(
    ['pub', 'closed.subject', 'hello'],
    /permissions violation for publish to "closed\.subject"/i,
  );
  await ann.refuses(['sub', 'open.secret'], /permissions violation for subscription to "open\.secret"/i);
};

const allowResponses: CliScenario = async (nats) => {
  await using _responder = nats.as('bob').background('reply', 'open.service', 'yes');
  const answer = await ask(nats.as('ann'), 'open.service', 'may you?');
  expect(answer === 'yes', answer);
};

const accounts: CliScenario = async (nats) => {
  const [ann, bea] = [nats.as('ann'), nats.as('bea')];
  const [subscriber] = await bea.subscribers(1, 'probe', '>');
  await using heard = subscriber!;
  await ann.do('pub', 'private', 'for nobody else');
  await ann.do('pub', 'news.today', 'sunny');
  await heard.said(/^sunny$/m);
  expect(!/nobody else/.test(heard.text), heard.text);
  await using _responder = ann.background('reply', 'calc', 'two');
  const answer = await ask(bea, 'calc.a', '1 1');
  expect(answer === 'two', answer);
};

const BENCH = ['--clients', '10', '--msgs', '100000', '--size', '16', '--no-progress'];

/** 10 publishers of 10,000 messages each; every one of 10 subscribers ends when it has 100,000. */
const bench: CliScenario = async (nats) => {
  const { code } = await nats.run(['bench', 'sub', '--help']);
  if (code !== 0) {
    // Up to 0.1 it has both sides in one command, that ends when every subscriber has everything.
    await nats.do('bench', 'cli.bench', '--pub', '10', '--sub', '10', ...BENCH.slice(2));
    return;
  }
  await using subscribers = nats.background('bench', 'sub', 'cli.bench', ...BENCH);
  let hasEnded = false;
  void subscribers.exited.then(() => {
    hasEnded = true;
  });
  // Nothing tells that all ten are there, so what comes too early comes again.
  for (let i = 0; i < 20 && !hasEnded; i++) await nats.do('bench', 'pub', 'cli.bench', ...BENCH);
  await subscribers.said(/aggregated/);
  expect(subscribers.text.split('(100,000 msgs)').length === 11, subscribers.text);
};

/** Scenarios about messages, by name. */
export const MESSAGES: Readonly<Record<string, CliScenario>> = {
  'publish-subscribe': publishSubscribe,
  wildcards,
  'queue-groups': queueGroups,
  headers,
  request,
  'no-responders': noResponders,
  'flush-rtt': roundTrip,
  'max-payload': maxPayload,
  permissions,
  'allow-responses': allowResponses,
  accounts,
  bench,
};
