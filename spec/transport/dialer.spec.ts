import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import type { Address } from '../../lib/domain/address.js';
import { Dialer, type DialerOptions, type DialFailure } from '../../lib/transport/dialer.js';
import type { Wire } from '../../lib/transport/wire.js';
import { Authority } from '../support/certificates.js';
import { FakeClock } from '../support/fake-clock.js';
import { seeded } from '../support/random.js';
import { AUTHORITY } from '../support/tls.js';
import { soon, until } from '../support/until.js';

const HOST = '127.0.0.1';

/** A remote on loopback, and the connections it has accepted. */
class Remote {
  readonly sockets: Socket[] = [];
  address: Address = { host: HOST, port: 0 };
  readonly server: Server;

  private constructor(server: Server, event: 'connection' | 'secureConnection') {
    this.server = server;
    server.on(event, (socket: Socket) => {
      socket.on('error', () => {});
      this.sockets.push(socket);
    });
  }

  static async plain(port = 0): Promise<Remote> {
    const remote = new Remote(createServer({ allowHalfOpen: true }), 'connection');
    return remote.listen(port);
  }

  static async tls(names: readonly string[] = ['DNS:localhost', `IP:${HOST}`]): Promise<Remote> {
    const { cert, key } = AUTHORITY.issueServer({ names });
    const options = { cert, key, ca: AUTHORITY.cert, requestCert: true, rejectUnauthorized: false };
    return new Remote(createTlsServer(options), 'secureConnection').listen(0);
  }

  private async listen(port: number): Promise<Remote> {
    this.server.listen(port, HOST);
    await once(this.server, 'listening');
    this.address = { host: HOST, port: (this.server.address() as { port: number }).port };
    return this;
  }

