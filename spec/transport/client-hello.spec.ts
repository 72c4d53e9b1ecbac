import { once } from 'node:events';
import { type ConnectionOptions, connect } from 'node:tls';
import { expect } from 'chai';
import { hasWholeHello, MAX_HELLO_BYTES, serverNameIn } from '../../lib/transport/client-hello.js';
import { duplexPair } from '../support/duplex-pair.js';

/** A record of TLS. */
function record(type: number, fragment: Buffer): Buffer {
  const head = Buffer.from([type, 3, 1, 0, 0]);
  head.writeUInt16BE(fragment.length, 3);
  return Buffer.concat([head, fragment]);
}

/** A ClientHello of so many bytes after its head. */
function hello(size: number): Buffer {
  const message = Buffer.alloc(4 + size, 7);
  message[0] = 1;
  message.writeUIntBE(size, 1, 3);
  return message;
}

/** The same, in records whose fragments have so many bytes. */
function inRecords(message: Buffer, sizes: readonly number[]): Buffer {
  const ends = sizes.map((_, n) => sizes.slice(0, n + 1).reduce((sum, size) => sum + size, 0));
  const cuts = [0, ...ends, message.length];
  return Buffer.concat(cuts.slice(1).map((end, n) => record(0x16, message.subarray(cuts[n], end))));
}

describe('a ClientHello', () => {
  for (const [name, bytes] of Object.entries({
    'in one record': record(0x16, hello(300)),
    'in two records': inRecords(hello(300), [100]),
    'in records of one byte each at first': inRecords(hello(300), [1, 1, 1, 1, 1]),
    'whose head lies in two records': inRecords(hello(300), [2]),
    'of 17,000 bytes': inRecords(hello(17_000), [16_384]),
  })) {
    it(`${name} is whole with its last byte only`, () => {
      for (let end = 1; end < bytes.length; end++)
        expect(hasWholeHello(bytes.subarray(0, end)), String(end)).to.equal(undefined);
      expect(hasWholeHello(bytes)).to.equal(true);
      expect(hasWholeHello(Buffer.concat([bytes, Buffer.from('more')]))).to.equal(true);
    });
  }

  for (const [name, bytes] of Object.entries({
    'text in its place': Buffer.from('CONNECT {}\r\n'),
    'what has another version': Buffer.from([0x16, 2]),
    'another message': Buffer.from([0x16, 3, 1, 0, 5, 0x68]),
    'an alert in its place': record(0x15, Buffer.from([2, 40])),
    'an alert before its end': Buffer.concat([
      record(0x16, hello(300).subarray(0, 9)),
      record(0x15, Buffer.of(2, 40)),
    ]),
    'an empty record': record(0x16, Buffer.alloc(0)),
    'a record that is too long': Buffer.from([0x16, 3, 1, 0xff, 0xff]),
    'more than is waited for': inRecords(hello(60_000), [16_384, 16_384]).subarray(0, MAX_HELLO_BYTES + 1),
  })) {
    it(`cannot come of ${name}`, () => {
      expect(hasWholeHello(bytes)).to.equal(true);
    });
  }
});

describe('the name of the server in a ClientHello', () => {
  /** The first bytes of a client of Node's. */
  async function firstBytes(options: ConnectionOptions): Promise<Buffer> {
    const [near, far] = duplexPair();
    const client = connect({ socket: near as never, ...options });
    for (const each of [client, near, far]) each.on('error', () => {});
    const [bytes] = (await once(far, 'data')) as [Buffer];
    client.destroy();
    near.destroy();
    return bytes;
  }

  it('is what the client asks for, in one record or in several', async () => {
    const bytes = await firstBytes({ servername: 'some.host.test' });
    expect(serverNameIn(bytes)).to.equal('some.host.test');
    expect(serverNameIn(inRecords(bytes.subarray(5), [1, 100, 1]))).to.equal('some.host.test');
    expect(serverNameIn(await firstBytes({ maxVersion: 'TLSv1.2', servername: 'x' }))).to.equal('x');
  });

  it('is empty where there is none, and where the bytes are anything', async () => {
    expect(serverNameIn(await firstBytes({}))).to.equal('');
    const bytes = await firstBytes({ servername: 'some.host.test' });
    for (let end = 0; end < bytes.length - 300; end += 7)
      expect(serverNameIn(bytes.subarray(0, end))).to.be.a('string');
    for (const other of [
      Buffer.alloc(0),
      Buffer.from('GET /'),
      record(0x16, hello(300)),
      record(0x16, Buffer.alloc(400, 255)),
    ])
      expect(serverNameIn(other)).to.equal('');
  });
});
