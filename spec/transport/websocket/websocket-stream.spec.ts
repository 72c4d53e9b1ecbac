import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { SocketTable } from '../../../lib/transport/socket-table.js';
import { SocketWire } from '../../../lib/transport/socket-wire.js';
import { StreamWire } from '../../../lib/transport/stream-wire.js';
import { WebSocketStream } from '../../../lib/transport/websocket/websocket-stream.js';
import { duplexPair } from '../../support/duplex-pair.js';
import { until } from '../../support/until.js';
import { type FrameSpec, frameOf, framesIn, type ServerFrame } from '../../support/websocket.js';

const MIB = 1024 * 1024;

const OF_SERVER = { own: false, peer: true };

describe('transport/websocket/websocket-stream', () => {
  let near: Duplex;
  let far: Duplex;
  let stream: WebSocketStream;
  let received: Buffer;
  let sockets: Socket[];
  const frames = (): ServerFrame[] => framesIn(received).frames;
  const data = (): Buffer =>
    Buffer.concat(frames().flatMap(({ op, payload }) => (op === 2 ? [payload] : [])));
  const send = (...specs: readonly FrameSpec[]) => far.write(Buffer.concat(specs.map(frameOf)));

  beforeEach(() => {
    sockets = [];
    received = Buffer.alloc(0);
    [near, far] = duplexPair();
    stream = new WebSocketStream(new StreamWire(near), Buffer.alloc(0), OF_SERVER);
    far.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
    });
    far.on('error', () => undefined);
    stream.on('error', () => undefined);
  });
  afterEach(() => {
    stream.destroy();
    far.destroy();
    for (const socket of sockets) socket.destroy();
  });

  /** The same over TCP; the peer reads nothing until it is resumed. */
  async function overTcp(): Promise<Socket> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const peer = connect(server.address() as { port: number });
    peer.pause();
    const [socket] = await accepted;
    server.close();
    sockets.push(peer, socket);
    peer.on('error', () => undefined);
    stream = new WebSocketStream(new SocketWire(socket, new SocketTable()), Buffer.alloc(0), OF_SERVER);
    stream.on('error', () => undefined);
    return peer;
  }

  it('sends one binary message for all that was corked, and never a frame of more than 65,535 bytes', async () => {
    stream.cork();
    stream.write('ab');
    stream.write('cd');
    stream.uncork();
    stream.write(Buffer.alloc(70_000, 'x'));
    stream.write(Buffer.alloc(65_535, 'y'));
    await until('all have come', () => data().length === 4 + 70_000 + 65_535);
    const [first, ...more] = frames();
    expect(first).to.deep.equal({ op: 2, final: true, payload: Buffer.from('abcd') });
    expect(more.every(({ op, final, payload }) => op === 2 && final && payload.length <= 65_535)).to.equal(
      true,
    );
    expect(more).to.have.length(3);
  });

  it('sends the bytes that were written, across frames and chunks', async () => {
    const chunks = [1, 200, 60_000, 10_000, 140_000, 3].map((size, i) => Buffer.alloc(size, 97 + i));
    stream.cork();
    for (const chunk of chunks) stream.write(chunk);
    stream.uncork();
    const all = Buffer.concat(chunks);
    await until('all have come', () => data().length >= all.length);
    expect(data().equals(all)).to.equal(true);
  });

  it('leaves memory alone that the peer has written', async () => {
    const bytes = frameOf({ payload: 'hello' });
    const copy = Buffer.from(bytes);
    far.write(bytes);
    expect(String((await once(stream, 'data'))[0])).to.equal('hello');
    expect(bytes.equals(copy)).to.equal(true);
  });

  it('counts what TCP has not taken as its own, and nothing once it has', async () => {
    const peer = await overTcp();
    const chunk = Buffer.alloc(MIB);
    for (let i = 0; i < 16; i++) stream.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
    const [, socket] = sockets;
    expect(stream.writableLength).to.be.at.least(socket!.writableLength - 1_000);
    expect(stream.writableLength).to.be.above(4 * MIB);
    peer.resume();
    await until('all is taken', () => stream.writableLength === 0);
  });

  it('has nothing waiting after a write that TCP takes, at once', async () => {
    await overTcp();
    stream.write('hello');
    expect(stream.writableLength).to.equal(0);
  });

  it('reads no further while nothing is read here', async () => {
    const peer = await overTcp();
    stream.on('data', () => undefined).pause();
    const frame = frameOf({ payload: Buffer.alloc(MIB) });
    for (let i = 0; i < 32; i++) peer.write(frame);
    await until('it is full', () => stream.readableLength >= stream.readableHighWaterMark);
    const [, socket] = sockets;
    await until('the socket is paused', () => socket!.isPaused());
    expect(stream.readableLength).to.be.below(2 * MIB);
    stream.resume();
    await until('all has been taken', () => socket!.bytesRead === 32 * frame.length);
  });

  it('reads less at once of a peer that sends very many frames, all of which arrive', async () => {
    const frame = frameOf({ payload: 'PING\r\n' });
    const many = 40_000;
    const peer = await overTcp();
    const sizes: number[] = [];
    let bytes = 0;
    stream.on('data', () => undefined).pause();
    stream.readInto(Buffer.alloc(256 * 1024), (length, read) => {
      sizes.push(read.length);
      bytes += length;
      return true;
    });
    peer.write(Buffer.concat(Array.from({ length: many }, () => frame)));
    stream.resume();
    await until('all has come', () => bytes === many * 6);
    expect(Math.max(...sizes.slice(1))).to.be.at.most(16 * 1024);
  });

  it('answers pings, and only the last one of those that a peer sends without reading', async () => {
    const peer = await overTcp();
    const [, socket] = sockets;
    stream.resume();
    while (socket!.writableLength === 0) stream.write(Buffer.alloc(MIB));
    peer.write(
      Buffer.concat(Array.from({ length: 1_000 }, (_, i) => frameOf({ op: 9, payload: `ping ${i}` }))),
    );
    const before = stream.writableLength;
    await until('the pings are read', () => socket!.bytesRead > 12_000);
    expect(socket!.writableLength).to.be.below(before + 1_000);
    peer.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
    });
    peer.resume();
    await until('the last pong comes', () => frames().at(-1)?.payload.toString() === 'ping 999');
    expect(frames().filter(({ op }) => op === 10)).to.have.length.below(5);
  });

  it('reads no further in the turn in which it has read very many frames', async () => {
    stream.resume();
    const heard = once(stream, 'data');
    far.write(Buffer.concat(Array.from({ length: 1_100 }, () => frameOf({ payload: 'x' }))));
    await heard;
    expect(near.isPaused()).to.equal(true);
    await until('it goes on', () => !near.isPaused());
  });

  it('sends what was written, then answers a close frame with its code', async () => {
    stream.resume();
    stream.write('last words');
    send({ op: 8, payload: Buffer.from([0x0f, 0xa0]) });
    await once(stream, 'end');
    stream.end('very last');
    await once(far, 'end');
    expect(
      frames().map(({ op, payload }) => [op, op === 8 ? payload.readUInt16BE() : String(payload)]),
    ).to.deep.equal([
      [2, 'last words'],
      [2, 'very last'],
      [8, 4_000],
    ]);
  });

  it('answers a close frame without a code with one without', async () => {
    stream.resume();
    send({ op: 8 });
    await once(stream, 'end');
    stream.end();
    await once(far, 'end');
    expect(frames()).to.deep.equal([{ op: 8, final: true, payload: Buffer.alloc(0) }]);
  });

  it('says why it closes', async () => {
    stream.resume();
    stream.reason = 'SERVER_SHUTDOWN';
    stream.end();
    await once(far, 'end');
    expect(frames()[0]?.payload).to.deep.equal(Buffer.from('\x03\xe9Server Shutdown', 'latin1'));
  });

  it('ends before a violation, sends what is written until it is ended, then says what that was, and fails', async () => {
    const heard: string[] = [];
    stream.on('data', (chunk: Buffer) => heard.push(String(chunk)));
    const ended = once(stream, 'end');
    send({ payload: 'good' }, { payload: 'bad', key: undefined }, { payload: 'more' });
    await ended;
    expect(heard).to.deep.equal(['good']);
    const failed = once(stream, 'error');
    stream.end('answer');
    expect(String((await failed)[0])).to.equal('Error: WebSocket: mask bit missing');
    expect(frames().map(({ payload }) => String(payload))).to.deep.equal([
      'answer',
      '\x03\u{fffd}mask bit missing',
    ]);
  });

  it('ends with the wire below', async () => {
    stream.resume();
    far.end();
    await once(stream, 'end');
    expect(stream.destroyed).to.equal(false);
    const failed = once(stream, 'error');
    far.destroy();
    stream.write('to nobody');
    expect(await failed).to.have.nested.property('0.code', 'EPIPE');
    await until('it is closed', () => stream.closed);
  });
});