  /** The address by a name, which `resolve` of the options must know. */
  by(host: string): Address {
    return { host, port: this.address.port };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Addresses on which nothing listens, each another one. */
async function refusing(count: number): Promise<Address[]> {
  const remotes: Remote[] = [];
  for (let n = 0; n < count; n++) remotes.push(await Remote.plain());
  for (const remote of remotes) await remote.close();
  return remotes.map(({ address }) => address);
}

describe('transport/dialer', () => {
  let clock: FakeClock;
  let remotes: Remote[];
  let dialer: Dialer;
  let wires: Wire[];
  let failures: (DialFailure & { readonly retryInMs: number })[];
  let losses: [reason: string, retryInMs: number][];
  beforeEach(() => {
    clock = new FakeClock();
    remotes = [];
    wires = [];
    failures = [];
    losses = [];
  });
  afterEach(async () => {
    await dialer.close();
    for (const remote of remotes) await remote.close();
  });

  async function remote(made: Promise<Remote>): Promise<Remote> {
    const one = await made;
    remotes.push(one);
    return one;
  }

  function dial(addresses: readonly Address[], options: Partial<DialerOptions> = {}): void {
    dialer = new Dialer(
      { addresses, clock, random: () => 0.5, ...options },
      {
        connected: (wire) => {
          wire.stream.resume();
          wires.push(wire);
        },
        lost: (reason, retryInMs) => losses.push([reason, retryInMs]),
        failed: (failure, retryInMs) => failures.push({ ...failure, retryInMs }),
      },
    );
    dialer.start();
  }

  const connections = (count: number): Promise<void> =>
    until(`${count} connections are up`, () => wires.length === count);
  const failed = (count: number): Promise<void> =>
    until(`${count} attempts have failed`, () => failures.length === count);
  const lost = (count: number): Promise<void> =>
    until(`${count} connections are lost`, () => losses.length === count);
  const codes = (): (string | undefined)[] =>
    failures.map(({ error }) => (error as NodeJS.ErrnoException).code ?? error.message);

  it('hands over a connection that carries bytes both ways', async () => {
    const { address, sockets } = await remote(Remote.plain());
    dial([address]);
    await connections(1);
    const [wire] = wires;
    expect(wire).to.include({
      remoteAddress: HOST,
      remotePort: address.port,
      isSecure: false,
      borrows: true,
    });
    await until('it is accepted', () => sockets.length === 1);
    wire!.stream.write('there');
    expect(String((await soon('bytes', once(sockets[0]!, 'data')))[0])).to.equal('there');
    sockets[0]!.write('back');
    expect(String((await soon('bytes', once(wire!.stream, 'data')))[0])).to.equal('back');
    expect(clock.pending).to.equal(0);
  });

  it('waits longer after each refusal, up to 30 s, and connects once it can', async () => {
    const [address] = (await refusing(1)) as [Address];
    dial([address]);
    for (const [n, ms] of [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
      await failed(n + 1);
      expect(failures[n]).to.include({ retryInMs: ms });
      expect(failures[n]!.address).to.equal(address);
      clock.pass(ms - 1);
      expect(clock.pending, 'still waiting').to.equal(1);
      if (n === 8) await remote(Remote.plain(address.port));
      clock.pass(1);
    }
    await connections(1);
    expect(new Set(codes())).to.deep.equal(new Set(['ECONNREFUSED']));
  });

  it('adds jitter to each wait', async () => {
    dial(await refusing(1), { random: () => 0 });
    await failed(1);
    clock.pass(failures[0]!.retryInMs);
    await failed(2);
    expect(failures.map(({ retryInMs }) => retryInMs)).to.deep.equal([200, 400]);
  });

  it('tries the next address at once, and waits after the last one', async () => {
    const addresses = await refusing(2);
    dial(addresses);
    await failed(2);
    expect(failures.map(({ retryInMs }) => retryInMs)).to.deep.equal([0, 250]);
    expect(failures.map(({ address }) => address)).to.have.members(addresses);
    clock.pass(250);
    await failed(4);
    expect(failures.slice(2).map(({ address }) => address)).to.deep.equal(
      failures.slice(0, 2).map(({ address }) => address),
    );
    expect(failures[3]!.retryInMs).to.equal(500);
  });

  it('goes to the next address after a loss', async () => {
    const [one, two] = [await remote(Remote.plain()), await remote(Remote.plain())];
    dial([one.address, two.address]);
    await connections(1);
    await until('it is accepted', () => one.sockets.length + two.sockets.length === 1);
    [...one.sockets, ...two.sockets][0]!.destroy();
    await lost(1);
    clock.pass(losses[0]![1]);
    await connections(2);
    await until('it is accepted', () => one.sockets.length === 1 && two.sockets.length === 1);
  });

  it('has an order of addresses of its own', async () => {
    const addresses = await refusing(4);
    const orders = new Set<string>();
    for (let seed = 1; seed <= 8; seed++) {
      failures = [];
      dial(addresses, { random: seeded(seed) });
      await failed(4);
      orders.add(failures.map(({ address }) => addresses.indexOf(address)).join());
      await dialer.close();
    }
    expect(orders.size).to.be.above(3);
  });

  it('resolves names each time, and tries an address that they have', async () => {
    const { address } = await remote(Remote.plain());
    const answers: (readonly string[])[] = [[], [HOST]];
    const asked: string[] = [];
    dial([{ host: 'hub.test', port: address.port }], {
      resolve: async (host) => {
        asked.push(host);
        return answers.shift() ?? [];
      },
    });
    await failed(1);
    expect(codes()).to.deep.equal(['hub.test has no address']);
    clock.pass(250);
    await connections(1);
    expect(asked).to.deep.equal(['hub.test', 'hub.test']);
  });

  it('reports a name that cannot be resolved', async () => {
    dial([{ host: 'hub.test', port: 1 }], {
      resolve: () => Promise.reject(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' })),
    });
    await failed(1);
    expect(codes()).to.deep.equal(['ENOTFOUND']);
  });

  it('gives up on a name server that does not answer in time', async () => {
    let asked = false;
    dial([{ host: 'hub.test', port: 1 }], {
      resolve: () => {
        asked = true;
        return new Promise(() => {});
      },
    });
    await until('it is asked', () => asked);
    clock.pass(2_000);
    await failed(1);
    expect(codes()).to.deep.equal(['hub.test was not resolved within 2000 ms']);
  });

  describe('after a connection that', () => {
    let sockets: Socket[];
    beforeEach(async () => {
      const one = await remote(Remote.plain());
      ({ sockets } = one);
      dial([one.address]);
    });

    /** The waits after three losses, each of a connection that was open for `ms`. */
    async function waits(ms: number): Promise<number[]> {
      for (let n = 1; n <= 3; n++) {
        await connections(n);
        await until('it is accepted', () => sockets.length === n);
        clock.pass(ms);
        sockets[n - 1]!.destroy();
        await lost(n);
        clock.pass(losses[n - 1]![1]);
      }
      return losses.map(([, retryInMs]) => retryInMs);
    }

    it('lasted waits as after the first failure', async () => {
      expect(await waits(10_000)).to.deep.equal([250, 250, 250]);
    });

    it('did not last waits longer and longer: the remote may refuse it each time', async () => {
      expect(await waits(9_000)).to.deep.equal([250, 500, 1_000]);
    });
  });

  it('reports why a connection is lost', async () => {
    const { address, sockets } = await remote(Remote.plain());
    dial([address]);
    await connections(1);
    await until('it is accepted', () => sockets.length === 1);
    sockets[0]!.resetAndDestroy();
    await lost(1);
    clock.pass(250);
    await connections(2);
    wires[1]!.stream.destroy();
    await lost(2);
    expect(losses.map(([reason]) => reason)).to.deep.equal(['read ECONNRESET', 'closed']);
  });

  it('takes a connection for lost whose peer has ended its side and reads nothing', async () => {
    const { address, sockets } = await remote(Remote.plain());
    dial([address]);
    await connections(1);
    await until('it is accepted', () => sockets.length === 1);
    const [socket] = sockets;
    socket!.pause();
    const { stream } = wires[0]!;
    const chunk = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < 32; i++) stream.write(chunk);
    socket!.end();
    await until('the end has come', () => stream.readableEnded);
    expect(stream.destroyed).to.equal(false);
    clock.pass(1_000);
    await lost(1);
    expect(losses).to.deep.equal([['closed by the peer', 250]]);
  });

  describe('with TLS', () => {
    const ca = AUTHORITY.cert;
    const resolve = () => Promise.resolve([HOST]);

    it('verifies the server by its address, and is secure', async () => {
      const { address } = await remote(Remote.tls());
      dial([address], { tls: { ca } });
      await connections(1);
      expect(wires[0]).to.include({ isSecure: true, readsInPlace: false });
      expect(wires[0]!.tls?.version).to.equal('TLSv1.3');
      expect(wires[0]!.peerCertificate?.subject.CN).to.equal('localhost');
    });

    it('verifies the server by its name, which it sends as SNI', async () => {
      const server = await remote(Remote.tls(['DNS:hub.test']));
      dial([server.by('hub.test')], { tls: { ca }, resolve });
      await connections(1);
      await until('it is accepted', () => server.sockets.length === 1);
      expect((server.sockets[0] as TLSSocket).servername).to.equal('hub.test');
    });

    it('takes another name where it is told one', async () => {
      const server = await remote(Remote.tls(['DNS:hub.test']));
      dial([server.address], { tls: { ca, serverName: 'hub.test' } });
      await connections(1);
    });

    it('presents its certificate', async () => {
      const server = await remote(Remote.tls());
      dial([server.address], { tls: { ca, ...AUTHORITY.issue({ subject: { CN: 'leaf' } }) } });
      await connections(1);
      await until('it is accepted', () => server.sockets.length === 1);
      const socket = server.sockets[0] as TLSSocket;
      expect([socket.authorized, socket.getPeerCertificate().subject.CN]).to.deep.equal([true, 'leaf']);
    });

    for (const [what, names, tls, code] of [
      ['of another name', ['DNS:other.test'], { ca }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ['of another authority', ['DNS:hub.test'], { ca: new Authority().cert }, 'SELF_SIGNED_CERT_IN_CHAIN'],
    ] as const) {
      it(`refuses a server ${what}, unless it is told to accept any`, async () => {
        const server = await remote(Remote.tls(names));
        dial([server.by('hub.test')], { tls, resolve });
        await failed(1);
        expect(codes()).to.deep.equal([code]);
        expect(wires).to.deep.equal([]);
        await dialer.close();
        dial([server.by('hub.test')], { tls: { ...tls, insecure: true }, resolve });
        await connections(1);
        expect(wires[0]).to.include({ isSecure: true, peerCertificate: undefined });
      });
    }

    it('gives up on a server that says nothing in time', async () => {
      const { address, sockets } = await remote(Remote.plain());
      dial([address], { tls: { ca }, connectTimeoutMs: 700 });
      await until('it is accepted', () => sockets.length === 1);
      await soon('its hello', once(sockets[0]!, 'data'));
      clock.pass(700);
      await failed(1);
      expect(codes()).to.deep.equal(['no connection within 700 ms']);
      sockets[0]!.resume();
      await until('the connection is gone', () => sockets[0]!.readableEnded || sockets[0]!.destroyed);
    });

    it('reports a server that hangs up during the handshake', async () => {
      const { address, server } = await remote(Remote.plain());
      server.on('connection', (socket: Socket) => socket.once('data', () => socket.destroy()));
      dial([address], { tls: { ca } });
      await failed(1);
      expect(wires).to.deep.equal([]);
    });

    it('refuses a certificate that is none when it is made', () => {
      dialer = new Dialer(
        { addresses: [{ host: HOST, port: 1 }] },
        { connected() {}, lost() {}, failed() {} },
      );
      expect(
        () =>
          new Dialer(
            { addresses: [{ host: HOST, port: 1 }], tls: { cert: 'x', key: 'y' } },
            { connected() {}, lost() {}, failed() {} },
          ),
      ).to.throw(/PEM/i);
    });
  });

  describe('once it is closed', () => {
    const events = (): number => wires.length + losses.length + failures.length;

    it('has closed its connection, and says no more', async () => {
      const { address, sockets } = await remote(Remote.plain());
      dial([address]);
      await connections(1);
      await until('it is accepted', () => sockets.length === 1);
      const ended = once(sockets[0]!.resume(), 'end');
      await dialer.close();
      await soon('the end', ended);
      expect([wires[0]!.stream.closed, events(), clock.pending]).to.deep.equal([true, 1, 0]);
    });

    it('has stopped an attempt, and says no more', async () => {
      const { address, sockets } = await remote(Remote.plain());
      dial([address], { tls: { ca: AUTHORITY.cert } });
      await until('it is accepted', () => sockets.length === 1);
      await dialer.close();
      sockets[0]!.resume();
      await until('the connection is gone', () => sockets[0]!.readableEnded || sockets[0]!.destroyed);
      expect([events(), clock.pending]).to.deep.equal([0, 0]);
    });

    it('has stopped, at whatever step of an attempt that was', async () => {
      const silent = await remote(Remote.plain());
      for (let steps = 0; steps < 12; steps++) {
        let answer: (found: readonly string[]) => void = () => {};
        dial([silent.by('hub.test')], {
          tls: { ca: AUTHORITY.cert },
          resolve: () =>
            new Promise((resolve) => {
              answer = resolve;
            }),
        });
        answer([HOST]);
        for (let step = 0; step < steps; step++) await undefined;
        await soon('it is closed', dialer.close());
        expect([events(), clock.pending]).to.deep.equal([0, 0]);
      }
    });

    it('no longer waits for a name', async () => {
      dial([{ host: 'hub.test', port: 1 }], { resolve: () => new Promise(() => {}) });
      await dialer.close();
      expect([events(), clock.pending]).to.deep.equal([0, 0]);
    });

    it('no longer waits for the next attempt', async () => {
      dial(await refusing(1));
      await failed(1);
      await dialer.close();
      expect([events(), clock.pending]).to.deep.equal([1, 0]);
    });

    for (const [what, closes] of [
      ['by its signal', true],
      ['before it starts', false],
    ] as const) {
      it(`${what}, stays so`, async () => {
        const { address, sockets } = await remote(Remote.plain());
        const abort = new AbortController();
        if (!closes) abort.abort();
        dial([address], { signal: abort.signal });
        if (closes) {
          await connections(1);
          abort.abort();
          await until('the connection is closed', () => wires[0]!.stream.closed);
        }
        dialer.start();
        await dialer.close();
        expect([events(), clock.pending, sockets.length]).to.deep.equal(closes ? [1, 0, 1] : [0, 0, 0]);
      });
    }
  });

  it('logs failures at once and then once a minute, and anew after a connection', async () => {
    const lines: string[] = [];
    const log = {
      info: (fields: object, message: string) => lines.push(`${message} ${JSON.stringify(fields)}`),
      warn: (fields: object, message: string) => lines.push(`${message} ${JSON.stringify(fields)}`),
    };
    const [address] = (await refusing(1)) as [Address];
    const name = `"remote":"${HOST}:${address.port}"`;
    const error = `"error":"connect ECONNREFUSED ${HOST}:${address.port}"`;
    dial([address], { log, backoff: { firstMs: 20_000, maxMs: 20_000, jitter: 0 } });
    for (let n = 1; n <= 4; n++) {
      await failed(n);
      if (n === 4) remotes.push(await Remote.plain(address.port));
      clock.pass(20_000);
    }
    await connections(1);
    await until('it is accepted', () => remotes[0]!.sockets.length === 1);
    await remotes[0]!.close();
    remotes = [];
    await lost(1);
    clock.pass(20_000);
    await failed(5);
    expect(lines).to.deep.equal([
      `cannot connect {${name},${error},"count":1}`,
      `cannot connect {${name},${error},"count":3}`,
      `connected {${name}}`,
      `connection lost {${name},"reason":"closed by the peer","retryInMs":20000}`,
      `cannot connect {${name},${error},"count":1}`,
    ]);
  });

  it('needs an address', () => {
    dialer = new Dialer({ addresses: [{ host: HOST, port: 1 }] }, { connected() {}, lost() {}, failed() {} });
    expect(() => new Dialer({ addresses: [] }, { connected() {}, lost() {}, failed() {} })).to.throw(
      /address/,
    );
  });
});
