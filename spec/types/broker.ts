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
  type Message,
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
  broker.attach(wire, 'of-the-program');
  // @ts-expect-error: a dialect is named
  broker.attach(wire, 7);

  const changed: readonly string[] = await broker.reload(configFrom({ authorization: { token: 'secret' } }));
  await broker.reload({ line: false, authorization: { token: changed[0] } });
  // @ts-expect-error: no such key
  await broker.reload({ authorisation: { token: 'secret' } });
  await broker.lameDuck();
  await broker.close();
}

export async function messages(broker: Broker): Promise<void> {
  await broker.publish('a', 'text', { headers: { 'Content-Type': 'text/plain' }, reply: 'b' });
  await broker.publish('a', new Uint8Array(1));
  // @ts-expect-error: a payload is bytes or text
  await broker.publish('a', { some: 'object' });
  const subscription = broker.subscribe('orders.*', { queue: 'q', max: 1 });
  for await (const message of subscription) {
    same<typeof message.payload, Buffer>(true);
    same<typeof message.reply, string | undefined>(true);
    const { kind } = message.json<{ kind: string }>();
    await message.respond(kind);
    // @ts-expect-error: a message is not ours to change
    message.subject = kind;
  }
  const answer: Message = await broker.request('price', undefined, { timeoutMs: 100 });
  // @ts-expect-error: names have units
  await broker.request('price', answer.text(), { timeout: 100 });
  await using responder = broker.reply('price', () => '2.20', { concurrency: 2 });
  // @ts-expect-error: what is answered is a payload, or one with headers
  broker.reply(responder.subject, () => 2.2);
  broker.on('connect', (client) => client.remoteAddress);
  // @ts-expect-error: no such event
  broker.on('conect', () => {});
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
  await createBroker({ nats: { port: 0 }, line: false });
  await createBroker({ line: true, monitor: true, nats: true });
  await createBroker({ nats: { maxPayload: 9, pingInterval: 30_000 }, lameDuck: { gracePeriod: 100 } });
  await createBroker({ nats: { listener: 4222 }, flow: { writeDeadline: '2s', high_water: '1MiB' } });
  await createBroker({
    authorization: {
      users: [{ user: 'ann', password: 'p', permissions: { allowResponses: { expires: 5 } } }],
    },
    accounts: {
      SHOP: { defaultPermissions: { publish: 'a' }, exports: [{ service: 'a', responseThreshold: 5 }] },
    },
  });
  // @ts-expect-error: a duration is a number or text
  await createBroker({ flow: { writeDeadline: true } });
  // @ts-expect-error: no such key in camelCase
  await createBroker({ flow: { writeDeadLine: 5 } });
  // @ts-expect-error: on and off are no texts
  await createBroker({ line: 'on' });
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

export async function streams(broker: Broker): Promise<void> {
  const { jetstream } = broker;
  await jetstream.createStream({ name: 'JOBS', subjects: ['jobs.*'], retention: 'workqueue' });
  // @ts-expect-error: a stream has a name
  await jetstream.createStream({ subjects: ['jobs.*'] });
  // @ts-expect-error: no such kind of retention
  await jetstream.createStream({ name: 'JOBS', retention: 'forever' });
  const ack = await jetstream.publish('jobs.brew', 'tea', { id: 'one', expect: { lastSequence: 0 } });
  same<typeof ack.seq, number>(true);
  for await (const job of jetstream.consume('JOBS', 'worker', { ahead: 8 })) {
    same<typeof job.payload, Buffer>(true);
    await job.ack();
    // @ts-expect-error: a delivery is not ours to change
    job.sequence = 1;
  }
  const bucket = await jetstream.in('SHOP').createKeyValue('prices', { history: 5, ttlMs: 60_000 });
  // @ts-expect-error: there may be no value
  (await bucket.get('tea')).value;
  // @ts-expect-error: an update says which revision it is of
  await bucket.update('tea', '2.20');
  for await (const { key, operation } of bucket.watch({ key: 'prices.*', from: 'history' })) {
    same<typeof operation, 'put' | 'delete' | 'purge'>(true);
    await bucket.delete(key);
  }
}
