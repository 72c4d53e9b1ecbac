import { types } from 'node:util';
import { expect } from 'chai';
import { pino } from 'pino';
import {
  type Authenticate,
  type Authorize,
  type Broker,
  type BrokerOptions,
  SluiceError,
} from '../../lib/index.js';
import { closeAll, embedded, natsPeer, refused } from '../support/embed/embedded.js';
import {
  ODD,
  ODD_ERRORS,
  ODD_OBJECTS,
  ODD_THENABLES,
  type OddValue,
  TEXTS_AND_FUNCTIONS,
  withThen,
} from '../support/embed/odd-values.js';
import { Peer } from '../support/peer.js';
import { soon, until } from '../support/until.js';

const VIOLATION = "-ERR 'Authorization Violation'";

const violation = (action: string) => `-ERR 'Permissions Violation for ${action} to "a"'`;

/** A broker, and the errors it tells of. */
async function watched(options: BrokerOptions) {
  const broker = await embedded(options);
  const errors: unknown[] = [];
  broker.on('error', (error) => errors.push(error));
  /** In a list, as an error may be a value that promises cannot resolve to. */
  const told = async (): Promise<readonly unknown[]> => {
    await until('it is told', () => errors.length > 0);
    return errors.splice(0, 1);
  };
  return { broker, errors, told };
}

async function login(broker: Broker): Promise<Peer> {
  const peer = new Peer(broker.connect(), 'nats');
  await peer.next();
  return peer.send('CONNECT {"verbose":true,"user":"mallory","pass":"wrong password"}\r\n');
}

function throwingEach(values: readonly OddValue[]): readonly OddValue[] {
  return values.map(([title, make]) => [
    `throws ${title}`,
    () => {
      throw make();
    },
  ]);
}

