import { expect } from 'chai';
import { pino } from 'pino';
import { Acceptor } from '../../lib/broker/acceptor.js';
import { configFrom } from '../../lib/config.js';
import { Loadable } from '../../lib/domain/loadable.js';
import { RateLimits } from '../../lib/domain/rate-limited.js';
import { ConnectionLimiter } from '../../lib/limits/connection-limiter.js';
import { duplexPair } from '../../lib/transport/duplex-pair.js';
import { StreamWire } from '../../lib/transport/stream-wire.js';
import type { Security } from '../../lib/transport/tls.js';
import type { ListenEvents, Listener, Transport } from '../../lib/transport/transport.js';
import type { Wire } from '../../lib/transport/wire.js';
import { FakeClock } from '../support/fake-clock.js';

/** A transport that is none of ours: connections come when the spec says so. */
class ToyTransport implements Transport {
  readonly address = { host: 'toy.test', port: 1 };
  isClosed = false;
  events: ListenEvents | undefined;

  listen(events: ListenEvents): Promise<Listener> {
    this.events = events;
    const close = () => {
      this.isClosed = true;
      return Promise.resolve();
    };
    return Promise.resolve({ address: this.address, close });
  }

  connect(): Wire {
    const [near, far] = duplexPair();
    near.on('error', () => {});
    const wire = new StreamWire(far);
    this.events?.accepted(wire);
    return wire;
  }
}

describe('broker/acceptor', () => {
  let acceptor: Acceptor;
  let transport: ToyTransport;
  let clock: FakeClock;
  let served: (readonly [wire: Wire, dialect: string, refusal: string | undefined])[];
  let lines: { readonly msg: string }[];
  let isOpen: boolean;
  let security: Security | undefined;
  let code: Loadable<object>;
  beforeEach(async () => {
    served = [];
    lines = [];
    isOpen = true;
    security = undefined;
    code = Loadable.loaded({});
    clock = new FakeClock();
    const log = pino({ level: 'info', base: null }, { write: (line) => lines.push(JSON.parse(line)) });
    const { limits } = configFrom({
      limits: { max_connections: 3, accept_rate: 10, accept_burst: 2 },
    });
    acceptor = new Acceptor({
      log,
      reports: new RateLimits(clock),
      limiter: new ConnectionLimiter(limits, log, new RateLimits(clock)),
      isOpen: () => isOpen,
      security: () => security,
      code: () => code,
      serve: (...connection) => {
        served.push(connection);
        const [{ remoteAddress }, , refusal] = connection;
        acceptor.limiter.register({ client: { peer: { remoteAddress } } }, refusal);
      },
    });
    transport = new ToyTransport();
    await acceptor.open('line', transport);
  });

  it('speaks a dialect over any transport, and tells where', () => {
    const wire = transport.connect();
    expect(served).to.deep.equal([[wire, 'line', undefined]]);
    expect(acceptor.addressesOf('line')).to.deep.equal([transport.address]);
    expect(acceptor.addressesOf('nats')).to.deep.equal([]);
    acceptor.announce();
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['listening']);
  });

  it('limits how fast they come and how many there are', () => {
    for (let n = 0; n < 4; n++) transport.connect();
    expect(served.length).to.equal(2);
    clock.pass(200);
    expect(served.map(([, , refusal]) => refusal)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      'MAX_CONNECTIONS',
    ]);
  });

  it('asks for the TLS of each connection when it comes', () => {
    const one = transport.connect();
    security = { mode: 'first' } as Security;
    const two = transport.connect();
    expect([one.security, two.security]).to.deep.equal([undefined, security]);
  });

  it('serves clients within the process without a limit of their rate', () => {
    for (let n = 0; n < 3; n++) acceptor.connect('nats');
    expect(served.map(([, dialect, refusal]) => [dialect, refusal])).to.deep.equal(
      Array(3).fill(['nats', undefined]),
    );
  });

  it('serves a connection once the code of its dialect is loaded', async () => {
    code = new Loadable(async () => ({}));
    const wire = transport.connect();
    expect(served).to.deep.equal([]);
    await code.load();
    await Promise.resolve();
    expect(served).to.deep.equal([[wire, 'line', undefined]]);
  });

  it('destroys a connection whose dialect cannot be loaded, and logs that', async () => {
    code = new Loadable<object>(() => Promise.reject(new Error('no such file')));
    const wire = transport.connect();
    await code.load().catch(() => {});
    await Promise.resolve();
    expect(served).to.deep.equal([]);
    expect(wire.stream.destroyed).to.equal(true);
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['internal error, closing this connection']);
  });

  it('closes the listener, and connections that wait', async () => {
    const wires = Array.from({ length: 3 }, () => transport.connect());
    await acceptor.close();
    expect(transport.isClosed).to.equal(true);
    expect(wires.map(({ stream }) => stream.destroyed)).to.deep.equal([false, false, true]);
    expect(acceptor.addressesOf('line')).to.deep.equal([transport.address]);
  });

  it('destroys connections that come once the broker takes no more', () => {
    isOpen = false;
    const wire = transport.connect();
    const near = acceptor.connect('nats');
    near.on('error', () => {});
    expect(served).to.deep.equal([]);
    expect(wire.stream.destroyed).to.equal(true);
  });

  it('logs connections that could not be accepted, and goes on', () => {
    transport.events?.failed(Object.assign(new Error('no'), { code: 'EMFILE' }));
    expect(lines).to.deep.include.members([
      { ...lines[0], listener: 'line', error: 'EMFILE', count: 1, msg: 'could not accept a connection' },
    ]);
    transport.connect();
    expect(served.length).to.equal(1);
  });
});
