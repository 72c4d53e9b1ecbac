/** A thread for spec/embed/worker-thread.spec.ts: a broker that listens for NATS clients, one of which is in this thread. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { createBroker } from '../../lib/index.js';
import { nats } from './wire.js';

const broker = await createBroker({ nats: { port: 0 } });
broker.reply('thread.echo', ({ payload }) => payload);
parentPort!.postMessage(broker.natsAddress);

// Once it is told to, it publishes over a socket of its own.
const [count] = (await once(parentPort!, 'message')) as [number];
const { host, port } = broker.natsAddress!;
const socket = connect(port, host);
socket.resume();
socket.write('CONNECT {"verbose":false}\r\n');
for (let i = 0; i < count; i++) socket.write(nats.pub(`from.thread.${i}`, `${i} `.repeat(400)));
