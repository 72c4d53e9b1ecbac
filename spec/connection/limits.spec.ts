import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { MAX_SUBJECT_DEPTH } from '../../lib/domain/limits.js';
import type { ConnectionLimiter } from '../../lib/limits/connection-limiter.js';
import { duplexPair } from '../support/duplex-pair.js';
import { EAGER_CLOCK } from '../support/eager-clock.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Client, DIALECTS, Harness, msg, pub, QUIET } from '../support/harness.js';
import { bytesInUse } from '../support/memory.js';
import { type DialectName, Peer } from '../support/peer.js';
import { bytesKept } from '../support/retained-bytes.js';
import { until } from '../support/until.js';

const HEADERS = { verbose: false, pedantic: false, headers: true };

/** A header block of so many bytes. */
function headers(bytes: number): string {
  const least = 'NATS/1.0\r\na:\r\n\r\n'.length;
  return `NATS/1.0\r\na:${'x'.repeat(bytes - least)}\r\n\r\n`;
}

function hpub(subject: string, block: string, payload: string): string {
  return `HPUB ${subject} ${block.length} ${block.length + payload.length}\r\n${block}${payload}\r\n`;
}

/** A subject of so many tokens. */
function deep(tokens: number, token = 'a'): string {
  return Array(tokens).fill(token).join('.');
}

describe('limits of what is said', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('max_header takes a block of that size, and closes at one byte more as soon as it is declared', async () => {
    harness = await Harness.start({ nats: { max_header: 100 } });
    const nats = await harness.connect('nats', { options: HEADERS });
    await nats
      .send('SUB foo 1\r\n', hpub('foo', headers(100), 'hi'))
      .expect(`HMSG foo 1 100 102\r\n${headers(100)}hi`);
    nats.send('HPUB foo 101 103\r\n');
    await nats.expectEnd('fin', "-ERR 'Maximum Header Violation'");
    expect(await nats.closeReason()).to.equal('MAX_HEADER');
  });

  it('max_header says nothing of payloads, and max_payload is looked at first', async () => {
    harness = await Harness.start({ nats: { max_header: 20, max_payload: 1_000 } });
    const nats = await harness.connect('nats', { options: HEADERS });
    await nats.send('SUB foo 1\r\n', pub('foo', 'x'.repeat(1_000))).expect(msg('foo', 1, 'x'.repeat(1_000)));
    await nats.send(hpub('foo', headers(20), 'x'.repeat(980))).next();
    nats.send('HPUB foo 1001 1001\r\n');
    await nats.expectEnd('fin', "-ERR 'Maximum Payload Violation'");
  });

  it('max_payload = -1 takes what flow.max_pending takes, and closes at one byte more', async () => {
    harness = await Harness.start({
      nats: { max_payload: -1 },
      flow: { low_water: 100, high_water: '1KiB', max_pending: '2MiB' },
    });
    const nats = await harness.connect('nats');
    nats.send(`PUB foo ${2 * 1024 * 1024}\r\n`, 'x'.repeat(2 * 1024 * 1024), '\r\nPING\r\n');
    await nats.expect('PONG');
    nats.send(`PUB foo ${2 * 1024 * 1024 + 1}\r\n`);
    await nats.expectEnd('fin', "-ERR 'Maximum Payload Violation'");
  });

  it('max_control_line bounds subjects: those of that size are fine, one byte more is not', async () => {
    harness = await Harness.start({ nats: { max_control_line: 512 } });
    const nats = await harness.connect('nats');
    const longest = 'a'.repeat(510);
    await nats.send(`SUB ${longest} 1\r\n`, pub(longest, '')).expect(msg(longest, 1, ''));
    nats.send(`SUB ${longest}a 1\r\n`);
    await nats.expectEnd('fin', "-ERR 'maximum control line exceeded'");
  });

  it('max_topic refuses longer topics, counted in bytes, and lets the connection be', async () => {
    harness = await Harness.start({ line: { max_topic: 10 } });
    const line = await harness.connect('line');
    const tooLong = 'ERR topic too long';
    await line.send('SUB 0123456789\nSUB 0123456789a\nSUB äääää\nSUB äääää1\n');
    await line.expect('OK SUB 0123456789', tooLong, 'OK SUB äääää', tooLong);
    await line.send('PUB 0123456789 hi\nPUB 0123456789a hi\nUNSUB 0123456789a\nPUB a 0123456789abc\n');
    await line.expect('OK PUB 0123456789', 'UPDATE 0123456789 hi', tooLong, tooLong, 'OK PUB a');
  });

  it('max_line takes a line of that length, and closes at one byte more', async () => {
    harness = await Harness.start({ line: { max_line: 16 } });
    const line = await harness.connect('line');
    await line.send('PUB a 0123456789\n').expect('OK PUB a');
    line.send('PUB a 0123456789a');
    await line.expectEnd('fin', 'ERR line too long');
  });

  for (const dialect of DIALECTS) {
    it(`max_subject_tokens refuses subscriptions of one token more (${dialect})`, async () => {
      harness = await Harness.start({ limits: { max_subject_tokens: 3 } });
      const peer = await harness.connect(dialect);
      const line = dialect === 'line';
      peer.send(line ? 'SUB a.b.c\nSUB a.b.c.d\n' : 'SUB a.b.c 1\r\nSUB a.b.c.d 2\r\nPING\r\n');
      if (line) await peer.expect('OK SUB a.b.c', 'ERR too many tokens in "a.b.c.d"');
      else
        await peer.expect(
          '-ERR \'Permissions Violation for Subscription to "a.b.c.d", too many tokens\'',
          'PONG',
        );
    });
  }
});

