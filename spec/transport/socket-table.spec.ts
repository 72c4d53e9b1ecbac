import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { addressHex, SocketTable } from '../../lib/transport/socket-table.js';
import { until } from '../support/until.js';

const V4 = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1053 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:1053 0100007F:C001 01 0002F3C1:00000000 01:00000014 00000000     0        0 2
12345: 0100007F:1053 0100007F:C002 01 00000000:00000000 00:00000000 00000000     0        0 3
`;
const V6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000001000000:1053 00000000000000000000000001000000:C001 01 00000010:00000000 00
   1: 0000000000000000FFFF00000100007F:1053 0000000000000000FFFF00000100007F:C003 01 00000020:00000000 00
`;

function socket(localAddress: string | undefined, remotePort: number): Socket {
  return { localAddress, localPort: 0x1053, remoteAddress: localAddress, remotePort } as Socket;
}

describe('the table of sockets', () => {
  before(function () {
    if (endianness() !== 'LE') this.skip();
  });
  let folder: string;
  let table: SocketTable;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-'));
    const paths = [join(folder, 'tcp'), join(folder, 'tcp6')] as const;
    await writeFile(paths[0], V4);
    await writeFile(paths[1], V6);
    table = new SocketTable([
      { path: paths[0], addressBytes: 4 },
      { path: paths[1], addressBytes: 16 },
    ]);
  });
  afterEach(() => rm(folder, { recursive: true }));

  for (const [address, port, bytes] of [
    ['127.0.0.1', 0xc001, 0x2f3c1],
    ['127.0.0.1', 0xc002, 0],
    ['::1', 0xc001, 16],
    ['::ffff:127.0.0.1', 0xc003, 32],
  ] as const)
    it(`knows that ${bytes} bytes to ${address} ${port} are not acknowledged`, async () => {
      const told: number[] = [];
      table.ask(socket(address, port), (unacknowledged) => told.push(unacknowledged));
      await until('it is told', () => told.length > 0);
      expect(told).to.deep.equal([bytes]);
    });

  it('says nothing of sockets that are not in it, and answers who asks later', async () => {
    const told: number[] = [];
    table.ask(socket('127.0.0.1', 1), () => told.push(1));
    table.ask(socket(undefined, 2), () => told.push(2));
    await until('the next one is told', () => {
      table.ask(socket('127.0.0.1', 0xc002), () => told.push(0));
      return told.length > 0;
    });
    expect(told).to.deep.equal([0]);
  });

  it('says nothing to a socket that has closed meanwhile', async () => {
    const told: number[] = [];
    const ask = (n: number, remote = 0xc002) => {
      const asked = socket('127.0.0.1', remote);
      table.ask(asked, () => told.push(n));
      return asked;
    };
    ask(1);
    table.forget(ask(2, 0xc001)); // a reading is under way: it would be in the next one
    await until('the next one is told', () => {
      if (told.length > 0) ask(3);
      return told.includes(3);
    });
    expect(new Set(told)).to.deep.equal(new Set([1, 3]));
  });

  it('says nothing to a socket that closes while the table is read', async () => {
    const told: number[] = [];
    const closing = socket('127.0.0.1', 0xc001);
    table.ask(closing, () => told.push(1));
    table.forget(closing);
    await table.reading;
    expect(told).to.deep.equal([]);
  });

  it('is silent where there is no table', async () => {
    const nowhere = { path: join(folder, 'nowhere'), addressBytes: 4 } as const;
    const none = new SocketTable([nowhere, { ...nowhere, addressBytes: 16 }]);
    none.ask(socket('127.0.0.1', 0xc001), () => expect.fail());
    await none.reading;
  });

  for (const [address, hex] of [
    ['10.1.2.3', '0302010A'],
    ['::', '0'.repeat(32)],
    ['2001:db8::1', 'B80D0120000000000000000001000000'],
    ['fe80::1%eth0', '000080FE000000000000000001000000'],
  ] as const)
    it(`writes ${address} as ${hex}`, () => expect(addressHex(address)).to.equal(hex));
});
