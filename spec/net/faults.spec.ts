/** Bugs of ours, put into one connection on purpose: they may cost that connection, and nothing else. */
import type { Transform } from 'node:stream';
import { expect } from 'chai';
import { pino } from 'pino';
import { loadAuthenticator } from '../../lib/auth/load.js';
import { LoginThrottle } from '../../lib/auth/throttle.js';
import { configFrom } from '../../lib/config.js';
import { Connection } from '../../lib/net/connection.js';
import type { Dialect } from '../../lib/protocol/codec.js';
import { Delivery } from '../../lib/protocol/delivery.js';
import { NatsEncoder } from '../../lib/protocol/nats/encoder.js';
import { natsDialect } from '../../lib/protocol/nats/index.js';
import { Core } from '../../lib/routing/core.js';
import { duplexPair } from '../support/duplex-pair.js';
import { msg, pub, QUIET } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { soon, until } from '../support/until.js';

type AnyDialect = Dialect<unknown, unknown>;

const config = configFrom();
const nats = natsDialect({
  ...config.nats,
  info: () => ({}),
  connectFirst: () => false,
  authTimeoutMs: () => config.authorization.timeoutMs,
}) as AnyDialect;

const authenticator = await loadAuthenticator(config);

function broken(): never {
  throw new Error('a bug of ours');
}

/** A codec that works until it is written something of which `when` holds. */
function breaksWhen<T extends Transform>(when: (chunk: unknown) => boolean, codec: T): T {
  const work = codec._transform.bind(codec);
  codec._transform = (chunk, encoding, done) => (when(chunk) ? broken() : work(chunk, encoding, done));
  return codec;
}

const saysCrash = (chunk: unknown) => (chunk as Buffer).includes('crash');
const delivers = (items: unknown) => (items as unknown[]).some((item) => item instanceof Delivery);

/** name → a dialect that breaks when its client says `crash`, or hears a message. */
const FAULTS: Readonly<Record<string, AnyDialect>> = {
  'a decoder that throws': { ...nats, decoder: () => breaksWhen(saysCrash, nats.decoder()) },
  'a decoder that throws at the end': {
    ...nats,
    decoder: () => Object.assign(nats.decoder(), { _flush: broken }),
  },
  'a decoder that fails': {
    ...nats,
    decoder: () => {
      const decoder = nats.decoder();
      const work = decoder._transform.bind(decoder);
      decoder._transform = (chunk, encoding, done) =>
        chunk.includes('crash') ? done(new Error('a bug of ours')) : work(chunk, encoding, done);
      return decoder;
    },
  },
  'an encoder that throws': { ...nats, encoder: () => breaksWhen(delivers, new NatsEncoder()) },
  'a session that throws': {
    ...nats,
    session: (link, encoder) => {
      const session = nats.session(link, encoder);
      const work = session.handle.bind(session);
      session.handle = (command) => (JSON.stringify(command).includes('crash') ? broken() : work(command));
      return session;
    },
  },
};