describe('subjects of very many tokens', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('are fine up to what a control line of the default length holds', async () => {
    harness = await Harness.start();
    const nats = await harness.connect('nats');
    const deepest = deep(2_047);
    for (const [sid, subject] of [deepest, deep(2_047, '*'), `${deep(2_046)}.>`].entries())
      nats.send(`SUB ${subject} ${sid}\r\n`);
    nats.send(pub(deep(2_045), ''), pub(deep(2_044), ''));
    expect(await nats.settle()).to.deep.equal([]);
    const heard = await nats.send(pub(deep(2_047), '')).settle();
    expect(heard.sort()).to.deep.equal([0, 1, 2].map((sid) => msg(deepest, sid, '')));
  });

  it('are refused beyond a fixed depth where control lines may be longer; publishing to them does no harm', async () => {
    harness = await Harness.start({ nats: { max_control_line: '1MiB' } });
    const nats = await harness.connect('nats');
    const deepest = deep(MAX_SUBJECT_DEPTH);
    await nats.send(`SUB ${deepest} 1\r\nSUB > 2\r\n`).settle();
    const [refused] = await nats.send(`SUB ${deepest}.a 3\r\n`).settle();
    expect(refused).to.match(/^-ERR 'Permissions Violation for Subscription to "a.*", too many tokens'$/);
    expect((await nats.send(pub(deepest, '')).settle()).sort()).to.deep.equal([
      msg(deepest, 1, ''),
      msg(deepest, 2, ''),
    ]);
    const abyss = deep(500_000);
    expect(await nats.send(pub(abyss, '')).settle()).to.deep.equal([msg(abyss, 2, '')]);
    expect(nats.connection.reason).to.equal(undefined);
  });

  it('cost less than a mebibyte each, and nothing once they are gone', async () => {
    harness = await Harness.start();
    const nats = await harness.connect('nats');
    const before = bytesInUse();
    // Nothing but the first token is theirs alone: the worst there is, as nothing is shared.
    for (let n = 0; n < 50; n++) nats.send(`SUB ${n}.${deep(2_040)} ${n}\r\n`);
    await nats.settle();
    const most = 50 * 1_048_576;
    expect(await bytesKept(before, most)).to.be.below(most);
    for (let n = 0; n < 50; n++) nats.send(`UNSUB ${n}\r\n`);
    await nats.settle();
    expect(harness.core.sublist.empty).to.equal(true);
    await until('it is given back', () => bytesInUse() - before < 50 * 20_000);
  });
});

describe('connections that close with an error', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  /** A broker whose refused peers are given any time to hang up. */
  const startPatient = async (settings: SettingsInput): Promise<void> => {
    harness = await Harness.start(settings, undefined, {
      clock: new FakeClock(),
      lingerClock: new FakeClock(),
      refusalClock: EAGER_CLOCK,
    });
  };
  const users = { users: [{ user: 'ann', password: 's3cret' }] };
  const login = (pass: string): string => `CONNECT ${JSON.stringify({ ...QUIET, user: 'ann', pass })}\r\n`;

  it('take no place once their logins are refused, though their peers do not hang up', async () => {
    await startPatient({ limits: { max_connections: 2 }, authorization: users });
    for (const over of ['pair', 'socket'] as const) {
      const wrong = await harness.connect('nats', { over, options: false });
      await wrong.next();
      await wrong.send(login('wrong')).expectEnd('fin', "-ERR 'Authorization Violation'");
      expect(wrong.wire.destroyed).to.equal(false);
    }
    const good: Peer[] = [];
    for (let n = 0; n < 2; n++) {
      const peer = await harness.connect('nats', { options: false });
      await peer.next();
      await peer.send(login('s3cret')).expectSilence();
      good.push(peer);
    }
    expect(harness.connections.size).to.equal(4);
    await refused();
    // Each gives its place back once.
    good[0]?.wire.destroy();
    await until('it is gone', () => harness.connections.size === 4);
    await (await harness.connect('nats', { options: false })).next();
    await refused();
  });

  it('take no place after a fault of the protocol', async () => {
    await startPatient({ limits: { max_connections: 1 } });
    for (let n = 0; n < 3; n++) {
      const faulty = await harness.connect('nats');
      await faulty.send('NONSENSE\r\n').expectEnd('fin', "-ERR 'Unknown Protocol Operation'");
    }
    await (await harness.connect('nats')).expectSilence();
    await refused();
  });

  it('are bounded in number: the oldest are destroyed', async () => {
    await startPatient({ limits: { max_connections: 20 } });
    const peers: Client[] = [];
    for (let n = 0; n < 23; n++) {
      const faulty = await harness.connect('nats');
      await faulty.send('NONSENSE\r\n').expectEnd('fin', "-ERR 'Unknown Protocol Operation'");
      peers.push(faulty);
    }
    await until('the oldest are gone', () => harness.connections.size === 20);
    const open = peers.map(({ connection }) => harness.connections.has(connection));
    expect(open).to.deep.equal([...Array(3).fill(false), ...Array(20).fill(true)]);
    await (await harness.connect('nats')).expectSilence();
  });

  async function refused(): Promise<void> {
    const peer = await harness.open('nats');
    await peer.next();
    await peer.expectEnd('fin', "-ERR 'maximum connections exceeded'");
    peer.wire.destroy();
    await until('it is gone', () => !harness.connections.has(peer.connection));
  }
});

