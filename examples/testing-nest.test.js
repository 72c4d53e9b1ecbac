/**
 * NestJS: a microservice over NATS and its client, with a broker in the same process. Decorators are called as what they
 * are, functions, so that this is plain JavaScript; with TypeScript write them as ever.
 *
 *   node --test examples/testing-nest.test.js
 */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, EventPattern, MessagePattern, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { startTestBroker } from 'sluice/testing';

class Orders {
  /** @param {number[]} prices */
  sum(prices) {
    return prices.reduce((sum, price) => sum + price, 0);
  }

  placed() {}
}

/**
 * @param {MethodDecorator} decorator
 * @param {'sum' | 'placed'} method
 */
function decorate(decorator, method) {
  decorator(Orders.prototype, method, Object.getOwnPropertyDescriptor(Orders.prototype, method) ?? {});
}

decorate(MessagePattern('orders.sum'), 'sum');
decorate(EventPattern('orders.placed'), 'placed');
Controller()(Orders);

class Shop {}
Module({ controllers: [Orders] })(Shop);

test('a microservice answers, and hears events', async () => {
  const broker = await startTestBroker();
  const events = broker.record('orders.placed');
  /** @type {import('@nestjs/microservices').NatsOptions} */
  const transport = { transport: Transport.NATS, options: { servers: [broker.url], name: 'shop' } };
  const service = await NestFactory.createMicroservice(Shop, { ...transport, logger: false });
  await service.listen();
  await broker.waitForSubscription('orders.sum');

  const client = ClientProxyFactory.create(transport);
  assert.equal(await firstValueFrom(client.send('orders.sum', [2.5, 3])), 5.5);
  await firstValueFrom(client.emit('orders.placed', { coffees: 2 }), { defaultValue: undefined });
  await events.waitFor({ json: { data: { coffees: 2 } } });

  await client.close();
  await service.close();
  await broker.close();
});
