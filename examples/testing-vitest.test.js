/**
 * vitest: a broker for each test, and a subscriber that is slow.
 *
 *   npx vitest run examples/testing-vitest.test.js
 */
import { connect } from 'nats';
import { startTestBroker } from 'sluice/testing';
import { expect, onTestFinished, test } from 'vitest';

/** @param {import('sluice/testing').TestBrokerOptions} [options] */
async function setUp(options) {
  const broker = await startTestBroker(options);
  const client = await connect({ servers: broker.url, name: 'reader' });
  onTestFinished(async () => {
    await client.close();
    await broker.close();
  });
  return { broker, client };
}

test('gets every message, however slow its line', async () => {
  const { broker, client } = await setUp();
  /** @type {string[]} */
  const heard = [];
  client.subscribe('news', { callback: (_, message) => heard.push(message.string()) });
  await broker.waitForSubscription('news');
  broker.throttle({ name: 'reader' }, 5_000);
  for (let n = 0; n < 10; n++) await broker.publish('news', `number ${n}`);
  await broker.settle(); // the last byte has been sent
  await client.flush(); // and all before this has been taken
  expect(heard).toHaveLength(10);
});

test('is cut off when it takes nothing', async () => {
  const { broker, client } = await setUp({
    flow: { highWater: 1_024, lowWater: 512, writeDeadline: 50 },
  });
  client.subscribe('news');
  await broker.waitForSubscription('news');
  const slow = new Promise((resolve) => broker.once('slowConsumer', resolve));
  broker.freeze({ name: 'reader' });
  await broker.publish('news', 'x'.repeat(10_000));
  expect(await slow).toMatchObject({ name: 'reader', reason: 'SLOW_CONSUMER' });
});
