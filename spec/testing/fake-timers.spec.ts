/**
 * A test that replaces the timers of its process must not stop the broker that lives in it. The replacing is done in a
 * process of its own: mocha has timers, too.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Process, ROOT } from '../support/process.js';

/** Replaces what test libraries replace, by functions that never call back; also as properties of Node's modules. */
const FROZEN = `
import timers from 'node:timers';
const never = () => ({ ref() { return this; }, unref() { return this; }, hasRef: () => false });
for (const name of ['setTimeout', 'setInterval', 'setImmediate']) globalThis[name] = timers[name] = never;
for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) globalThis[name] = timers[name] = () => {};
globalThis.queueMicrotask = () => {};
globalThis.performance = { now: () => 0 };
process.hrtime = Object.assign(() => [0, 0], { bigint: () => 0n });
Date.now = () => 0;
`;

const MOCKED = `
import { mock } from 'node:test';
mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] });
`;

/** Uses each thing that waits, and what it waits for. */
const USE = `
const broker = await startTestBroker({ nats: { port: 0 }, shutdown: { deadline: 50 } });
const recorder = broker.record('orders.*');
const wire = broker.connect();
wire.on('error', () => {});
wire.on('data', (chunk) => { if (String(chunk).includes('PING')) wire.write('PONG\\r\\n'); });
const found = broker.waitForClient({ name: 'shop' });
const subscribed = broker.waitForSubscription('price');
wire.write('CONNECT {"verbose":false,"name":"shop"}\\r\\nSUB price 1\\r\\n');
assert.equal((await found).name, 'shop');
await subscribed;
const waiting = recorder.waitFor({ text: 'tea' });
wire.write('PUB orders.new 3\\r\\ntea\\r\\n');
assert.equal((await waiting).text(), 'tea');
await broker.settle();
broker.reply('upper', async (message) => message.text().toUpperCase());
assert.equal((await broker.request('upper', 'abc')).text(), 'ABC');
await assert.rejects(recorder.waitFor(5, { timeoutMs: 10 }), { code: 'TEST_TIMEOUT' });
broker.subscribe('silent');
await assert.rejects(broker.request('silent', '', { timeoutMs: 10 }), { code: 'REQUEST_TIMEOUT' });
broker.throttle({ name: 'shop' }, 10_000);
broker.delay({ name: 'shop' }, 5);
await broker.publish('price', 'x'.repeat(1_000));
await broker.settle();
await broker.cut({ name: 'shop' });
await broker.restart();
broker.connect({ dialect: 'line' }).on('error', () => {}).resume();
await broker.lameDuck();
`;

const IMPORTS = `
import assert from 'node:assert/strict';
import { startTestBroker } from 'sluice/testing';
`;

const VITEST = `
import { afterEach, beforeEach, test, vi } from 'vitest';
${IMPORTS}
beforeEach(() => void vi.useFakeTimers({ toFake: [
  'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'Date', 'performance',
  'hrtime', 'queueMicrotask',
] }));
afterEach(() => void vi.useRealTimers());
test('a broker under fake timers', async () => {
${USE}
}, 30_000);
`;

describe('sluice/testing under fake timers', () => {
  for (const [title, replacing] of Object.entries({ 'that never fire': FROZEN, 'of node:test': MOCKED }))
    it(`goes on with those ${title}`, async () => {
      const [imports, rest] = [replacing.match(/^import .*$/gm)!, replacing.replace(/^import .*$/gm, '')];
      const code = [...imports, IMPORTS, rest, USE, "process.stdout.write('done\\n');", 'process.exit();'];
      await using run = new Process(process.execPath, ['--input-type=module', '--eval', code.join('\n')], {
        cwd: ROOT,
      });
      expect(await run.exited, run.stdout + run.stderr).to.deep.equal({ code: 0, signal: null });
      expect(run.stdout).to.equal('done\n');
    });

  it('goes on with those of vitest', async () => {
    const folder = mkdtempSync(join(ROOT, 'build', 'fake-timers-'));
    try {
      writeFileSync(join(folder, 'fake.test.js'), VITEST);
      const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
      await using run = new Process(process.execPath, [vitest, 'run', '--root', folder], { cwd: ROOT });
      expect(await run.exited, run.stdout + run.stderr).to.deep.equal({ code: 0, signal: null });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
