/**
 * mocha: tests of a service with a broker in the same process, and what it does when its connection breaks.
 *
 *   npx mocha examples/testing-mocha.spec.js
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { connect } from 'nats';
import { startTestBroker } from 'sluice/testing';
import { servePrices } from './service.js';

describe('the price service', () => {
  /** @type {import('sluice/testing').TestBroker} */
  let broker;
  /** @type {import('nats').NatsConnection} */
  let service;

  before(async () => {
    broker = await startTestBroker();
  });

  after(() => broker.close());

  beforeEach(async () => {
    service = await connect({ servers: broker.url, name: 'prices', reconnectTimeWait: 10 });
    void servePrices(service);
    await broker.waitForSubscription('price.espresso');
  });

  afterEach(() => service.close());

  it('says what a coffee costs', async () => {
    assert.equal((await broker.request('price.espresso')).text(), '2.20');
  });

  it('serves on after its connection broke in the middle of a message', async () => {
    await broker.cut({ name: 'prices' }, { midFrame: true });
    await broker.waitForClient({ name: 'prices' });
    await broker.waitForSubscription('price.espresso');
    assert.equal((await broker.request('price.espresso')).text(), '2.20');
  });

  it('serves on after the broker was started anew', async () => {
    await broker.restart();
    await broker.waitForSubscription('price.espresso');
    assert.equal((await broker.request('price.espresso')).text(), '2.20');
  });
});
