import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { SocketTable } from '../../lib/transport/socket-table.js';
import { canReadInPlace, SocketWire, wireOver } from '../../lib/transport/socket-wire.js';
import type { Wire } from '../../lib/transport/wire.js';
import { duplexPair } from '../support/duplex-pair.js';
import { turns } from '../support/turns.js';
import { soon, until } from '../support/until.js';

const NONE = {
  borrows: false,
  readsInPlace: false,
  tracksAcknowledgements: false,
  isSecure: false,
  tls: undefined,
  peerCertificate: undefined,
};

describe('transport/socket-wire', () => {
  let server: Server;
  let near: Socket;
  let far: Socket;
  let wire: Wire;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    near = connect((server.address() as { port: number }).port, '127.0.0.1');
    [far] = await accepted;
    wire = new SocketWire(far, new SocketTable());
  });
  afterEach(() => {
    near.destroy();
    far.destroy();
    server.close();
  });

  it('has the capabilities of a socket', () => {
    expect(wire).to.include({
      ...NONE,
      borrows: true,
      readsInPlace: canReadInPlace,
      tracksAcknowledgements: true,
    });
    expect(wire).to.include({ remoteAddress: '127.0.0.1', remotePort: near.localPort });
  });

  it('is told apart from any other stream, which has none of them', () => {
    const table = new SocketTable();
    expect(wireOver(far, table)).to.include({ borrows: true, tracksAcknowledgements: true });
    expect(wireOver(duplexPair()[0], table)).to.include({ ...NONE, remoteAddress: undefined });
  });

  it('stops reading so that what comes stays in the kernel, and goes on', async () => {
    let read = '';
    far.on('data', (chunk) => {
      read += String(chunk);
    });
    near.write('first');
    await until('it is read', () => read === 'first');
    expect([wire.pauseReading(), wire.pauseReading()]).to.deep.equal([true, false]);
    await new Promise<void>((done) => near.write('second', () => done()));
    await turns(20);
    expect(far.bytesRead).to.equal('first'.length);
    wire.resumeReading();
    await until('the rest is read', () => read === 'firstsecond');
    far.destroy();
    expect(wire.pauseReading()).to.equal(false);
    wire.resumeReading();
  });

  it('reads into given memory, stops, and goes on', async function reads() {
    if (!canReadInPlace) return this.skip();
    const memory = Buffer.alloc(4);
    let read = '';
    wire.readInto(memory, (length, buffer) => {
      expect(buffer).to.equal(memory);
      read += buffer.toString('latin1', 0, length);
      return false;
    });
    far.resume();
    near.write('abcdefgh');
    await until('the first read is in', () => read.length > 0);
    expect(read).to.equal('abcd');
    wire.resumeReading();
    await until('the second read is in', () => read.length > 4);
    expect(read).to.equal('abcdefgh');
  });

  it('resets the connection, and only destroys it while it is being shut down', async () => {
    near.resume();
    const reset = once(near, 'error');
    wire.reset();
    expect((await soon('the reset', reset))[0]).to.include({ code: 'ECONNRESET' });
  });

  it('is only destroyed while it is being shut down', async () => {
    near.resume();
    const ended = once(near, 'end');
    far.end();
    wire.reset();
    await soon('the end', ended);
    expect(far.destroyed).to.equal(true);
  });
});
