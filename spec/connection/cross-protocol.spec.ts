/** Clients of other protocols at either listener: nothing they send is ever carried out. */
import { type Client, Harness, msg, pub } from '../support/harness.js';

const PUBLISHES = { nats: pub('admin.shutdown', 'now'), line: 'PUB admin.shutdown now\n' } as const;

const HEADERS =
  'Host: localhost\r\nOrigin: https://page.example\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n';

/** name → what such a client sends before the bytes that a page, or a user, chose. */
const BEFORE: Readonly<Record<string, string>> = {
  "a web page's POST": `POST / HTTP/1.1\r\n${HEADERS}x\r\n`,
  "a web page's PUT": `PUT /a HTTP/1.1\r\n${HEADERS}x\r\n`,
  'a request of another method': `PROPFIND / HTTP/1.1\r\n${HEADERS}x\r\n`,
  'the headers of a request': `${HEADERS}x\r\n`,
  RESP: '*1\r\n$4\r\nPING\r\n',
  SMTP: 'EHLO localhost\r\n',
  SSH: 'SSH-2.0-OpenSSH_9.6\r\n',
  'PROXY, version 1': 'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n',
  'PROXY, version 2': '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0',
  'a TLS handshake': '\x16\x03\x01\x02\0\x01\0\x01\r\n',
};

describe('a client of another protocol:', () => {
  let harness: Harness;
  let witness: Client;
  beforeEach(async () => {
    harness = await Harness.start();
    witness = await harness.connect('nats');
    await witness.send('SUB > 1\r\n').settle();
  });
  afterEach(() => harness.stop());

  for (const dialect of ['nats', 'line'] as const) {
    for (const [name, before] of Object.entries(BEFORE)) {
      const wire = Buffer.from(`${before}${PUBLISHES[dialect].repeat(3)}`, 'latin1');
      for (const [cut, parts] of [
        ['in one read', [wire]],
        ['byte by byte', [...wire].map((byte) => Buffer.of(byte))],
      ] as const) {
        it(`${name} at the ${dialect} listener, ${cut}, is closed and publishes nothing`, async () => {
          const peer = await harness.connect(dialect, { options: false });
          if (dialect === 'nats') await peer.settle();
          peer.send(...parts);
          const heard = await peer.rest();
          if (heard.filter((line) => /^(-ERR|ERR) /.test(line)).length !== 1)
            throw new Error(`not one error but ${JSON.stringify(heard)}`);
          await witness.expectSilence();
        });
      }
    }
  }

  it('one that publishes text that looks like HTTP is none', async () => {
    const peer = await harness.connect('line');
    peer.send('PUB page POST / HTTP/1.1\nPUB empty \n');
    await peer.expect('OK PUB page', 'OK PUB empty');
    await witness.expect(msg('page', 1, 'POST / HTTP/1.1'), msg('empty', 1, ''));
  });
});
