import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { sniffer } from '../../docs/examples/sniffer.js';
import { bytes, filler, nats } from '../support/wire.js';

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Reads until `size` bytes have come. */
async function read(socket: Socket, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let total = 0; total < size; ) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    chunks.push(chunk);
    total += chunk.length;
  }
  return Buffer.concat(chunks);
}

describe('docs/examples/sniffer.ts', () => {
  it('tells what client and server say, and passes every byte on both ways', async () => {
    const greeting = nats.info('{"server_id":"x"}');
    const upstream = createServer((socket) => socket.write(greeting));
    const told: string[] = [];
    const between = sniffer(await portOf(upstream), (line) => told.push(line));
    const accepted = once(upstream, 'connection') as Promise<[Socket]>;
    const client = connect(await portOf(between), '127.0.0.1');
    const [server] = await accepted;

    expect((await read(client, greeting.length)).equals(greeting)).to.equal(true);
    const said = bytes(
      nats.connect('{"verbose":false}'),
      nats.sub('orders.*', '1', 'q'),
      nats.pub('orders.new', 'noice'),
      nats.pub('big', filler(200_000)),
      nats.ping,
    );
    client.write(said);
    expect((await read(server, said.length)).equals(said)).to.equal(true);
    const answer = bytes(nats.msg('orders.new', '1', 'noice'), nats.pong);
    server.write(answer);
    expect((await read(client, answer.length)).equals(answer)).to.equal(true);

    client.end();
    await once(server.resume(), 'close');
    const lines = told.map((line) => line.slice(0, 60).split('\0')[0]!);
    expect(lines.filter((line) => line.startsWith('>'))).to.deep.equal([
      '> {"op":"CONNECT","options":{"verbose":false}}',
      '> {"op":"SUB","subject":"orders.*","queue":"q","sid":"1"}',
      '> PUB orders.new: noice',
      '> PUB big: ',
      '> {"op":"PING"}',
    ]);
    expect(lines.filter((line) => line.startsWith('<'))).to.deep.equal([
      '< {"op":"INFO","info":{"server_id":"x"}}',
      '< MSG orders.new: noice',
      '< {"op":"PONG"}',
    ]);
    between.close();
    upstream.close();
    await Promise.all([once(between, 'close'), once(upstream, 'close')]);
  });

  it('a broken client and a dead server take only their own connection with them', async () => {
    const upstream = createServer((socket) => socket.resume());
    const told: string[] = [];
    const between = sniffer(await portOf(upstream), (line) => told.push(line));
    const port = await portOf(between);
    const broken = connect(port, '127.0.0.1');
    const [server] = (await once(upstream, 'connection')) as [Socket];
    broken.write('PING\r\nNONSENSE\r\nPING\r\n');
    while (told.length < 2) await once(server, 'data');
    expect(told).to.deep.equal(['> {"op":"PING"}', '> {"op":"FAULT","code":"UNKNOWN_OPERATION"}']);
    server.destroy();
    await once(broken.resume(), 'close');

    const second = connect(port, '127.0.0.1');
    const [next] = (await once(upstream, 'connection')) as [Socket];
    second.write('PONG\r\n');
    await once(next, 'data');
    second.destroy();
    await once(next, 'close');
    expect(told.at(-1)).to.equal('> {"op":"PONG"}');
    between.close();
    upstream.close();
    await Promise.all([once(between, 'close'), once(upstream, 'close')]);
  });
});
