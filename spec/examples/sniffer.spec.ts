import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { Process, ROOT } from '../support/process.js';
import { until } from '../support/until.js';
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

/** The example, between whoever connects to `port` and a server. */
async function sniff(upstream: Server): Promise<{ sniffer: Process; port: number }> {
  const script = join(ROOT, 'examples', 'sniffer.js');
  const sniffer = new Process(process.execPath, [script, '0', String(await portOf(upstream))]);
  const [, port] = await sniffer.said(/listening on .*port: (\d+)/s);
  return { sniffer, port: Number(port) };
}

/** The commands it has printed, each as far as it is text: payloads go out as they are, line ends and all. */
function told({ stdout }: Process): string[] {
  const lines = stdout.split('\n').filter((line) => /^(?:PUB |\{"op":)/.test(line));
  return lines.map((line) => line.slice(0, 60).split('\0')[0]!);
}

describe('examples/sniffer.js', () => {
  it('tells what a client says, and passes every byte on both ways', async () => {
    const greeting = nats.info('{"server_id":"x"}');
    const upstream = createServer((socket) => socket.write(greeting));
    const { sniffer, port } = await sniff(upstream);
    await using _ = sniffer;
    const accepted = once(upstream, 'connection') as Promise<[Socket]>;
    const client = connect(port, '127.0.0.1');
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
    await until('the last command is told', () => sniffer.stdout.endsWith('{"op":"PING"}\n'));
    expect(told(sniffer)).to.deep.equal([
      '{"op":"CONNECT","options":{"verbose":false}}',
      '{"op":"SUB","subject":"orders.*","queue":"q","sid":"1"}',
      'PUB orders.new: noice',
      'PUB big: ',
      '{"op":"PING"}',
    ]);
    upstream.close();
    await once(upstream, 'close');
  });

  it('a broken client and a dead server take only their own connection with them', async () => {
    const upstream = createServer((socket) => socket.resume());
    const { sniffer, port } = await sniff(upstream);
    await using _ = sniffer;
    const broken = connect(port, '127.0.0.1');
    const [server] = (await once(upstream, 'connection')) as [Socket];
    broken.write('PING\r\nNONSENSE\r\nPING\r\n');
    server.resume();
    await until('the fault is told', () => sniffer.stdout.includes('FAULT'));
    expect(told(sniffer)).to.deep.equal(['{"op":"PING"}', '{"op":"FAULT","code":"UNKNOWN_OPERATION"}']);
    server.destroy();
    await once(broken.resume(), 'close');

    const second = connect(port, '127.0.0.1');
    const [next] = (await once(upstream, 'connection')) as [Socket];
    second.write('PONG\r\n');
    await once(next, 'data');
    second.destroy();
    await once(next, 'close');
    await until('the next client is told of', () => told(sniffer).at(-1) === '{"op":"PONG"}');
    upstream.close();
    await once(upstream, 'close');
  });
});
