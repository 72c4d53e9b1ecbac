/**
 * What the types of `sluice` let one write, and what they do not. Nothing here runs: it compiles, here and against the
 * packed package. An `@ts-expect-error` above something that compiles is an error itself.
 */
import type { Duplex } from 'node:stream';
import {
  type Address,
  type Broker,
  type Config,
  type CreateOptions,
  configFrom,
  createBroker,
  type ERRORS,
  type ErrorCode,
  type SettingsInput,
  SluiceError,
  type VERSION,
} from 'sluice';

/** Compiles where both are the same type. */
function same<A, B>(_: [A, B] extends [B, A] ? true : false): void {}

export async function brokers(wire: Duplex): Promise<void> {
  const broker: Broker = await createBroker();
  same<typeof broker.natsAddress, Address | undefined>(true);
  // @ts-expect-error: there may be no such listener
  broker.natsAddress.port;
  // @ts-expect-error: where it listens is not ours to change
  broker.natsAddress = { host: '127.0.0.1', port: 4222 };
  const ports: readonly number[] = broker.natsAddresses.map(({ port }) => port);
  // @ts-expect-error: nor are the lists
  broker.natsAddresses.push({ host: '127.0.0.1', port: ports[0] });

  broker.attach(wire, 'nats');
  broker.attach(wire, 'line');
  // @ts-expect-error: no such dialect
  broker.attach(wire, 'mqtt');

  const changed: readonly string[] = await broker.reload(configFrom({ authorization: { token: 'secret' } }));
  // @ts-expect-error: settings are no configuration yet
  await broker.reload({ authorization: { token: changed[0] } });
  await broker.lameDuck();
  await broker.close();
}

export async function settings(): Promise<void> {
  const input: SettingsInput = {
    listener: ['127.0.0.1:0', '[::1]:0'],
    line: { enabled: false },
    nats: { max_payload: '64KiB', ping_interval: '30s' },
    authorization: {
      users: [
        { user: 'ann', password: 'secret', permissions: { publish: 'orders.>', subscribe: ['a', 'b'] } },
      ],
    },
    accounts: { SHOP: { users: [{ user: 'shop', password: 'secret' }] } },
  };
  const options: CreateOptions = {};
  await createBroker(input, options);
  // @ts-expect-error: no such key
  await createBroker({ listeners: '127.0.0.1:0' });
  // @ts-expect-error: no such key in a table
  await createBroker({ line: { enable: false } });
  // @ts-expect-error: a switch is a boolean
  await createBroker({ line: { enabled: 'no' } });
  // @ts-expect-error: not what may become of messages for a slow subscriber
  await createBroker({ flow: { policy: 'wait' } });
  // @ts-expect-error: a logger is pino's
  await createBroker({}, { logger: console });
}

export function configurations(config: Config): void {
  same<typeof config.nats.maxPayloadBytes, number>(true);
  same<typeof config.flow.policy, 'pause' | 'drop' | 'disconnect'>(true);
  // @ts-expect-error: frozen
  config.nats.maxPayloadBytes = 1;
  // @ts-expect-error: names have units
  config.nats.maxPayload;
}

export function errors(error: unknown): ErrorCode | undefined {
  if (!(error instanceof SluiceError)) return undefined;
  if (error.code === 'ADDRESS_IN_USE') return error.code;
  // @ts-expect-error: no such code
  if (error.code === 'ADDRESS_TAKEN') return undefined;
  same<(typeof ERRORS)['SLOW_CONSUMER']['closes'], boolean>(true);
  same<typeof VERSION, string>(true);
  // @ts-expect-error: neither a code
  new SluiceError('NONSENSE');
  return error.code;
}
