import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Nats } from './command.js';
import type { CliScenario } from './messages.js';

const LARGE_BYTES = 1024 * 1024;

async function addStream(nats: Nats, ...more: readonly string[]): Promise<void> {
  await nats.do('stream', 'add', 'JOBS', '--subjects', 'jobs.*', '--defaults', ...more);
}

const pull: CliScenario = async (nats) => {
  await addStream(nats, '--retention', 'work', '--storage', 'file');
  for (const job of ['one', 'two', 'three']) {
    const { text } = await nats.do('request', `jobs.${job}`, job);
    expect(/"stream":\s*"JOBS"/.test(text), text);
  }
  await nats.do('consumer', 'add', 'JOBS', 'worker', '--pull', '--defaults');
  const naked = await nats.do('consumer', 'next', 'JOBS', 'worker', '--nak');
  expect(/^one$/m.test(naked.text), naked.text);
  for (const job of ['one', 'two', 'three']) {
    const { text } = await nats.do('consumer', 'next', 'JOBS', 'worker', '--ack');
    expect(new RegExp(`^${job}$`, 'm').test(text), text);
  }
  const { text } = await nats.do('stream', 'info', 'JOBS');
  expect(/Number of Messages:\s+0|Messages:\s+0\b/.test(text), text);
  const report = await nats.do('stream', 'report');
  expect(report.text.includes('JOBS'), report.text);
  const none = await nats.do('request', '--raw', '$JS.API.STREAM.INFO.NONE', '');
  expect(none.stdout.includes('"err_code":10059'), none.stdout);
};

const push: CliScenario = async (nats) => {
  await addStream(nats);
  for (const job of ['one', 'two', 'three']) await nats.do('request', `jobs.${job}`, job);
  const { stdout } = await nats.do('sub', '--stream', 'JOBS', '--all', '--count', '3', '--raw');
  expect(stdout.trim() === 'one\ntwo\nthree', stdout);
  await nats.do('stream', 'purge', 'JOBS', '--force');
  await nats.do('stream', 'rm', 'JOBS', '--force');
};

const keyValue: CliScenario = async (nats) => {
  await nats.do('kv', 'add', 'prices', '--history', '5');
  await nats.do('kv', 'create', 'prices', 'tea', '2.20');
  await nats.refuses(['kv', 'create', 'prices', 'tea', '1'], /key exists|wrong last sequence/i);
  await nats.do('kv', 'update', 'prices', 'tea', '2.40', '1');
  await nats.refuses(['kv', 'update', 'prices', 'tea', '1', '1'], /wrong last sequence|key exists/i);
  const { stdout } = await nats.do('kv', 'get', 'prices', 'tea', '--raw');
  expect(stdout.trim() === '2.40', stdout);
  const keys = await nats.do('kv', 'ls', 'prices');
  expect(keys.text.includes('tea'), keys.text);
  await nats.do('kv', 'del', 'prices', 'tea', '--force');
  await nats.refuses(['kv', 'get', 'prices', 'tea', '--raw'], /key not found/i);
  const history = await nats.do('kv', 'history', 'prices', 'tea');
  expect(
    ['2.20', '2.40', 'DEL'].every((each) => history.text.includes(each)),
    history.text,
  );
};

const objectStore: CliScenario = async (nats) => {
  const [from, to] = ['large', 'copy'].map((name) => join(nats.world.directory, name));
  const large = Buffer.from(Uint8Array.from({ length: LARGE_BYTES }, (_, i) => i * 31));
  writeFileSync(from!, large);
  await nats.do('object', 'add', 'files');
  await nats.do('object', 'put', 'files', from!, '--name', 'large', '--force', '--no-progress');
  await nats.do('object', 'get', 'files', 'large', '--output', to!, '--force', '--no-progress');
  expect(readFileSync(to!).equals(large), 'other bytes');
  await nats.do('object', 'rm', 'files', 'large', '--force');
  await nats.refuses(['object', 'info', 'files', 'large'], /object not found/i);
};

/** Scenarios with JetStream, by name. */
export const STREAMS: Readonly<Record<string, CliScenario>> = {
  'jetstream-pull': pull,
  'jetstream-push': push,
  'key-value': keyValue,
  'object-store': objectStore,
};
