/**
 * node:test: a client that must notice that its connection is dead, without waiting for the minutes that takes.
 *
 *   node --test examples/testing-node.test.js
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from 'nats';
import { fakeClock, startTestBroker } from 'sluice/testing';

const clock = fakeClock();
/** @type {import('sluice/testing').TestBroker} */
let broker;

before(async () => {
  broker = await startTestBroker({ clock, nats: { ping_interval: '2m', ping_max: 2 } });
});

after(() => broker.close());

test('publishes what it has to', async () => {
  const orders = broker.record('orders.*');
  const shop = await connect({ servers: broker.url, name: 'shop' });
  shop.publish('orders.new', JSON.stringify({ coffees: 2, size: 'small' }));
  await orders.waitFor({ subject: 'orders.new', json: { coffees: 2 } });
  assert.equal(orders.messages.length, 1);
  await shop.close();
});

test('comes back after the broker gave it up', async () => {
  const shop = await connect({ servers: broker.url, name: 'stuck', reconnectTimeWait: 10 });
  const statuses = shop.status(); // before anything happens: none must be missed
  broker.freeze({ name: 'stuck' });
  await clock.advance(10 * 60_000); // takes no time
  for await (const { type } of statuses) if (type === 'reconnect') break;
  await broker.waitForClient({ name: 'stuck' });
  await shop.close();
});

test('is told that it may not', async () => {
  const shop = await connect({ servers: broker.url, name: 'spy' });
  const statuses = shop.status();
  broker.sendError({ name: 'spy' }, 'Permissions Violation for Publish to "secrets"');
  for await (const { type, data } of statuses) {
    if (type !== 'error') continue;
    assert.equal(data, 'PERMISSIONS_VIOLATION');
    break;
  }
  await shop.close();
});