describe('what the functions of a program give', () => {
  afterEach(closeAll);

  const grants: readonly OddValue[] = [
    ['permissions: undefined', () => ({ permissions: undefined })],
    ['account: undefined', () => ({ account: undefined })],
    ['permissions.publish: undefined', () => ({ permissions: { publish: undefined } })],
    ["account: ''", () => ({ account: '' })],
    ['account with a line end', () => ({ account: 'a\nb' })],
    ['flow: true', () => ({ flow: true })],
    ['expiresAt: a Date', () => ({ expiresAt: new Date() })],
    ['expiresAt: NaN', () => ({ expiresAt: Number.NaN })],
    ['maxSubscriptions: text', () => ({ maxSubscriptions: '1' })],
    [
      'permissions with a getter',
      () => ({
        permissions: {
          get publish() {
            return 'a';
          },
        },
      }),
    ],
    ['permissions with an unknown key', () => ({ permissions: { publsh: 'a' } })],
    ['permissions with __proto__', () => ({ permissions: JSON.parse('{"__proto__": {"publish": "a"}}') })],
    [
      'permissions with a list with holes',
      () => ({ permissions: { publish: Object.assign([], { 1: 'a' }) } }),
    ],
    [
      'permissions that contain themselves',
      () => {
        const permissions: Record<string, unknown> = {};
        Object.assign(permissions, { publish: permissions });
        return { permissions };
      },
    ],
    ...[...ODD, ...TEXTS_AND_FUNCTIONS].map(
      ([title, make]): OddValue => [`permissions: ${title}`, () => ({ permissions: make() })],
    ),
    ...ODD.map(([title, make]): OddValue => [`user: ${title}`, () => ({ user: make() })]),
    ...ODD.map(
      ([title, make]): OddValue => [
        `permissions.publish: ${title}`,
        () => ({ permissions: { publish: [make()] } }),
      ],
    ),
  ];
  const refusals = [
    ...[...ODD, ...TEXTS_AND_FUNCTIONS, ...ODD_OBJECTS, ...ODD_THENABLES, ...grants],
    ...throwingEach(ODD_ERRORS),
  ];
  for (const [title, make] of refusals)
    it(`authenticate: ${title} is a refusal and an error`, async () => {
      const lines: string[] = [];
      const logger = pino({}, { write: (line) => lines.push(line) });
      const { broker, told } = await watched({ authenticate: make as Authenticate, logger });
      await (await login(broker)).expect(VIOLATION);
      const [error] = await told();
      if (!types.isProxy(error) && error instanceof SluiceError) {
        expect(error.code).to.equal('INVALID_RESULT');
        expect(error.message).to.match(/^authenticate(?:: |\.)/);
      }
      expect(lines.filter((line) => line.includes('the embedding program failed')).length).to.equal(1);
      expect(lines.join('')).not.to.include('wrong password');
    });

  it('authenticate: a promise that never settles is a refusal once the time is over', async () => {
    const authenticate = () => withThen(() => {}) as Promise<boolean>;
    const broker = await embedded({ authenticate, authorization: { timeout: '20ms' } });
    await (await login(broker)).expect("-ERR 'Authentication Timeout'");
  });

  it('authenticate: text that it returns is not shown, as it may be the password', async () => {
    const { broker, told } = await watched({
      authenticate: (({ password }: { password: string }) => password) as never,
    });
    await (await login(broker)).expect(VIOLATION);
    expect((await told())[0]).to.have.property(
      'message',
      'authenticate: returned text of 14 characters, allowed: true, false, null, undefined or a plain object ' +
        'with any of user, account, permissions, maxSubscriptions, maxPayloadBytes, expiresAt, flow',
    );
  });

  const undecided = [
    ...[...ODD, ...TEXTS_AND_FUNCTIONS, ...ODD_OBJECTS, ...ODD_THENABLES, ...throwingEach(ODD_ERRORS)],
    ['undefined', () => undefined],
    ['null', () => null],
    ['{}', () => ({})],
  ] as const satisfies readonly OddValue[];
  for (const [title, make] of undecided)
    for (const action of ['publish', 'subscribe'] as const)
      it(`authorize: ${title} about ${action} is a refusal and an error`, async () => {
        const authorize = ((_, what) => what !== action || make()) as Authorize;
        const { broker, told } = await watched({ authorize });
        const peer = await natsPeer(broker);
        await peer
          .send(action === 'publish' ? 'PUB a 1\r\nx\r\n' : 'SUB a 1\r\n')
          .expect(violation(action === 'publish' ? 'Publish' : 'Subscription'));
        const [error] = await told();
        if (!types.isProxy(error) && error instanceof SluiceError) {
          expect(error.code).to.equal('INVALID_RESULT');
          expect(error.message).to.match(/^authorize: /);
        }
        await refused(() => broker.request('a'), 'NO_RESPONDERS');
      });

  const answers: readonly OddValue[] = [
    ...[...ODD, ...ODD_OBJECTS, ...ODD_THENABLES, ...throwingEach(ODD_ERRORS)],
    ['null', () => null],
    ['true', () => true],
    ['a function', () => () => 'x'],
    ['a DataView', () => new DataView(new ArrayBuffer(1))],
    ['{ ok: true }', () => ({ ok: true })],
    ['{ payload: 1 }', () => ({ payload: 1 })],
    ['{ payload: null }', () => ({ payload: null })],
    ['{ headers: 1 }', () => ({ headers: 1 })],
    ['{ headers: null }', () => ({ headers: null })],
    ['{ headers: a promise }', () => ({ headers: Promise.resolve({}) })],
    ['{ headers: [1] }', () => ({ headers: [1] })],
    ["{ headers: { 'a b': 'x' } }", () => ({ headers: { 'a b': 'x' } })],
    ["{ headers: { a: 'x\\n' } }", () => ({ headers: { a: 'x\n' } })],
    ['a payload that is too large', () => 'x'.repeat(101)],
  ];
  for (const [title, make] of answers)
    it(`reply handler: ${title} is an internal error to the requester, and an error`, async () => {
      const { broker, told } = await watched({ nats: { max_payload: 100 } });
      broker.reply('svc', make as never);
      await refused(() => broker.request('svc'), 'SERVICE_ERROR', /^internal error$/);
      await told();
      broker.reply('next', () => 'fine');
      expect((await broker.request('next')).text()).to.equal('fine');
    });

  it('reply handler: a promise that never settles holds up only its own requester', async () => {
    const broker = await embedded();
    broker.reply('svc', ({ reply }) => (reply?.endsWith('.1') ? (withThen(() => {}) as never) : 'fine'));
    await refused(() => broker.request('svc', '', { timeoutMs: 10 }), 'REQUEST_TIMEOUT');
    expect((await broker.request('svc')).text()).to.equal('fine');
  });

  it('a ReplyError that was made into something else is still told', async () => {
    const { ReplyError } = await import('../../lib/index.js');
    const broker = await embedded();
    broker.reply('svc', () => {
      throw Object.assign(new ReplyError('x'), { message: { toString: () => 'y\r\nz' }, code: '1\r\n' });
    });
    await refused(() => broker.request('svc'), 'SERVICE_ERROR', 'y z');
  });

  it('a logger that throws, or an error that cannot be logged, ends nothing', async () => {
    const write = (): never => {
      throw new Error('disk full');
    };
    const logger = pino({ level: 'error' }, { write });
    const { broker, told } = await watched({ authenticate: () => -1 as never, logger });
    await (await login(broker)).expect(VIOLATION);
    await told();
  });

  it('errors that clients cause with each message are logged once in a while, and all told', async () => {
    const lines: string[] = [];
    const logger = pino({}, { write: (line) => lines.push(line) });
    const { broker, errors } = await watched({
      authorize: (_, action) => action === 'subscribe' || (1 as never),
      logger,
    });
    const peer = await natsPeer(broker);
    peer.send('PUB a 0\r\n\r\n'.repeat(50));
    await until('all are told', () => errors.length === 50);
    expect(lines.filter((line) => line.includes('the embedding program failed')).length).to.equal(1);
  });

  it('an error without a listener ends nothing, whichever function it comes from', async () => {
    const broker = await embedded({
      authenticate: ({ user }) => (user === 'in' ? true : (-1 as never)),
      authorize: (_, action) => (action === 'subscribe' ? (Promise.reject(null) as never) : (0 as never)),
    });
    broker.reply('svc', () => null as never);
    await (await login(broker)).expect(VIOLATION);
    const peer = await natsPeer(broker, { user: 'in' });
    peer.send('PUB a 1\r\nx\r\nSUB a 1\r\n');
    await peer.expect(...['Publish', 'Subscription'].map(violation));
    await refused(() => broker.request('svc'), 'SERVICE_ERROR');
    broker.once('error', () => {});
    peer.send('PUB a 1\r\nx\r\nPUB a 1\r\nx\r\n');
    await peer.expect(...['Publish', 'Publish'].map(violation));
    await soon(
      'a reply',
      refused(() => broker.request('svc'), 'SERVICE_ERROR'),
    );
  });
});
