/** Bugs of ours, put into one connection on purpose: they may cost that connection, and nothing else. */
import { type Duplex, Transform } from 'node:stream';
import { expect } from 'chai';
import { pino } from 'pino';
import { loadAuthenticator } from '../../lib/auth/load.js';
import { LoginThrottle } from '../../lib/auth/throttle.js';
import { configFrom } from '../../lib/config.js';
import { Connection } from '../../lib/connection/connection.js';
import type { Decoder } from '../../lib/dialects/base-decoder.js';
import type { Dialect, Encoder, Session } from '../../lib/dialects/codec.js';
import { lineDecoderIn } from '../../lib/dialects/line/decoder.js';
import { LineEncoder } from '../../lib/dialects/line/encoder.js';
import { lineDialect } from '../../lib/dialects/line/index.js';
import { LineParser } from '../../lib/dialects/line/parser.js';
import { NatsEncoder } from '../../lib/dialects/nats/encoder.js';
import { natsDialect } from '../../lib/dialects/nats/index.js';
import { TransformDecoder } from '../../lib/dialects/transform-decoder.js';
import type { CommandBatch } from '../../lib/frame/command.js';
import { Delivery } from '../../lib/frame/delivery.js';
import type { Account } from '../../lib/routing/account.js';
import { Core } from '../../lib/routing/core.js';
import { StreamWire } from '../../lib/transport/stream-wire.js';
import { duplexPair } from '../support/duplex-pair.js';
import { EAGER_CLOCK } from '../support/eager-clock.js';
import { msg, pub, QUIET } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { soon, until } from '../support/until.js';
import { viewOf } from '../support/view-of.js';

type AnyDialect = Dialect<unknown, unknown>;

/** A connection that is served, and its peer. */
interface Served {
  readonly peer: Peer;
  readonly connection: Connection;
}

/** A wire that fails when it is asked for what the peer has acknowledged. */
class UnaskableWire extends StreamWire {
  override get tracksAcknowledgements(): boolean {
    return true;
  }

  override unacknowledgedBytes = broken;
}

const config = configFrom();
const nats = natsDialect({
  ...config.nats,
  info: () => ({}),
  connectFirst: () => false,
  systemAccount: () => '$SYS',
  authTimeoutMs: () => config.authorization.timeoutMs,
}) as AnyDialect;
const line = lineDialect({
  ...config.line,
  maxLineBytes: 1_048_576,
  authTimeoutMs: () => 60_000,
  idleTimeoutMs: 0,
}) as AnyDialect;

const authenticator = await loadAuthenticator(config);

function broken(): never {
  throw new Error('a bug of ours');
}

const delivers = (items: unknown) => (items as unknown[]).some((item) => item instanceof Delivery);

type Done = (error?: Error | null) => void;

/** A decoder that takes reads until one says `crash`. */
class BreakingDecoder extends TransformDecoder {
  private readonly atCrash: (decoder: BreakingDecoder, done: Done) => void;

  constructor(inner: Transform, atCrash: (decoder: BreakingDecoder, done: Done) => void) {
    super(inner);
    this.atCrash = atCrash;
  }

  protected override decodeChunk(chunk: Buffer, done: Done): void {
    if (chunk.includes('crash')) this.atCrash(this, done);
    else super.decodeChunk(chunk, done);
  }
}

class DecoderThatBreaksAtTheEnd extends TransformDecoder {
  override _flush = broken;
}

class DecoderThatCannotPush extends TransformDecoder {
  override push(batch: unknown): boolean {
    return (batch as CommandBatch | null)?.bytes.includes('crash') ? broken() : super.push(batch);
  }
}

/** A decoder that does not extend `Decoder`. */
class PlainDecoder extends Transform {
  private readonly inner: Transform;

  constructor(inner: Transform) {
    super({ readableObjectMode: true });
    this.inner = inner.on('data', (batch) => this.push(batch));
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (chunk.includes('crash')) broken();
    this.inner.write(chunk, done);
  }
}

