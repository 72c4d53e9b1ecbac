/** A process of its own for spec/embed/broker.spec.ts: uses all of a broker, closes it, and has nothing left to do. */
import { createBroker } from '../../lib/index.js';

const broker = await createBroker({
  nats: { port: 0 },
  line: { host: '127.0.0.1', port: 0 },
  authenticate: async () => true,
  flow: { high_water: '4KiB', low_water: '1KiB' },
});
broker.on('disconnect', () => {});
broker.reply('svc', (message) => message.payload);
await broker.request('svc', 'x');
broker.subscribe('never.read');
for (let n = 0; n < 100; n++) broker.publish('never.read', 'x'.repeat(100)).catch(() => {});
broker.request('never.read', '', { timeoutMs: 100_000 }).catch(() => {});
broker.connect().resume();
await broker.close();
process.stdout.write('closed\n');
