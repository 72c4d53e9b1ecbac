import { once } from 'node:events';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { Beginnings } from '../../lib/domain/beginnings.js';
import { MemoryTransport } from '../../lib/transport/memory.js';
import { StreamWire } from '../../lib/transport/stream-wire.js';
import type { Security } from '../../lib/transport/tls.js';
import { TlsClientContext } from '../../lib/transport/tls-client.js';
import { TlsContext, type TlsServerOptions } from '../../lib/transport/tls-context.js';
import { TlsNegotiator } from '../../lib/transport/tls-negotiator.js';
import { TlsTransport } from '../../lib/transport/tls-transport.js';
import type { Wire } from '../../lib/transport/wire.js';
import { duplexPair } from '../support/duplex-pair.js';
import { AUTHORITY } from '../support/tls.js';
import { soon, until } from '../support/until.js';

function security(mode: Security['mode']): Security {
  const options: TlsServerOptions = {
    certificates: [{ ...AUTHORITY.issueServer(), name: 'spec', expiresAt: 0 }],
    ca: [AUTHORITY.cert],
    verify: true,
    minVersion: 'TLSv1.2',
  };
  return {
    mode,
    context: new TlsContext(options),
    allowNonTls: false,
    verify: true,
    fallbackMs: 0,
    timeoutMs: 10_000,
    onFailure: () => undefined,
  };
}

/** What a client begins with. */
async function clientHello(): Promise<Buffer> {
  const [near, far] = duplexPair();
  connect({ socket: near as never }).on('error', () => undefined);
  const [bytes] = (await once(far, 'data')) as [Buffer];
  return bytes;
}

describe('transport/tls-transport', () => {
  it('has the connections of another transport secured, as is in force when they come', async () => {
    const accepted: Wire[] = [];
    let inForce: Security | undefined;
    const memory = new MemoryTransport();
    const transport = new TlsTransport(memory, () => inForce);
    await transport.listen({ accepted: (wire) => accepted.push(wire), failed: () => undefined });
    memory.connect();
    inForce = security('first');
    memory.connect();
    expect(accepted.map((wire) => wire.security)).to.deep.equal([undefined, inForce]);
  });

  for (const mode of ['first', 'after-info'] as const) {
    it(`carries bytes in TLS, ${mode}, and knows the peers' certificates`, async () => {
      const memory = new MemoryTransport();
      let far: Wire | undefined;
      await new TlsTransport(memory, () => security(mode)).listen({
        accepted: (wire) => {
          new TlsNegotiator(wire, wire.security!, new Beginnings(), {
            greet: (sent) => void wire.stream.write('INFO\r\n', () => sent()),
            plain: () => expect.fail('in plain text'),
            failed: (why) => expect.fail(why),
            throttled: () => expect.fail('throttled'),
            secured: (secured) => {
              far = secured;
            },
          }).start();
        },
        failed: (error) => expect.fail(error.message),
      });
      const stream = memory.connect();
      if (mode === 'after-info') {
        await soon('the greeting', once(stream, 'readable'));
        expect(String(stream.read())).to.equal('INFO\r\n');
      }
      let near: Wire | undefined;
      const client = new TlsClientContext({
        ca: AUTHORITY.cert,
        ...AUTHORITY.issue({ subject: { CN: 'leaf' } }),
      });
      client.secure(new StreamWire(stream), 'localhost', {
        secured: (wire) => {
          near = wire;
        },
        failed: (error) => expect.fail(error.message),
      });
      await until('both ends are secure', () => near !== undefined && far !== undefined);
      for (const wire of [near, far])
        expect(wire).to.include({ isSecure: true, borrows: false, readsInPlace: false });
      expect([near!.peerCertificate?.subject.CN, far!.peerCertificate?.subject.CN]).to.deep.equal([
        'localhost',
        'leaf',
      ]);
      near!.stream.write('hello');
      expect(String((await soon('bytes', once(far!.stream, 'data')))[0])).to.equal('hello');
      far!.stream.on('error', () => {}).destroy();
      near!.stream.on('error', () => {}).destroy();
    });
  }

  for (const [what, first] of [
    ['before its first byte', ''],
    ['in its ClientHello', '\x16\x03\x01\x02\x00\x01'],
    ['after its ClientHello', 'whole'],
  ] as const)
    it(`does not count the time that a peer is not read, as others have their turn, ${what}`, async () => {
      const memory = new MemoryTransport();
      const beginnings = new Beginnings();
      let looked = 0;
      beginnings.reads.holds = () => ++looked < 4;
      let why = '';
      await new TlsTransport(memory, () => ({ ...security('first'), timeoutMs: 20 })).listen({
        accepted: (wire) =>
          new TlsNegotiator(wire, wire.security!, beginnings, {
            greet: () => expect.fail('greeted'),
            plain: () => expect.fail('in plain text'),
            failed: (reason) => {
              why = reason;
            },
            throttled: () => expect.fail('throttled'),
            secured: () => expect.fail('secured'),
          }).start(),
        failed: (error) => expect.fail(error.message),
      });
      const stream = memory.connect();
      stream.on('error', () => undefined).resume();
      stream.write(first === 'whole' ? await clientHello() : Buffer.from(first, 'latin1'));
      await until('it has failed', () => why !== '');
      expect([why, looked]).to.deep.equal(['timeout', 4]);
    });
});