describe('a fault of ours in one connection:', () => {
  let core: Core;
  let open: Set<Connection>;
  let faults: unknown[];
  let logged: string[];
  beforeEach(() => {
    core = new Core();
    open = new Set();
    faults = [];
    logged = [];
    core.on('fault', (error: Error) => faults.push(error.message));
    process.on('uncaughtException', uncaught);
  });
  afterEach(async () => {
    for (const connection of open) connection.destroy('SERVER_SHUTDOWN');
    await until('all are gone', () => open.size === 0);
    core.destroy();
    process.off('uncaughtException', uncaught);
  });

  const uncaught = (error: Error) => faults.push(`uncaught: ${error.message}`);

  /** A session that works but for one of its methods. */
  const lacking = (method: 'ping' | 'inform' | 'sendError' | 'close'): AnyDialect => ({
    ...nats,
    session: (link, encoder) => Object.assign(nats.session(link, encoder), { [method]: broken }),
  });

  async function connect(dialect: AnyDialect): Promise<{ peer: Peer; connection: Connection }> {
    const served = serve(dialect);
    await served.peer.next();
    await served.peer.send(`CONNECT ${JSON.stringify(QUIET)}\r\n`).settle();
    return served;
  }

  function serve(dialect: AnyDialect, pingIntervalMs = 60_000): { peer: Peer; connection: Connection } {
    const [near, far] = duplexPair();
    const connection: Connection = new Connection(
      open.size + 1,
      far,
      dialect,
      core,
      {
        flow: config.flow,
        limits: { maxSubscriptions: 10, maxSubjectTokens: 0 },
        liveness: { pingIntervalMs, maxPingsOut: 2 },
        admission: {
          authenticator: () => authenticator,
          throttle: new LoginThrottle(),
          log: { refused: () => undefined },
          authTimeoutMs: () => config.authorization.timeoutMs,
          account: (account) => core.account(account),
        },
      },
      pino({ level: 'error' }, { write: (line) => logged.push(line) }),
      (closed) => open.delete(closed),
    );
    open.add(connection);
    return { peer: new Peer(near, 'nats'), connection };
  }

  for (const [name, dialect] of Object.entries(FAULTS)) {
    it(`${name} ends that one`, async () => {
      const healthy = await connect(nats);
      await healthy.peer.send('SUB * 1\r\n').settle();
      const { peer, connection } = await connect(dialect);
      if (name.endsWith('the end')) peer.end();
      else peer.send(`SUB foo 1\r\nSUB crash 2\r\n${pub('crash', 'boom')}`);
      await soon('its end', peer.closed);
      await until('it is gone', () => open.size === 1);
      expect(connection.reason).to.equal('INTERNAL');
      expect([...open]).to.deep.equal([healthy.connection]);
      expect(core.sublist.size).to.equal(1);
      expect([...logged, ...faults]).to.have.lengthOf(1);
      await healthy.peer.settle();
      await healthy.peer.send(pub('foo', 'x')).expect(msg('foo', 1, 'x'));
    });
  }

  it('a session that throws at the start ends that one', async () => {
    const healthy = await connect(nats);
    const opening: AnyDialect = {
      ...nats,
      session: (link, encoder) => Object.assign(nats.session(link, encoder), { open: broken }),
    };
    const { peer, connection } = serve(opening);
    await soon('its end', peer.closed);
    expect(connection.reason).to.equal('INTERNAL');
    await healthy.peer.expectSilence();
    expect([...open]).to.deep.equal([healthy.connection]);
  });

  /** Of all that was logged, one fault is of the connection that ended; the healthy one is as it was. */
  async function expectOne(
    ended: Connection,
    healthy: { peer: Peer; connection: Connection },
  ): Promise<void> {
    await until('it is gone', () => open.size === 1);
    expect([...open]).to.deep.equal([healthy.connection]);
    expect(open.has(ended)).to.equal(false);
    expect([...logged, ...faults].join())
      .to.include('a bug of ours')
      .and.not.include('uncaught');
    expect([...logged, ...faults]).to.have.lengthOf(1);
    await healthy.peer.expectSilence();
  }

  it('a session that throws when its peer is to be asked for a sign of life ends that one', async () => {
    const healthy = await connect(nats);
    const { connection } = serve(lacking('ping'), 10);
    await expectOne(connection, healthy);
    expect(connection.reason).to.equal('INTERNAL');
  });

  it('a session that throws when there is news to tell ends that one', async () => {
    const healthy = await connect(nats);
    const { connection } = await connect(lacking('inform'));
    connection.inform();
    healthy.connection.inform();
    await expectOne(connection, healthy);
    expect(connection.reason).to.equal('INTERNAL');
  });

  it('a session that throws at its last word ends that one', async () => {
    const healthy = await connect(nats);
    const { peer, connection } = await connect(lacking('sendError'));
    peer.send('NONSENSE\r\n');
    await expectOne(connection, healthy);
    expect(connection.reason).to.equal('UNKNOWN_OPERATION');
  });

  it('a session that throws once its connection has closed ends that one', async () => {
    const healthy = await connect(nats);
    const { peer, connection } = await connect(lacking('close'));
    peer.send('SUB foo 1\r\n').end();
    await expectOne(connection, healthy);
    expect(core.sublist.size).to.equal(0);
  });

  it('a session whose timer throws ends that one', async () => {
    const healthy = await connect(nats);
    const timed: AnyDialect = {
      ...nats,
      session: (link, encoder) =>
        Object.assign(nats.session(link, encoder), { ready: () => void link.later(1, broken) }),
    };
    const { connection } = serve(timed);
    await expectOne(connection, healthy);
    expect(connection.reason).to.equal('INTERNAL');
  });

  it('a review of its rights that throws ends that one', async () => {
    const healthy = await connect(nats);
    const { connection } = await connect(nats);
    connection.client.review = broken;
    connection.renew();
    healthy.connection.renew();
    await expectOne(connection, healthy);
  });

  it('a wire that throws when it is written to ends that one, and not who publishes', async () => {
    const healthy = await connect(nats);
    const { peer, connection } = await connect(nats);
    await peer.send('SUB foo 1\r\n').settle();
    await healthy.peer.send('SUB foo 1\r\n').settle();
    const { wire } = connection.client.outbox;
    wire.uncork = () => {
      wire.uncork = Object.getPrototypeOf(wire).uncork;
      broken();
    };
    healthy.peer.send(pub('foo', 'x'));
    await healthy.peer.expect(msg('foo', 1, 'x'));
    await expectOne(connection, healthy);
  });

  it('one that throws as it is looked after for its slowness ends that one', async () => {
    const healthy = await connect(nats);
    const { peer, connection } = await connect(nats);
    await peer.send('SUB foo 1\r\n').settle();
    peer.stall();
    connection.client.outbox.stalledMs = broken;
    for (let n = 0; n < 3; n++) healthy.peer.send(pub('foo', 'x'.repeat(900_000)));
    await expectOne(connection, healthy);
  });

  it('an encoder that throws does not end the publisher, nor the other subscribers', async () => {
    const victim = await connect(FAULTS['an encoder that throws']!);
    const first = await connect(nats);
    const second = await connect(nats);
    await first.peer.send('SUB crash 1\r\n').settle();
    await victim.peer.send('SUB crash 1\r\n').settle();
    await second.peer.send('SUB crash 1\r\n').settle();
    const publisher = await connect(nats);
    // More than an outbox queues before it is flushed there and then, in the middle of routing.
    const large = pub('crash', 'x'.repeat(100_000));
    await publisher.peer.send(large, pub('crash', 'more')).settle();
    expect(victim.connection.reason).to.equal('INTERNAL');
    for (const { peer } of [first, second]) expect(await peer.settle()).to.have.lengthOf(2);
  });
});
