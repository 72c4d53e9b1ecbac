import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { Duplex, Transform } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { expect } from 'chai';
import type { TlsConfig } from '../../lib/config/shapes.js';
import { Authority } from '../support/certificates.js';
import { type Harness, msg, OVER, type Over, pub } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { AUTHORITY, dial, handshake, readInfo, securityFields, startTls, upgrade } from '../support/tls.js';
import { soon, until } from '../support/until.js';

const PING = 'CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n';

describe('TLS', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  /** Why the broker closed the one connection that comes of `act`. */
  async function onlyReason(act: () => Promise<unknown>): Promise<string | undefined> {
    const { all } = harness;
    const before = all.total;
    await act();
    await until('it has come and gone', () => all.total > before && harness.connections.size === 0);
    expect(all.total).to.equal(before + 1);
    return all.closed.at(-1)!.reason;
  }

  /** Says `words` instead of a ClientHello and asserts that the connection ends without an answer. */
  async function refused(over: Over, words: string | undefined): Promise<void> {
    const wire = await dial(harness, over);
    if (words !== undefined) wire.write(words);
    const peer = new Peer(wire, 'nats');
    const heard = await peer.rest();
    // At most an alert of TLS, when what it says begins like TLS.
    for (const frame of heard)
      expect(frame).to.match(words?.startsWith('\x16') ? /^INFO |^\x15\x03/ : /^INFO /);
    wire.destroy();
  }

  async function isPlaintext(over: Over): Promise<Peer> {
    const peer = new Peer(await dial(harness, over), 'nats');
    expect(await peer.next()).to.match(/^INFO /);
    await peer.send(PING).expect('PONG');
    return peer;
  }

  /** Handshake, then INFO. */
  async function first(over: Over): Promise<string> {
    const peer = new Peer(await handshake(await dial(harness, over)), 'nats');
    const info = await peer.next();
    await peer.send(PING).expect('PONG');
    peer.end();
    return info;
  }

  for (const over of OVER) {
    describe(`after INFO, over a ${over}`, () => {
      it('says that it is required, and then goes on in TLS without another INFO', async () => {
        harness = await startTls();
        const { info, peer } = await upgrade(harness, over);
        expect(securityFields(info)).to.deep.equal({ tls_required: true });
        await peer.send('SUB foo 1\r\n', pub('foo', 'x')).expect(msg('foo', 1, 'x'));
        await peer.expectSilence();
        expect(harness.log).to.deep.equal([]);
      });

      it('takes a ClientHello that comes before INFO has been read, and one in pieces', async () => {
        harness = await startTls();
        const wire = await dial(harness, over);
        await readInfo(wire);
        const pieces = new Transform({
          transform(chunk: Buffer, _encoding, done) {
            for (const byte of chunk.subarray(0, 7)) this.push(Buffer.of(byte));
            done(null, chunk.subarray(7));
          },
        });
        pieces.pipe(wire);
        const peer = new Peer(await handshake(Duplex.from({ writable: pieces, readable: wire })), 'nats');
        await peer.send(PING).expect('PONG');
        peer.end();
      });

      for (const [what, words] of [
        ['speaks plain', PING],
        ['says one byte that is not TLS', 'C'],
        ['says what only begins like TLS', '\x16\x03\x01\x00\x05hello'],
      ] as const) {
        it(`closes a peer that ${what}, and that one only`, async () => {
          harness = await startTls();
          expect(await onlyReason(() => refused(over, words))).to.equal('TLS_HANDSHAKE');
          expect(harness.log).to.have.lengthOf(1);
          expect(harness.log[0]).to.include({
            level: 40,
            msg: 'TLS handshake failed',
            error: 'the client does not speak TLS here: it has to connect with TLS, as in tls://HOST:PORT',
            count: 1,
          });
          const { peer } = await upgrade(harness, over);
          await peer.expectSilence();
        });
      }

      for (const words of [undefined, '\x16', '\x16\x03\x01\x02\x00\x01']) {
        const said = words === undefined ? 'nothing' : `${words.length} bytes of a handshake`;
        it(`closes a peer that says ${said} in time`, async () => {
          harness = await startTls({ timeoutMs: 100 });
          expect(await onlyReason(() => refused(over, words))).to.equal('TLS_HANDSHAKE');
          expect(harness.log.map(({ error }) => error)).to.deep.equal(['timeout']);
        });
      }

      it('lets a peer hang up at any point', async () => {
        harness = await startTls();
        for (const words of [undefined, '\x16', '\x16\x03\x01\x02\x00\x01']) {
          const reason = await onlyReason(async () => {
            const wire = await dial(harness, over);
            await readInfo(wire);
            if (words !== undefined) wire.write(words);
            await soon('the end', new Peer(wire.end(), 'nats').closed);
          });
          expect(reason).to.equal('TLS_HANDSHAKE');
        }
        expect(harness.log.map(({ error }) => error)).to.deep.equal(['the client hung up']);
      });

      it('leaves nothing behind of 50 handshakes cut off half way', async () => {
        harness = await startTls();
        const timers = (): number =>
          process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
        const before = timers();
        const wires = await Promise.all(Array.from({ length: 50 }, () => dial(harness, over)));
        await until('all are accepted', () => harness.connections.size === 50);
        for (const [n, wire] of wires.entries()) {
          await readInfo(wire);
          if (n % 3 > 0) wire.write(Buffer.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3).subarray(0, n % 12));
        }
        for (const [n, wire] of wires.entries()) n % 2 === 0 ? wire.destroy() : wire.resume().end();
        await until('all are gone', () => harness.connections.size === 0);
        await until('no timer is left', () => timers() <= before + 1); // one is that of this wait
        expect(harness.core.sublist.empty).to.equal(true);
        const { peer } = await upgrade(harness, over);
        await peer.expectSilence();
      });

      it('is not waited for when the broker closes', async () => {
        harness = await startTls({}, { shutdown: { deadline: '10s' } });
        const silent = await dial(harness, over);
        const halfway = await dial(harness, over);
        for (const wire of [silent, halfway]) await readInfo(wire);
        halfway.on('error', () => {}).write('\x16\x03\x01\x02\x00\x01');
        const ended = [silent, halfway].map((wire) => new Peer(wire, 'nats').closed);
        for (const [n, wire] of [silent, halfway].entries()) void ended[n]!.then(() => wire.end());
        await soon('the broker to close', harness.broker.close());
        await soon('their end', Promise.all(ended));
      });

      it('refuses too many in the clear, as there is no TLS yet', async () => {
        harness = await startTls({}, { limits: { max_connections: 1 } });
        const { peer } = await upgrade(harness, over);
        const other = new Peer(await dial(harness, over), 'nats');
        expect(await other.next()).to.match(/^INFO /);
        await other.expect("-ERR 'maximum connections exceeded'");
        other.end();
        expect(await other.closed).to.equal('fin');
        await peer.expectSilence();
      });
    });

    describe(`that may be left out, over a ${over}`, () => {
      const settings: Partial<TlsConfig> = { allowNonTls: true };

      it('is available, says INFO, and comes up for who begins it', async () => {
        harness = await startTls(settings);
        const { info, peer } = await upgrade(harness, over);
        expect(securityFields(info)).to.deep.equal({ tls_available: true });
        await peer.expectSilence();
        const [connection] = harness.connections;
        expect(connection!.client.peer.isSecure).to.equal(true);
      });

      it('is left out by who does not', async () => {
        harness = await startTls(settings);
        const peer = await isPlaintext(over);
        await peer.send('SUB foo 1\r\n', pub('foo', 'x')).expect(msg('foo', 1, 'x'));
        const [connection] = harness.connections;
        expect(connection!.client.peer.isSecure).to.equal(false);
        peer.end();
        expect(await peer.closed).to.equal('fin');
      });

      it('is too late for who says nothing while it could begin', async () => {
        harness = await startTls(
          { ...settings, timeoutMs: 50 },
          { nats: { ping_interval: '100ms', ping_max: 100 } },
        );
        const peer = new Peer(await dial(harness, over), 'nats');
        expect(await peer.next()).to.match(/^INFO /);
        await peer.expect('PING'); // of a connection that is open
        peer.answersPings = true;
        await peer.send('\x16').expect("-ERR 'Unknown Protocol Operation'");
        peer.end();
      });

      it('ends when the peer does, without a byte', async () => {
        harness = await startTls(settings);
        const wire = await dial(harness, over);
        await readInfo(wire);
        wire.end();
        expect(await new Peer(wire, 'nats').closed).to.equal('fin');
        await until('it is gone', () => harness.connections.size === 0);
      });
    });

    describe(`before INFO, over a ${over}`, () => {
      it('has INFO in TLS', async () => {
        harness = await startTls({ handshakeFirst: true });
        expect(securityFields(await first(over))).to.deep.equal({ tls_required: true });
      });

      it('says nothing in the clear, whichever clients may go on without TLS', async () => {
        for (const allowNonTls of [false, true]) {
          harness = await startTls({ handshakeFirst: true, allowNonTls, timeoutMs: 100 });
          for (const words of [undefined, PING]) {
            const peer = new Peer(await dial(harness, over), 'nats');
            if (words !== undefined) peer.send(words);
            expect(await peer.rest()).to.deep.equal([]);
            peer.wire.destroy();
          }
          if (!allowNonTls) await harness.stop();
        }
      });

      it('is required and available to who has it and need not', async () => {
        harness = await startTls({ handshakeFirst: true, allowNonTls: true });
        expect(securityFields(await first(over))).to.deep.equal({ tls_required: true, tls_available: true });
      });
    });

    describe(`before INFO if the peer begins, over a ${over}`, () => {
      it('comes up for both kinds of client', async () => {
        harness = await startTls({ handshakeFirst: 200 });
        const { info, peer } = await upgrade(harness, over);
        expect(securityFields(info)).to.deep.equal({ tls_required: true });
        await peer.expectSilence();
        await harness.stop();
        harness = await startTls({ handshakeFirst: 10_000 });
        expect(securityFields(await first(over))).to.deep.equal({ tls_required: true });
      });

      it('falls back to the clear where that is allowed', async () => {
        harness = await startTls({ handshakeFirst: 20, allowNonTls: true });
        const peer = await isPlaintext(over);
        const { info } = await upgrade(harness, over);
        expect(securityFields(info)).to.deep.equal({ tls_available: true });
        peer.end();
      });

      it('takes whatever comes before INFO for TLS', async () => {
        harness = await startTls({ handshakeFirst: 10_000, allowNonTls: true });
        expect(await onlyReason(() => refused(over, PING))).to.equal('TLS_HANDSHAKE');
      });
    });

    describe(`in the line dialect, over a ${over}`, () => {
      it('comes before the first byte, and so does AUTH', async () => {
        harness = await startTls({}, { authorization: { user: 'anna', password: 'secret' } });
        const wire = await handshake(await dial(harness, over, 'line'));
        const peer = new Peer(wire, 'line');
        await peer.send('SUB foo\n').expect('ERR authentication required, try AUTH');
        await peer.send('AUTH anna secret\nSUB foo\nPUB foo bar\n');
        await peer.expect('OK AUTH', 'OK SUB foo', 'OK PUB foo', 'UPDATE foo bar');
        peer.send('QUIT\n');
        await peer.expectEnd('fin', 'QUIT');
      });

      it('is not optional, whatever NATS clients may do', async () => {
        harness = await startTls({ allowNonTls: true, handshakeFirst: 50 });
        const reason = await onlyReason(async () => {
          const peer = new Peer(await dial(harness, over, 'line'), 'line');
          expect(await peer.send('HELP\n').rest()).to.deep.equal([]);
          peer.wire.destroy();
        });
        expect(reason).to.equal('TLS_HANDSHAKE');
      });
    });

    describe(`with certificates of clients, over a ${over}`, () => {
      const anna = AUTHORITY.issue({ subject: { O: 'Acme', CN: 'anna' }, names: ['email:anna@acme.test'] });
      const refusal = "the client's certificate was refused: ";
      const STRANGERS: Readonly<Record<string, readonly [ConnectionOptions, logged: string]>> = {
        'that has none': [
          {},
          'the client sent no certificate, and tls.verify demands one: give it one of an authority in tls.ca_file',
        ],
        'of another authority': [
          new Authority('stranger').issue(),
          `${refusal}no authority in tls.ca_file signed it`,
        ],
        'whose has expired': [
          AUTHORITY.issue({ to: new Date(Date.now() - 1_000) }),
          `${refusal}it has expired`,
        ],
        'whose is not valid yet': [
          AUTHORITY.issue({ from: new Date(Date.now() + 3_600_000) }),
          `${refusal}it is not valid yet`,
        ],
      };

      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        it(`knows who a verified one is (${maxVersion})`, async () => {
          harness = await startTls({ verify: true });
          const { info, peer } = await upgrade(harness, over, { options: { ...anna, maxVersion } });
          expect(securityFields(info)).to.deep.equal({ tls_required: true, tls_verify: true });
          await peer.expectSilence();
          const [connection] = harness.connections;
          const certificate = new X509Certificate(connection!.client.peer.certificate!.raw);
          expect(certificate.subject).to.equal('O=Acme\nCN=anna');
          expect(certificate.subjectAltName).to.equal('email:anna@acme.test');
        });

        for (const [who, [credentials, logged]] of Object.entries(STRANGERS)) {
          it(`refuses one ${who} (${maxVersion})`, async () => {
            harness = await startTls({ verifyAndMap: true });
            const wire = await dial(harness, over);
            await readInfo(wire);
            await until('it is accepted', () => harness.connections.size === 1);
            const [connection] = harness.connections;
            // In TLS 1.3 a client is through before the server has seen its certificate; it then hears that it is not.
            const stream = await handshake(wire, { ...credentials, maxVersion }).catch(() => undefined);
            if (stream !== undefined) {
              const peer = new Peer(stream, 'nats');
              await peer.send(PING).closed;
              expect(await peer.rest()).to.deep.equal([]);
            }
            await until('it is gone', () => harness.connections.size === 0);
            expect(connection!.reason).to.equal('TLS_HANDSHAKE');
            expect(connection!.client.peer.certificate).to.equal(undefined);
            expect(harness.log.map(({ error }) => error)).to.deep.equal([logged]);
          });
        }
      }

      it('asks for no certificate where that is not wanted', async () => {
        harness = await startTls();
        await upgrade(harness, over, { options: anna });
        const [connection] = harness.connections;
        expect(connection!.client.peer.certificate).to.equal(undefined);
      });
    });
  }

  it('gives credentials their time after the handshake, not before', async () => {
    harness = await startTls({ handshakeFirst: false }, { authorization: { token: 't', timeout: '50ms' } });
    const wire = await dial(harness, 'pair');
    await readInfo(wire);
    const other = await dial(harness, 'pair');
    await readInfo(other);
    await new Peer(await handshake(other), 'nats').expectEnd('fin', "-ERR 'Authentication Timeout'"); // that time is over
    const peer = new Peer(await handshake(wire), 'nats');
    await peer.expectEnd('fin', "-ERR 'Authentication Timeout'");
  });

  it('resumes the session of a client, and knows its certificate still', async () => {
    harness = await startTls({ verify: true });
    const anna = AUTHORITY.issue({ subject: { CN: 'anna' } });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const before = await upgrade(harness, 'socket', { options: { ...anna, maxVersion }, connects: false });
      const session =
        maxVersion === 'TLSv1.2'
          ? before.stream.getSession()
          : ((await soon('a session', once(before.stream, 'session'))) as [Buffer])[0];
      before.peer.end();
      await until('it is gone', () => harness.connections.size === 0);
      const { stream, peer } = await upgrade(harness, 'socket', {
        options: { ...anna, maxVersion, session },
      });
      expect(stream.isSessionReused(), maxVersion).to.equal(true);
      const [connection] = harness.connections;
      const { subject } = new X509Certificate(connection!.client.peer.certificate!.raw);
      expect(subject).to.include('CN=anna');
      peer.end();
      await until('it is gone', () => harness.connections.size === 0);
    }
  });

  const MISMATCHES: readonly (readonly [string, Partial<TlsConfig>, ConnectionOptions, logged: string])[] = [
    [
      'a version of TLS that is too old',
      {},
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
      'the client speaks only versions of TLS that are not allowed: update it, or see tls.min_version',
    ],
    [
      'no cipher suite in common',
      {},
      { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' },
      'no cipher suite in common with the client: see tls.cipher_suites',
    ],
    [
      'no curve in common',
      { curvePreferences: ['P-384'] },
      { minVersion: 'TLSv1.3', ecdhCurve: 'P-256' },
      'no curve in common with the client: see tls.curve_preferences',
    ],
  ];
  for (const [what, tls, options, logged] of MISMATCHES)
    it(`is logged in words where there is ${what}`, async () => {
      harness = await startTls({ handshakeFirst: true, ...tls });
      await handshake(await dial(harness, 'socket'), options).catch(() => undefined);
      await until('it is logged', () => harness.log.length > 0);
      expect(harness.log.map(({ error }) => error)).to.deep.equal([logged]);
    });

  it('is not renegotiated', async () => {
    harness = await startTls();
    const { stream, peer } = await upgrade(harness, 'socket', { options: { maxVersion: 'TLSv1.2' } });
    stream.on('error', () => {});
    const error = await new Promise((resolve) => {
      stream.once('error', resolve);
      stream.renegotiate({}, resolve);
    });
    expect(error).to.be.instanceOf(Error);
    peer.wire.destroy();
  });
});
