import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createBroker, SluiceError, VERSION } from 'sluice';

assert.match(VERSION, /^\d+\.\d+\.\d+/);
await assert.rejects(createBroker({ listener: 'nowhere:x' }), SluiceError);

const broker = await createBroker({ nats: { port: 0 }, line: false });
const { natsAddress } = broker;
assert(natsAddress !== undefined);
const socket = connect(natsAddress.port, natsAddress.host);
socket.write('CONNECT {"verbose":false}\r\nSUB orders.* 1\r\nPUB orders.new 6\r\ncoffee\r\nPING\r\n');
let said = '';
while (!said.endsWith('PONG\r\n')) said += String((await once(socket, 'data'))[0]);
assert.match(said, /^INFO \{.*\} ?\r\nMSG orders\.new 1 6\r\ncoffee\r\nPONG\r\n$/);
socket.destroy();

const orders = broker.subscribe('orders.*', { max: 1 });
await broker.publish('orders.new', 'tea');
for await (const order of orders) assert.equal(order.text(), 'tea');
broker.reply('price', () => '2.20');
assert.equal((await broker.request('price')).text(), '2.20');
assert.match(broker.url, /^nats:\/\/127\.0\.0\.1:\d+$/);
await broker.close();
