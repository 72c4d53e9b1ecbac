import { Duplex, PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { type Broker, createBroker, SluiceError } from '../../lib/index.js';
import { natsTransport, natsTransportFactory } from '../../lib/nats-transport.js';
import { startTestBroker, type TestBroker } from '../../lib/testing/index.js';
import { closeAll, embedded, natsPeer, read, refused } from '../support/embed/embedded.js';
import { ODD, ODD_OBJECTS, type OddValue, TEXTS_AND_FUNCTIONS } from '../support/embed/odd-values.js';
import { soon, until } from '../support/until.js';

const NULL: OddValue = ['null', () => null];
const UNDEFINED: OddValue = ['undefined', () => undefined];
const ALL = [...ODD, ...TEXTS_AND_FUNCTIONS, ...ODD_OBJECTS, NULL];

/** A function with one argument that may be anything. */
interface Call {
  readonly title: string;
  readonly call: (broker: Broker, value: never) => unknown;
  /** Values that the function takes, though they are of the list. */
  readonly takes?: readonly string[];
  /** Further values that it does not take. */
  readonly more?: readonly OddValue[];
}

/** Objects that have no keys: no options are given by them. */
const EMPTY = ['Object.create(null)', 'Object.create({})', 'a Proxy', 'a symbol as a key', 'a hidden key'];
const OPTIONS = EMPTY;
const FUNCTIONS = ['a function', 'an async function', 'a class', 'a Proxy of a function'];
const TEXTS = ["'true'", "'false'"];

const CALLS: readonly Call[] = [
  {
    title: 'createBroker(…)',
    call: (_, value) => createBroker(value),
    takes: EMPTY,
    more: [
      ['{ nats: 1 }', () => ({ nats: 1 })],
      ['{ limits: new Map() }', () => ({ limits: new Map() })],
      [
        '{ flow: a Proxy that throws }',
        () => ({ flow: ODD.find(([title]) => title.includes('throws'))![1]() }),
      ],
      ['{ logger: console }', () => ({ logger: { log() {} } })],
      ['{ signal: {} }', () => ({ signal: {} })],
    ],
  },
  { title: 'createBroker({}, …)', call: (_, value) => createBroker({ nats: false }, value), takes: EMPTY },
  { title: 'createBroker({ logger: … })', call: (_, logger) => createBroker({ nats: false, logger }) },
  { title: 'createBroker({ signal: … })', call: (_, signal) => createBroker({ nats: false, signal }) },
  {
    title: 'createBroker({ authenticate: … })',
    call: (_, authenticate) => createBroker({ nats: false, authenticate }),
    takes: FUNCTIONS,
  },
  {
    title: 'createBroker({ authorize: … })',
    call: (_, authorize) => createBroker({ nats: false, authorize }),
    takes: FUNCTIONS,
  },
  {
    title: 'createBroker({ limits: … })',
    call: (_, limits) => createBroker({ nats: false, limits }),
    takes: EMPTY,
  },
  {
    title: 'createBroker({ monitor: … })',
    call: (_, monitor) => createBroker({ nats: false, monitor }),
    takes: EMPTY,
  },
  {
    title: 'reload(…)',
    call: (broker, value) => broker.reload(value),
    takes: EMPTY,
    more: [UNDEFINED],
  },
  { title: 'attach(…)', call: (broker, value) => broker.attach(value, 'nats'), more: [UNDEFINED] },
  {
    title: 'attach(wire, …)',
    call: (broker, value) => broker.attach(new PassThrough(), value),
    more: [UNDEFINED],
  },
  { title: 'connect(…)', call: (broker, value) => broker.connect(value), takes: OPTIONS },
  { title: 'connect({ dialect: … })', call: (broker, dialect) => broker.connect({ dialect }) },
  { title: 'publish(…)', call: (broker, value) => broker.publish(value), takes: TEXTS, more: [UNDEFINED] },
  {
    title: "publish('a', …)",
    call: (broker, value) => broker.publish('a', value),
    takes: ["''", ...TEXTS],
    more: [['bytes by their prototype', () => Object.create(Uint8Array.prototype)]],
  },
  { title: "publish('a', '', …)", call: (broker, value) => broker.publish('a', '', value), takes: OPTIONS },
  {
    title: "publish('a', '', { headers: … })",
    call: (broker, headers) => broker.publish('a', '', { headers }),
    takes: [
      ...OPTIONS,
      '[]',
      'new Map()',
      'an iterator',
      'an unknown key',
      'constructor as a key',
      'a getter',
      'a class instance',
    ],
    more: [
      ['[1]', () => [1]],
      ['pairs of one', () => [['a']]],
      ['{ a: [1] }', () => ({ a: [1] })],
      [
        'an iterator that throws',
        () => ({
          [Symbol.iterator]() {
            throw new Error('thrown');
          },
        }),
      ],
    ],
  },
  {
    title: "publish('a', '', { reply: … })",
    call: (broker, reply) => broker.publish('a', '', { reply }),
    takes: TEXTS,
  },
  {
    title: "publish('a', '', { account: … })",
    call: (broker, account) => broker.publish('a', '', { account }),
    takes: TEXTS,
  },
  {
    title: 'subscribe(…)',
    call: (broker, value) => broker.subscribe(value),
    takes: TEXTS,
    more: [UNDEFINED],
  },
  { title: "subscribe('a', …)", call: (broker, value) => broker.subscribe('a', value), takes: OPTIONS },
  { title: "subscribe('a', { signal: … })", call: (broker, signal) => broker.subscribe('a', { signal }) },
  {
    title: "subscribe('a', { max: … })",
    call: (broker, max) => broker.subscribe('a', { max }),
    takes: ['1'],
  },
  {
    title: "subscribe('a', { queue: … })",
    call: (broker, queue) => broker.subscribe('a', { queue }),
    takes: TEXTS,
  },
  { title: 'request(…)', call: (broker, value) => broker.request(value), takes: TEXTS, more: [UNDEFINED] },
  { title: "request('a', '', …)", call: (broker, value) => broker.request('a', '', value), takes: OPTIONS },
  {
    title: "request('a', '', { timeoutMs: … })",
    call: (broker, timeoutMs) => broker.request('a', '', { timeoutMs }),
    takes: ['1'],
  },
  { title: "request('a', '', { signal: … })", call: (broker, signal) => broker.request('a', '', { signal }) },
  {
    title: "reply('a', …)",
    call: (broker, value) => broker.reply('a', value),
    takes: FUNCTIONS,
    more: [UNDEFINED],
  },
  { title: "reply('a', f, …)", call: (broker, value) => broker.reply('a', () => '', value), takes: OPTIONS },
  {
    title: 'on(…)',
    call: (broker, value) => broker.on(value, () => {}),
    more: [UNDEFINED, ['newListener', () => 'newListener']],
  },
  {
    title: "on('error', …)",
    call: (broker, value) => broker.on('error', value),
    takes: FUNCTIONS,
    more: [UNDEFINED],
  },
  {
    title: "once('error', …)",
    call: (broker, value) => broker.once('error', value),
    takes: FUNCTIONS,
    more: [UNDEFINED],
  },
  {
    title: "off('error', …)",
    call: (broker, value) => broker.off('error', value),
    takes: FUNCTIONS,
    more: [UNDEFINED],
  },
  { title: 'close(…)', call: (broker, value) => broker.close(value), takes: OPTIONS },
  { title: 'close({ drain: … })', call: (broker, drain) => broker.close({ drain }) },
  {
    title: 'natsTransport(…)',
    call: (_, value) => natsTransport(value),
    takes: FUNCTIONS,
    more: [UNDEFINED],
  },
  {
    title: 'natsTransportFactory(…)',
    call: (_, value) => natsTransportFactory(value),
    takes: FUNCTIONS,
    more: [UNDEFINED],
  },
  {
    title: 'natsTransportFactory(() => …)',
    call: (_, value) =>
      natsTransportFactory(() => value)
        .factory()
        .connect(),
    more: [UNDEFINED],
  },
];

/** What comes of a call: nothing, or what it threw or rejected with. */
async function outcome(call: () => unknown): Promise<{ readonly error: unknown } | undefined> {
  try {
    const result = await soon('an outcome', Promise.resolve(call()));
    if (result instanceof Duplex) result.on('error', () => {});
    return undefined;
  } catch (error) {
    return { error };
  }
}

describe('the public functions, given anything', () => {
  afterEach(closeAll);

  for (const { title, call, takes = [], more = [] } of CALLS) {
    it(`${title} refuses what it does not take with an error of the table`, async () => {
      const broker = await embedded();
      for (const [name, make] of [...ALL, ...more]) {
        if (takes.includes(name)) continue;
        const failed = await outcome(() => call(broker, make() as never));
        expect(failed, `${name} was taken`).not.to.equal(undefined);
        const { error } = failed!;
        expect(error instanceof SluiceError, `${name}: ${inspect(error)}`).to.equal(true);
        expect((error as SluiceError).message, name).to.match(/\S+: \S+|there is no broker/);
      }
      if (!title.startsWith('close')) expect(broker.closed).to.equal(false);
    });

    if (takes.length > 0)
      it(`${title} takes ${takes.join(', ')}`, async () => {
        for (const [name, make] of ALL.filter(([name]) => takes.includes(name))) {
          const broker = await embedded();
          const failed = await outcome(async () => {
            const made = await call(broker, make() as never);
            if (made instanceof Duplex) made.on('error', () => {});
            if (title.startsWith('createBroker')) await (made as Broker).close();
          });
          const code = (failed?.error as SluiceError | undefined)?.code;
          expect(
            code === undefined ||
              code === 'NO_RESPONDERS' ||
              /cannot be changed by a reload/.test(String(failed?.error)) ||
              code === 'ADDRESS_IN_USE' ||
              code === 'REQUEST_TIMEOUT',
            `${name}: ${inspect(failed)}`,
          ).to.equal(true);
        }
      });
  }

  it('attach refuses streams of objects', async () => {
    const broker = await embedded();
    await refused(
      () => broker.attach(new PassThrough({ objectMode: true }), 'nats'),
      'CONFIG_INVALID',
      'wire: not usable, allowed: a Duplex stream of bytes, not of objects',
    );
  });

  it('attach of a stream that has ended, or was destroyed, harms nothing', async () => {
    const broker = await embedded();
    let gone = 0;
    broker.on('disconnect', () => gone++);
    const destroyed = new PassThrough().on('error', () => {});
    destroyed.destroy();
    const ended = new PassThrough();
    ended.resume().end();
    await new Promise((resolve) => ended.once('close', resolve));
    for (const wire of [destroyed, ended]) await outcome(() => broker.attach(wire, 'nats'));
    const peer = await natsPeer(broker);
    await peer.send('PING\r\n').expect('PONG');
    await until('both are gone', () => gone === 2);
    await broker.close();
  });

  it('a message is answered with an error of the table, too', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a');
    await broker.publish('a', '', { reply: 'b' });
    const [message] = await read(subscription, 1);
    for (const [name, make] of ALL.filter(([name]) => !OPTIONS.includes(name)))
      await refused(() => message!.respond('', make() as never), 'CONFIG_INVALID', /^\S+: /).catch(
        (error) => {
          throw new Error(name, { cause: error });
        },
      );
    await refused(() => message!.respond(5 as never), 'INVALID_MESSAGE', 'not the number 5');
  });
});