describe('max_connections_per_address', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  /** A peer in memory that seems to come from an address. */
  const from = (remoteAddress: string | undefined, dialect: DialectName = 'nats'): Peer => {
    const [near, far] = duplexPair();
    harness.wires.push(near);
    harness.broker.attach(Object.assign(far, { remoteAddress }) as Duplex, dialect);
    return new Peer(near, dialect);
  };
  const limiter = (): ConnectionLimiter => harness.broker.acceptor.limiter;
  const A = '192.0.2.1';
  const B = '192.0.2.2';

  it('refuses one more of an address, in each dialect, and no other', async () => {
    harness = await Harness.start({ limits: { max_connections_per_address: 2 } });
    const first = from(A);
    for (const peer of [first, from(A, 'line')]) await greeted(peer);
    const nats = from(A);
    expect(await nats.next()).to.match(/^INFO /);
    await nats.expectEnd('fin', "-ERR 'maximum connections exceeded'");
    await from(A, 'line').expectEnd('fin', 'ERR maximum connections per address exceeded');
    for (const address of [B, '127.0.0.1', undefined])
      for (let n = 0; n < 2; n++) await greeted(from(address));
    await greeted(from(undefined));
    await greeted(from('::1'));
    await until('the refused are gone', () => limiter().addresses.of(A) === 2);
    first.wire.destroy();
    await until('there is room', () => limiter().addresses.of(A) === 1);
    await greeted(from(A));
    const reasons = [...harness.log].map(({ limit, connection, peer }) => [limit, connection, peer]);
    expect(reasons).to.deep.equal([['limits.max_connections_per_address', 3, `${A}:?`]]);
  });

  it('is half of max_connections if nothing else is said', async () => {
    harness = await Harness.start({ limits: { max_connections: 5 } });
    for (let n = 0; n < 3; n++) await greeted(from(A));
    const peer = from(A);
    await peer.next();
    await peer.expectEnd('fin', "-ERR 'maximum connections exceeded'");
    await greeted(from(B));
  });

  it('is none with 0', async () => {
    harness = await Harness.start({ limits: { max_connections: 5, max_connections_per_address: 0 } });
    for (let n = 0; n < 5; n++) await greeted(from(A));
  });

  it('is another one after a reload, and counts from then on', async () => {
    harness = await Harness.start({ limits: { max_connections_per_address: 1 } });
    await greeted(from(A));
    const listener = '127.0.0.1:0';
    const limits = { max_connections: 1_000, max_connections_per_address: 2 };
    await harness.broker.reload(configFrom({ listener, line: { listener }, limits }));
    await greeted(from(A));
    await from(A, 'line').expectEnd('fin', 'ERR maximum connections per address exceeded');
  });

  async function greeted(peer: Peer): Promise<void> {
    peer.answersPings = true;
    if (peer.dialect === 'nats') expect(await peer.next()).to.match(/^INFO /);
    else await peer.expectSilence();
  }
});

describe('line.idle_timeout', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('closes a line client that neither says nor is told anything', async () => {
    harness = await Harness.start({ line: { idle_timeout: '50ms' } });
    for (const over of ['pair', 'socket'] as const) {
      const idle = await harness.open('line', over);
      await idle.expectEnd('fin', 'ERR idle for too long');
      expect(await idle.closeReason()).to.equal('IDLE_TIMEOUT');
    }
  });

  it('does not count who talks, nor who is talked to, nor NATS clients', async () => {
    harness = await Harness.start({ line: { idle_timeout: '300ms' } });
    const listener = await harness.connect('line');
    await listener.send('SUB foo\n').expect('OK SUB foo');
    const talker = await harness.connect('line');
    const nats = await harness.connect('nats');
    const talk = setInterval(() => talker.send('PUB foo x\n'), 10);
    for (let n = 0; n < 3; n++) {
      const idle = await harness.open('line');
      await idle.expectEnd('fin', 'ERR idle for too long');
    }
    clearInterval(talk);
    for (const peer of [listener, talker, nats]) expect(peer.connection.reason).to.equal(undefined);
  });
});
