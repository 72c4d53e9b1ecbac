import { PASSWORD } from '../confs.js';
import { expect, Nats } from './command.js';
import type { CliScenario } from './messages.js';

/** What the `nats` command prints of a request: an answer of each server as JSON, a line each. */
interface Answer {
  readonly server: { readonly id: string };
  readonly data: { readonly connections?: readonly { readonly cid: number }[] };
}

const system = (nats: Nats): Nats => nats.as('sys');

async function answers(nats: Nats, ...words: readonly string[]): Promise<readonly Answer[]> {
  const { stdout } = await system(nats).do('server', 'request', ...words);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Answer);
}

/** The commands that look at servers and accounts; none of another account's user. */
const requests: CliScenario = async (nats) => {
  const [subscriber] = await nats.as('ann').subscribers(1, 'cli.system', 'cli.system');
  await using _heard = subscriber!;
  const sys = system(nats);
  for (const [words, seen] of [
    ['server list', /Server Overview/],
    ['server ping 1', /1 replies/],
    ['server info', /Connections: [1-9]/],
    ['server report connections', /Totals for 2 connections/],
    ['server report accounts', /2 Accounts Overview/],
    ['server report health', /ok \(200\)/],
    ['server report cpu', /CPU Usage/],
    ['server report mem', /Memory Usage/],
    ['server check connection', /^OK Connection/],
    ['server account info APP', /Complete: true/],
  ] as const) {
    const { text } = await sys.do(...words.split(' '));
    expect(seen.test(text), text);
  }
  for (const what of [
    'connections',
    'variables',
    'subscriptions',
    'accounts',
    'routes',
    'gateways',
    'leafnodes',
    'jetstream',
  ])
    expect((await answers(nats, what)).length === 1, what);
  const { text: connections } = await nats.as('ann').do('account', 'report', 'connections');
  expect(/Totals for 2 connections/.test(connections), connections);
  const { text: info } = await nats.as('ann').do('account', 'info');
  expect(/Account: APP/.test(info), info);
  await nats.as('ann').refuses(['server', 'list'], /system privileges/);
};

/** Connections that come and go, and a login that is refused. */
const events: CliScenario = async (nats) => {
  await using listener = system(nats).background('events', '--short');
  await listener.said(/Authentication Errors events/);
  for (let tries = 0; tries < 100 && !/\[Connection\] user: ann/.test(listener.text); tries++)
    await nats.as('ann').do('pub', 'cli.system', 'x'); // until it is subscribed
  await listener.said(/\[Disconnection\] user: ann cid: \d+ in account APP: Client Closed/);
  const eve = new Nats(nats.world, ['--user', 'eve', '--password', PASSWORD]);
  await eve.refuses(['pub', 'cli.system', 'x'], /authorization violation/i);
  await listener.said(/\[Disconnection\] user: eve .*: Authentication Failure/);
};

/** A reload, and the end of one connection, which comes back. */
const commands: CliScenario = async (nats) => {
  const [subscriber] = await nats.as('ann').subscribers(1, 'cli.kicked', 'cli.kicked');
  await using heard = subscriber!;
  const [answer] = await answers(
    nats,
    'connections',
    '--filter-account',
    'APP',
    '--filter-subject',
    'cli.kicked',
  );
  const { id } = answer!.server;
  const { text } = await system(nats).do('server', 'config', 'reload', id, '--force');
  expect(text.includes(id), text);
  await system(nats).do('server', 'request', 'kick', String(answer!.data.connections![0]!.cid), id);
  await heard.said(/Disconnected/);
};

/** Scenarios with the system account, by name. */
export const SYSTEM: Readonly<Record<string, CliScenario>> = {
  'system-requests': requests,
  'system-events': events,
  'system-commands': commands,
};
