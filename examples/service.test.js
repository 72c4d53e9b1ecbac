/**
 * Tests of a service against a broker of their own, in the same process, on any free port: nothing to install or start,
 * and as many in parallel as you like.
 *
 *   node --test examples/service.test.js
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from 'nats';
import { createBroker } from 'sluice';
import { servePrices } from './service.js';

/** @type {import('sluice').Broker} */
let broker;
/** @type {import('nats').NatsConnection} */
let client;

const dial = () => connect({ servers: broker.url });

before(async () => {
  broker = await createBroker({ nats: { port: 0 } });
  client = await dial();
});

after(async () => {
  await client.close();
  await broker.close();
});

test('says what a coffee costs', async () => {
  const service = await dial();
  const served = servePrices(service);
  await service.flush(); // it is subscribed now
  assert.equal((await client.request('price.espresso')).string(), '2.20');
  await service.drain();
  await served;
});

test('says so if there is no such thing', async () => {
  const service = await dial();
  void servePrices(service);
  await service.flush();
  const { headers } = await client.request('price.tea');
  assert.equal(headers?.get('Nats-Service-Error-Code'), '404');
  await service.close();
});

test('a client knows at once that nobody serves', async () => {
  await assert.rejects(client.request('price.espresso'), { code: '503' });
});
