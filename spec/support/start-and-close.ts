/** A process of its own for spec/broker.spec.ts: starts a broker, uses it, closes it, and has nothing left to do. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { pino } from 'pino';
import { startBroker } from '../../lib/broker.js';
import { configFrom } from '../../lib/config.js';
import { duplexPair } from './duplex-pair.js';

const broker = await startBroker(
  configFrom({
    listener: '127.0.0.1:0',
    line: { listener: '127.0.0.1:0' },
    authorization: { token: 't' },
    shutdown: { deadline: '200ms' },
  }),
  pino({ level: 'silent' }),
);
const [near, far] = duplexPair();
broker.attach(far, 'nats');
near.on('error', () => {}); // the broker cuts it off
near.write('CONNECT {"auth_token":"t"}\r\nSUB foo 1\r\n');
near.write(`PUB foo 1000000\r\n${'x'.repeat(1_000_000)}\r\n`.repeat(5)); // which nothing reads
for (const { port } of [broker.natsAddress!, broker.lineAddress!]) {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.resume();
}
await broker.close();
process.stdout.write('closed\n');