class BreakingNatsEncoder extends NatsEncoder {
  protected override render = broken;
}

class BreakingLineEncoder extends LineEncoder {
  protected override render = broken;
}

/** An encoder that does not extend `RunEncoder`, and throws when it is to write a message. */
class PlainEncoder extends Transform implements Encoder {
  readonly renderKey = -1;
  readonly isShortOfMemory = false;
  renderedBytes = 0;
  renderedChunks = 0;
  backedUp = false;
  borrows = false;
  private readonly inner: Encoder;

  constructor(inner: Encoder) {
    super({ writableObjectMode: true, readableHighWaterMark: Number.MAX_SAFE_INTEGER });
    this.inner = inner.on('data', (chunk: Buffer) => {
      this.renderedBytes += chunk.length;
      this.renderedChunks++;
      this.push(chunk);
    });
  }

  override _transform(items: unknown, _encoding: BufferEncoding, done: Done): void {
    if (delivers(items)) broken();
    this.inner.write(items, done);
  }

  taken(): void {}
  discard(): void {}
}

/** A session in which some methods are others. */
function sessionWith(
  dialect: AnyDialect,
  methods: (session: Session<unknown>) => Partial<Session<unknown>>,
): AnyDialect {
  return {
    ...dialect,
    session: (link, encoder) => {
      const session = dialect.session(link, encoder);
      return viewOf(session, methods(session));
    },
  };
}

function decoderWith(dialect: AnyDialect, around: (decoder: Transform) => Transform): AnyDialect {
  return { ...dialect, decoder: (memory) => around(dialect.decoder(memory)) as Decoder };
}

const ENCODER_FAULT = 'an encoder that throws';

/** name → the dialect with a fault: it breaks when its client says `crash`, or hears a message. */
const faultsOf = (dialect: AnyDialect): Readonly<Record<string, AnyDialect>> => ({
  'a decoder that throws': decoderWith(dialect, (inner) => new BreakingDecoder(inner, broken)),
  'a decoder that throws at the end': decoderWith(dialect, (inner) => new DecoderThatBreaksAtTheEnd(inner)),
  'a decoder that fails': decoderWith(
    dialect,
    (inner) => new BreakingDecoder(inner, (_, done) => done(new Error('a bug of ours'))),
  ),
  'a decoder whose stream fails': decoderWith(
    dialect,
    (inner) =>
      new BreakingDecoder(inner, (decoder, done) => {
        decoder.destroy(new Error('a bug of ours'));
        done();
      }),
  ),
  'a decoder whose batches cannot be pushed': decoderWith(
    dialect,
    (inner) => new DecoderThatCannotPush(inner),
  ),
  'a decoder of a class of its own that throws': decoderWith(dialect, (inner) => new PlainDecoder(inner)),
  [ENCODER_FAULT]: {
    ...dialect,
    encoder: (highWaterBytes, memory) =>
      dialect === nats
        ? new BreakingNatsEncoder({ highWaterBytes, headers: false }, memory)
        : new BreakingLineEncoder({ highWaterBytes }, memory),
  },
  'an encoder of a class of its own that throws': {
    ...dialect,
    encoder: (highWaterBytes, memory) => new PlainEncoder(dialect.encoder(highWaterBytes, memory)),
  },
  'a session that throws': sessionWith(dialect, (session) => ({
    handle: (command) => (JSON.stringify(command).includes('crash') ? broken() : session.handle(command)),
  })),
});

/** A parser of which one method throws. */
function brokenParser(method: 'line' | 'begin' | 'finish'): LineParser {
  class BrokenParser extends LineParser {
    override line = method === 'line' ? broken : super.line;
    override begin = method === 'begin' ? broken : super.begin;
    override finish = method === 'finish' ? broken : super.finish;
  }
  return new BrokenParser(config.line.maxTopicBytes);
}

