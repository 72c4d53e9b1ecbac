/**
 * A program with a broker that has a dialect of its own, for `make chaos`. Its words: the ports of NATS clients, of the
 * dialect and of the monitor, and the dialect's flow policy.
 */
import { type BrokerOptions, createBroker } from '../../lib/index.js';
import { jsonDialect } from '../../spec/support/json-dialect.js';

type Toy = NonNullable<Parameters<typeof jsonDialect>[0]>;

const HOST = '127.0.0.1';

const [port, toyPort, monitorPort, flowPolicy] = process.argv.slice(2);
const flow: BrokerOptions['flow'] = {
  policy: flowPolicy === 'drop' ? 'disconnect' : 'drop', // another one than the dialect's
  highWater: '64KiB',
  lowWater: '16KiB',
  maxPending: '1MiB',
  writeDeadline: '3s',
};
const listeners = [{ host: HOST, port: Number(toyPort) }];
const broker = await createBroker({
  nats: { host: HOST, port: Number(port), maxPayload: '64KiB' },
  monitor: { host: HOST, port: Number(monitorPort) },
  flow,
  dialects: [jsonDialect({ listeners, flowPolicy: flowPolicy as Toy['flowPolicy'] })],
});
process.once('SIGTERM', () => void broker.close().then(() => process.exit(0)));