describe('the public functions of sluice/testing, given anything', () => {
  const calls: readonly {
    readonly title: string;
    readonly call: (broker: TestBroker, value: never) => unknown;
    readonly takes?: readonly string[];
  }[] = [
    {
      title: 'startTestBroker(…)',
      call: async (_, value) => (await startTestBroker(value)).close(),
      takes: EMPTY,
    },
    {
      title: 'startTestBroker({ flow: … })',
      call: async (_, flow) => (await startTestBroker({ flow })).close(),
      takes: EMPTY,
    },
    {
      title: 'startTestBroker({ line: … })',
      call: async (_, line) => (await startTestBroker({ line })).close(),
      takes: EMPTY,
    },
    { title: 'startTestBroker({ clock: … })', call: (_, clock) => startTestBroker({ clock }) },
    { title: 'reload(…)', call: (broker, value) => broker.reload(value), takes: EMPTY },
    { title: 'record(…)', call: (broker, value) => broker.record(value), takes: TEXTS },
    { title: "record('a', …)", call: (broker, value) => broker.record('a', value), takes: OPTIONS },
    {
      title: 'recorder.waitFor(…)',
      call: (broker, value) => broker.record('a').waitFor(value, { timeoutMs: 1 }),
      takes: ['0', ...OPTIONS],
    },
    {
      title: 'recorder.waitFor(1, …)',
      call: (broker, value) => broker.record('a').waitFor(0, value),
      takes: OPTIONS,
    },
    { title: 'waitForClient(…)', call: (broker, value) => broker.waitForClient(value, { timeoutMs: 1 }) },
    { title: 'waitForClient({}, …)', call: (broker, value) => broker.waitForClient({}, value) },
    {
      title: 'waitForSubscription(…)',
      call: (broker, value) => broker.waitForSubscription(value, 1, { timeoutMs: 1 }),
    },
    {
      title: "waitForSubscription('a', …)",
      call: (broker, value) => broker.waitForSubscription('a', value, { timeoutMs: 1 }),
      takes: ['0'],
    },
    {
      title: "waitForSubscription('a', 0, …)",
      call: (broker, value) => broker.waitForSubscription('a', 0, value),
      takes: OPTIONS,
    },
    { title: 'settle(…)', call: (broker, value) => broker.settle(value), takes: OPTIONS },
    { title: 'freeze(…)', call: (broker, value) => broker.freeze(value) },
    { title: 'client(…)', call: (broker, value) => broker.client(value) },
    { title: 'cut(…)', call: (broker, value) => broker.cut(value) },
    { title: 'restart(…)', call: (broker, value) => broker.restart(value), takes: OPTIONS },
    {
      title: 'restart({ whileDown: … })',
      call: (broker, whileDown) => broker.restart({ whileDown }),
      takes: FUNCTIONS,
    },
  ];
  for (const { title, call, takes = [] } of calls)
    it(`${title} refuses what it does not take with an error of the table`, async () => {
      const broker = await startTestBroker();
      try {
        for (const [name, make] of [...ALL, NULL]) {
          if (takes.includes(name)) continue;
          const failed = await outcome(() => call(broker, make() as never));
          expect(failed, `${name} was taken`).not.to.equal(undefined);
          expect(failed!.error instanceof SluiceError, `${name}: ${inspect(failed!.error)}`).to.equal(true);
        }
      } finally {
        await broker.close({ drain: false });
      }
    });
});
