import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { bcryptPool } from '../../lib/auth/secrets.js';
import type { SettingsInput } from '../../lib/config.js';
import type { Dialect, Encoder, Link } from '../../lib/dialects/codec.js';
import { lineDialect } from '../../lib/dialects/line/index.js';
import { natsDialect } from '../../lib/dialects/nats/index.js';
import { Harness, msg, pub } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { soon, until } from '../support/until.js';

const HASH = hashSync('right', 8);
/** Some tenths of a second each. */
const SLOW_HASH = hashSync('right', 11);
const VIOLATION = "-ERR 'Authorization Violation'";
const TIMEOUT = "-ERR 'Authentication Timeout'";
const BAD = 'CONNECT {"verbose":false,"user":"ann","pass":"wrong"}\r\nPING\r\n';
/** Each of another password. */
const bad = (n: number): string => BAD.replace('wrong', `wrong ${n}`);
const GOOD = 'CONNECT {"verbose":false,"user":"ann","pass":"right"}\r\n';
/** So many logins are wrong at once. */
const FLOOD = 200;

function settings(password: string, timeout = '10m'): SettingsInput {
  return { authorization: { users: [{ user: 'ann', password }], timeout }, shutdown: { deadline: '10m' } };
}

describe('logins', () => {
  let harness: Harness;
  afterEach(async () => {
    await harness.stop();
    await until(
      'no password is being checked',
      () => bcryptPool.load.running + bcryptPool.load.waiting === 0,
    );
  });

  /** A socket from that address of this machine. */
  async function dialFrom(localAddress: string): Promise<Peer> {
    const { host, port } = harness.broker.natsAddress!;
    const socket: Socket = connect({ host, port, localAddress, allowHalfOpen: true });
    harness.wires.push(socket);
    await once(socket, 'connect');
    return new Peer(socket, 'nats');
  }

  /** @param addressOf from where; those of one address wait for each other, and the first that fail keep the others out */
  async function flood(addressOf = (_: number) => '127.0.0.1'): Promise<Peer[]> {
    const peers = await Promise.all(Array.from({ length: FLOOD }, (_, n) => dialFrom(addressOf(n))));
    for (const [n, peer] of peers.entries()) peer.send(bad(n));
    return peers;
  }

  for (const [kind, password] of [
    ['plain', 'right'],
    ['bcrypt', SLOW_HASH],
  ] as const) {
    it(`a flood of wrong ones (${kind}) holds up neither who is in nor who comes from elsewhere`, async () => {
      harness = await Harness.start(settings(password));
      const insider = await dialFrom('127.0.0.1');
      await insider.next();
      await insider.send(GOOD).settle();
      const bad = await flood();
      await insider.send('SUB a 1\r\n', pub('a', 'x')).expect(msg('a', 1, 'x'));
      const good = await dialFrom('127.0.0.2');
      await good.next();
      await good.send(GOOD).settle();
      // It is in before the last of them has been refused.
      expect(bad.filter(({ wire }) => !wire.readableEnded).length, 'waiting still').to.be.above(0);
      await good.send(pub('a', 'y')).settle();
      await insider.expect(msg('a', 1, 'y'));
      await soon('the end', harness.broker.close());
    });
  }

  it('with a plain password do not wait for those with a bcrypt hash', async () => {
    const users = [
      { user: 'ann', password: SLOW_HASH },
      { user: 'bob', password: 'right' },
    ];
    harness = await Harness.start({ authorization: { users }, shutdown: { deadline: '10m' } });
    await flood((n) => `127.0.1.${n + 1}`);
    await until('they wait', () => bcryptPool.load.waiting > 100);
    const bob = await dialFrom('127.0.0.2');
    await bob.next();
    await bob.send(GOOD.replace('ann', 'bob')).settle();
    expect(bcryptPool.load.waiting, 'waiting still').to.be.above(0);
    await soon('the end', harness.broker.close());
  });

  it('that are wrong are all refused in the end, and leave nothing', async () => {
    harness = await Harness.start(settings('right'));
    const heard = new Set<string>();
    for (const peer of await flood()) {
      const [, ...refusals] = await peer.rest();
      heard.add(refusals.join());
      peer.end();
    }
    // Those that were not looked at are not told that they are wrong: clients give up then.
    expect([...heard].sort()).to.deep.equal([TIMEOUT, VIOLATION]);
    await until('no connection is left', () => harness.connections.size === 0);
    expect(harness.broker.throttle.size).to.be.at.most(1);
  });

  it('may be checked for longer than there is time to send them', () => {
    const cancelled: number[] = [];
    /** A connection whose login is never decided. */
    const link = {
      admitted: false,
      remoteAddress: '127.0.0.1',
      later: (ms: number) => () => cancelled.push(ms),
      login: () => new Promise<boolean>(() => {}),
      after: () => {},
    } as unknown as Link<unknown>;
    const encoder = {} as unknown as Encoder;
    for (const [n, dialect, command] of [
      [1, natsDialect, { op: 'CONNECT', options: {} }],
      [2, lineDialect, { op: 'AUTH', user: 'ann', secret: 'right' }],
    ] as const) {
      const options = { authTimeoutMs: () => n, idleTimeoutMs: 0 } as never;
      const session = (dialect(options) as unknown as Dialect<object, unknown>).session(link, encoder);
      session.ready();
      expect(cancelled).to.have.length(n - 1);
      session.handle(command);
      expect(cancelled.at(-1)).to.equal(n);
    }
  });

  it('that are right cost their address nothing, after a wrong one as well', async () => {
    harness = await Harness.start({ authorization: { token: 't' } });
    for (const token of ['wrong', ...Array<string>(30).fill('t')]) {
      const peer = await harness.open('nats', 'socket');
      await peer.next();
      peer.send(`CONNECT {"verbose":true,"auth_token":"${token}"}\r\n`);
      await peer.expect(token === 't' ? '+OK' : VIOLATION);
      peer.end();
    }
    expect(harness.broker.throttle.delayMs('127.0.0.1')).to.equal(100);
  });

  it('that never come end the connection, half-open or silent, of either dialect', async () => {
    harness = await Harness.start(settings(HASH, '50ms'));
    for (const half of [false, true]) {
      const nats = await harness.open('nats', 'socket');
      if (half) nats.end();
      const line = await harness.open('line', 'socket');
      const partial = await harness.open('nats', 'socket');
      partial.send('CONNECT {"user":');
      for (const peer of [nats, partial]) {
        const [info, ...rest] = await peer.rest();
        expect(info).to.match(/^INFO /);
        if (!half || peer === partial) expect(rest).to.deep.equal(["-ERR 'Authentication Timeout'"]);
      }
      await line.expectEnd('fin', 'ERR authentication timeout');
      for (const peer of [nats, line, partial]) peer.end();
    }
    await until('no connection is left', () => harness.connections.size === 0);
  });

  it('that take their time keep what comes after them in order', async () => {
    harness = await Harness.start(settings(HASH));
    const peer = await harness.open('nats');
    await peer.next();
    const again = GOOD.replace('"verbose":false', '"verbose":true');
    peer.send(`${GOOD}SUB a 1\r\n${pub('a', '1')}PING\r\n${again}SUB a 1\r\n${pub('a', '2')}PING\r\n`);
    await peer.expect(msg('a', 1, '1'), 'PONG', '+OK', '+OK', '+OK', msg('a', 1, '2'), 'PONG');
    // One that is wrong ends it there, even where it comes second.
    peer.send(`${pub('a', '3')}${BAD}${pub('a', '4')}`);
    await peer.expectEnd('fin', '+OK', msg('a', 1, '3'), VIOLATION);
  });

  it('that take their time keep what comes after them in order for line clients', async () => {
    harness = await Harness.start(settings(HASH));
    const line = await harness.open('line');
    line.send('AUTH ann right\nSUB a\nPUB a 1\nPING\n');
    await line.expect('OK AUTH', 'OK SUB a', 'OK PUB a', 'UPDATE a 1', 'PONG');
  });

  it('leave nothing where the client leaves meanwhile', async () => {
    // A user for each, as a password that was right once is not computed again.
    const names = Array.from({ length: 10 }, (_, n) => `ann${n}`);
    const users = names.map((user) => ({ user, password: hashSync('right', 9) }));
    harness = await Harness.start({
      authorization: { users, timeout: '10m' },
      shutdown: { deadline: '10m' },
    });
    for (const how of ['end', 'reset'] as const) {
      for (const user of names.splice(0, 5)) {
        const peer = await harness.open('nats', 'socket');
        peer.send(`${GOOD.replace('ann', user)}SUB a 1\r\n${pub('a', 'x')}`);
        await until('it is being looked at', () => peer.connection.client.suspended);
        if (how === 'end') void peer.closed.then(() => peer.wire.destroy());
        if (how === 'end') peer.end();
        else peer.reset();
      }
    }
    await until('no connection is left', () => harness.connections.size === 0);
    expect(harness.core.sublist.empty).to.equal(true);
    expect(harness.core.account('$G').connections).to.equal(0);
    expect(harness.log).to.deep.equal([]);
  });

  it('that wait do not hold up the end', async () => {
    harness = await Harness.start(settings(SLOW_HASH));
    const waiting = await flood();
    await until('they wait', () => bcryptPool.load.waiting > 10); // where this process is slow, the first failures keep many from waiting
    for (const peer of waiting) void peer.closed.then(() => peer.end());
    await soon('the end', harness.broker.close());
    expect(harness.connections.size).to.equal(0);
  });

  const refusals: readonly (readonly [what: string, connect: string, about: object])[] = [
    [
      'a wrong password',
      '{"user":"ann","pass":"x"}',
      { kind: 'User', user: 'ann', reason: 'wrong password' },
    ],
    [
      'an unknown user',
      '{"user":"bo\\nb","pass":"x"}',
      { kind: 'User', user: 'bo\\nb', reason: 'unknown user' },
    ],
    [
      'a token',
      '{"auth_token":"secret"}',
      { kind: 'Token', user: '[REDACTED]', reason: 'tokens are not accepted' },
    ],
    ['an nkey', '{"nkey":"UX","sig":"x"}', { kind: 'Nkey', user: 'UX', reason: 'nkeys are not accepted' }],
    ['nothing', '{}', { reason: 'no credentials' }],
  ];
  for (const [what, connect, about] of refusals)
    it(`with ${what} that are refused are in the log`, async () => {
      harness = await Harness.start(settings('secret'));
      const peer = await harness.open('nats', 'socket');
      await peer.next();
      peer.send(`CONNECT ${connect}\r\n`);
      await peer.expectEnd('fin', VIOLATION);
      const port = (peer.wire as Socket).localPort;
      expect(harness.log.map(({ time: _, pid: __, hostname: ___, ...line }) => line)).to.deep.equal([
        {
          level: 40,
          msg: 'login refused',
          connection: peer.connection.client.id,
          peer: `127.0.0.1:${port}`,
          ...about,
        },
      ]);
      peer.end();
    });

  it('are in the log where a command comes before any, and of line clients', async () => {
    harness = await Harness.start(settings('secret'));
    const [nats, line] = [await harness.open('nats'), await harness.open('line')];
    await nats.next();
    nats.send('PING\r\n');
    await nats.expectEnd('fin', VIOLATION);
    line.send('AUTH ann wrong\n');
    await line.expectEnd('fin', 'ERR authorization violation');
    expect(harness.log.map(({ msg: text, user, reason }) => [text, user, reason])).to.deep.equal([
      ['login refused', undefined, 'no credentials'],
      ['login refused', 'ann', 'wrong password'],
    ]);
  });
});