/** What clients of a dialect say and hear. */
const DIALECTS = [
  {
    dialect: nats,
    greeting: 1,
    hello: `CONNECT ${JSON.stringify(QUIET)}\r\n`,
    sub: (subject: string) => `SUB ${subject} ${subject === 'crash' ? 2 : 1}\r\n`,
    pub,
    heard: (subject: string, text: string) => [msg(subject, 1, text)],
    nonsense: 'NONSENSE\r\n',
    last: 'UNKNOWN_OPERATION',
  },
  {
    dialect: line,
    greeting: 0,
    hello: '',
    sub: (subject: string) => `SUB ${subject}\n`,
    pub: (subject: string, text: string) => `PUB ${subject} ${text}\n`,
    heard: (subject: string, text: string) => [`OK PUB ${subject}`, `UPDATE ${subject} ${text}`],
    nonsense: 'POST / HTTP/1.1\n',
    last: 'HTTP_REQUEST',
  },
] as const;

for (const { dialect, greeting, hello, sub, pub, heard, nonsense, last } of DIALECTS) {
  describe(`a fault of ours in one connection of the ${dialect.name} dialect:`, () => {
    const FAULTS = faultsOf(dialect);
    let core: Core;
    let accountOf: (name: string) => Account;
    let open: Set<Connection>;
    let faults: unknown[];
    let logged: string[];
    beforeEach(() => {
      core = new Core();
      accountOf = (name) => core.account(name);
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
    const lacking = (method: 'open' | 'ping' | 'inform' | 'sendError' | 'close'): AnyDialect =>
      sessionWith(dialect, () => ({ [method]: broken }));

    async function connect(faulty: AnyDialect, wireOf?: (stream: Duplex) => StreamWire): Promise<Served> {
      const served = serve(faulty, 60_000, wireOf);
      await served.peer.nextOnes(greeting);
      await served.peer.send(hello).settle();
      return served;
    }

    function serve(
      faulty: AnyDialect,
      pingIntervalMs = 60_000,
      wireOf = (stream: Duplex) => new StreamWire(stream),
    ): Served {
      const [near, far] = duplexPair();
      const connection: Connection = new Connection(
        open.size + 1,
        wireOf(far),
        faulty,
        core,
        {
          flow: config.flow,
          limits: { maxSubscriptions: 10, maxSubjectTokens: 0 },
          lingerClock: EAGER_CLOCK,
          liveness: { pingIntervalMs, maxPingsOut: 2 },
          admission: {
            authenticator: () => authenticator,
            throttle: new LoginThrottle(),
            log: { refused: () => undefined },
            authTimeoutMs: () => config.authorization.timeoutMs,
            account: (account) => accountOf(account),
          },
        },
        pino({ level: 'error' }, { write: (line) => logged.push(line) }),
        (closed) => open.delete(closed),
      );
      open.add(connection);
      return { peer: new Peer(near, dialect.name as 'nats' | 'line'), connection };
    }

    for (const [name, faulty] of Object.entries(FAULTS)) {
      it(`${name} ends that one`, async () => {
        const healthy = await connect(dialect);
        await healthy.peer.send(sub('*')).settle();
        const { peer, connection } = await connect(faulty);
        if (name.endsWith('the end')) peer.end();
        else peer.send(`${sub('foo')}${sub('crash')}${pub('crash', 'boom')}`);
        await soon('its end', peer.closed);
        await until('it is gone', () => open.size === 1);
        expect(connection.reason).to.equal('INTERNAL');
        expect([...open]).to.deep.equal([healthy.connection]);
        expect(core.sublist.size).to.equal(1);
        expect([...logged, ...faults]).to.have.lengthOf(1);
        await healthy.peer.settle();
        await healthy.peer.send(pub('foo', 'x')).expect(...heard('foo', 'x'));
      });
    }

    if (dialect === line)
      for (const method of ['line', 'begin', 'finish'] as const)
        it(`a parser that throws in ${method} ends that one`, async () => {
          const healthy = await connect(dialect);
          const { peer, connection } = serve({
            ...dialect,
            decoder: (memory) => lineDecoderIn(memory, {}, brokenParser(method)) as Decoder,
          });
          peer.send(sub('foo'));
          await soon('its end', peer.closed);
          await expectOne(connection, healthy);
          expect(connection.reason).to.equal('INTERNAL');
        });

    it('a session that throws at the start ends that one', async () => {
      const healthy = await connect(dialect);
      const { peer, connection } = serve(lacking('open'));
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
      const healthy = await connect(dialect);
      const { connection } = serve(lacking('ping'), 10);
      await expectOne(connection, healthy);
      expect(connection.reason).to.equal('INTERNAL');
    });

    it('a session that throws when there is news to tell ends that one', async () => {
      const healthy = await connect(dialect);
      const { connection } = await connect(lacking('inform'));
      connection.inform();
      healthy.connection.inform();
      await expectOne(connection, healthy);
      expect(connection.reason).to.equal('INTERNAL');
    });

    it('a session that throws at its last word ends that one', async () => {
      const healthy = await connect(dialect);
      const { peer, connection } = await connect(lacking('sendError'));
      peer.send(nonsense);
      await expectOne(connection, healthy);
      expect(connection.reason).to.equal(last);
    });

    it('a session that throws once its connection has closed ends that one', async () => {
      const healthy = await connect(dialect);
      const { peer, connection } = await connect(lacking('close'));
      peer.send(sub('foo')).end();
      await expectOne(connection, healthy);
      expect(core.sublist.size).to.equal(0);
    });

    it('a session whose timer throws ends that one', async () => {
      const healthy = await connect(dialect);
      const timed: AnyDialect = {
        ...dialect,
        session: (link, encoder) =>
          viewOf(dialect.session(link, encoder), { ready: () => void link.later(1, broken) }),
      };
      const { connection } = serve(timed);
      await expectOne(connection, healthy);
      expect(connection.reason).to.equal('INTERNAL');
    });

    it('a review of its rights that throws ends that one', async () => {
      const healthy = await connect(dialect);
      const { connection } = await connect(dialect);
      accountOf = broken;
      connection.renew();
      accountOf = (name) => core.account(name);
      healthy.connection.renew();
      await expectOne(connection, healthy);
    });

    it('a wire that throws when it is written to ends that one, and not who publishes', async () => {
      const healthy = await connect(dialect);
      let breaks = false;
      const { peer, connection } = await connect(dialect, (stream) => {
        const uncork = (): void => {
          if (!breaks) return stream.uncork();
          breaks = false;
          broken();
        };
        return new StreamWire(viewOf(stream, { uncork }));
      });
      await peer.send(sub('foo')).settle();
      await healthy.peer.send(sub('foo')).settle();
      breaks = true;
      healthy.peer.send(pub('foo', 'x'));
      await healthy.peer.expect(...heard('foo', 'x'));
      await expectOne(connection, healthy);
    });

    it('one that throws as it is looked after for its slowness ends that one', async () => {
      const healthy = await connect(dialect);
      const { peer, connection } = await connect(dialect, (stream) => new UnaskableWire(stream));
      await peer.send(sub('foo')).settle();
      peer.stall();
      for (let n = 0; n < 3; n++) healthy.peer.send(pub('foo', 'x'.repeat(900_000)));
      await healthy.peer.nextOnes(3 * (heard('foo', 'x').length - 1));
      await expectOne(connection, healthy);
    });

    it('an encoder that throws does not end the publisher, nor the other subscribers', async () => {
      const victim = await connect(FAULTS[ENCODER_FAULT]!);
      const first = await connect(dialect);
      const second = await connect(dialect);
      await first.peer.send(sub('crash')).settle();
      await victim.peer.send(sub('crash')).settle();
      await second.peer.send(sub('crash')).settle();
      const publisher = await connect(dialect);
      // More than an outbox queues before it is flushed there and then, in the middle of routing.
      const large = pub('crash', 'x'.repeat(100_000));
      await publisher.peer.send(large, pub('crash', 'more')).settle();
      expect(victim.connection.reason).to.equal('INTERNAL');
      for (const { peer } of [first, second]) expect(await peer.settle()).to.have.lengthOf(2);
    });
  });
}
