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
  });
  afterEach(async () => {
    for (const connection of open) connection.destroy('SERVER_SHUTDOWN');
    await until('all are gone', () => open.size === 0);
    core.destroy();
  });

  async function connect(dialect: AnyDialect): Promise<{ peer: Peer; connection: Connection }> {
    const served = serve(dialect);
    await served.peer.next();
    await served.peer.send(`CONNECT ${JSON.stringify(QUIET)}\r\n`).settle();
    return served;
  }

  function serve(dialect: AnyDialect): { peer: Peer; connection: Connection } {
    const [near, far] = duplexPair();
    const connection: Connection = new Connection(
      open.size + 1,
      far,
      dialect,
      core,
      {
        flow: config.flow,
        limits: { maxSubscriptions: 10, maxSubjectTokens: 0 },
        liveness: config.nats,
        admission: {
          authenticator: () => authenticator,
          throttle: new LoginThrottle(),
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
