import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import type { Address } from '../../lib/domain/address.js';
import { SocketTable } from '../../lib/transport/socket-table.js';
import { TcpTransport } from '../../lib/transport/tcp.js';
import type { Listener } from '../../lib/transport/transport.js';
import type { Wire } from '../../lib/transport/wire.js';
import { Harness } from '../support/harness.js';

const HAS_IPV6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ family }) => family === 'IPv6'),
);

describe('transport/tcp', () => {
  let listener: Listener;
  const accepted: Wire[] = [];
  afterEach(async () => {
    for (const { stream } of accepted.splice(0)) stream.destroy();
    await listener?.close();
  });

  async function listen(endpoint: Address): Promise<Address> {
    listener = await new TcpTransport('nats', endpoint, new SocketTable()).listen({
      accepted: (wire) => accepted.push(wire),
      failed: (error) => expect.fail(error.message),
    });
    const { address } = listener;
    if (address === undefined) throw new Error('no address');
    return address;
  }

  async function reaches(host: string, port: number): Promise<boolean> {
    const socket = connect({ host, port });
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }

  it('listens on both families where that is asked for, and shows it as nats-server does', async () => {
    const { host, port } = await listen({ host: '*', port: 0 });
    expect(host).to.equal('0.0.0.0');
    expect(await reaches('127.0.0.1', port)).to.equal(true);
    expect(await reaches('::1', port)).to.equal(HAS_IPV6);
  });

  it('binds an address as it is given', async () => {
    const { host, port } = await listen({ host: '0.0.0.0', port: 0 });
    expect(host).to.equal('0.0.0.0');
    expect(await reaches('127.0.0.1', port)).to.equal(true);
    expect(await reaches('::1', port)).to.equal(false);
  });

  it('shows a name as it is written', async () => {
    const { host, port } = await listen({ host: 'localhost', port: 0 });
    expect(host).to.equal('localhost');
    expect(await reaches('localhost', port)).to.equal(true);
  });

  it('calls clients over IPv4 by their address of IPv4', async () => {
    const harness = await Harness.start({ listener: '*:0' });
    const { natsAddress } = harness.broker;
    const socket = connect({ host: '127.0.0.1', port: natsAddress!.port });
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).to.include('"client_ip":"127.0.0.1"').and.to.include('"host":"0.0.0.0"');
    socket.destroy();
    await harness.stop();
  });
});
