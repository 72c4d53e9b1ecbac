import assert from 'node:assert/strict';
import { createBroker } from 'sluice';
import { natsTransport } from 'sluice/nats-transport';

// Without nats.js, by the little of a WebSocket that it uses.
const broker = await createBroker({ nats: false, line: false });
const { servers, wsFactory } = natsTransport(broker);
assert.match(servers, /^ws:/);
const { encrypted } = await wsFactory();
assert.equal(encrypted, false);
await broker.close();
