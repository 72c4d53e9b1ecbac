import { once } from 'node:events';
import {
  createServer as createPlain,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { HttpSource } from '../../lib/auth/http-source.js';
import { credentialFiles } from '../support/certificates.js';
import { AUTHORITY, AUTHORITY_FILE } from '../support/tls.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe('auth/http-source', () => {
  const servers: { close(): unknown; closeAllConnections(): void }[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function listening(server: Server): Promise<number> {
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  const serve = (handler: Handler) => listening(createPlain(handler));

  const get = (source: HttpSource, name = 'A', signal = new AbortController().signal) =>
    source.get(name, signal);
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => 'no failure',
      (error: Error) => error.message,
    );

  it('gets what is behind its URL, with or without a slash at the end, over connections that stay', async () => {
    const seen: (string | undefined)[] = [];
    const ports = new Set<number | undefined>();
    const port = await serve(({ url, headers, socket }, response) => {
      seen.push(url, headers.authorization);
      ports.add(socket.remotePort);
      response.end('text');
    });
    for (const url of [`http://127.0.0.1:${port}/jwt/v1`, `http://u:p@127.0.0.1:${port}/jwt/v1/`]) {
      const source = new HttpSource(url, {});
      expect(await get(source)).to.equal('text');
      expect(await get(source, 'B')).to.equal('text');
    }
    const basic = `Basic ${Buffer.from('u:p').toString('base64')}`;
    expect(seen).to.deep.equal([
      '/jwt/v1/A',
      undefined,
      '/jwt/v1/B',
      undefined,
      '/jwt/v1/A',
      basic,
      '/jwt/v1/B',
      basic,
    ]);
    expect(ports.size).to.equal(2);
  });

  it('follows a few redirects', async () => {
    const port = await serve(({ url = '' }, response) => {
      const count = Number(url.slice(1)) || 0;
      if (count >= 5) response.end('there');
      else response.writeHead(302, { location: `/${count + 1}` }).end();
    });
    expect(await get(new HttpSource(`http://127.0.0.1:${port}`, {}))).to.equal('there');
  });

  const wrong: readonly [string, Handler, string][] = [
    ['an error', (_, response) => response.writeHead(404).end('no'), 'HTTP status 404'],
    [
      'redirects without end',
      (_, response) => response.writeHead(301, { location: '/' }).end(),
      'too many redirects',
    ],
    ['a redirect to nowhere', (_, response) => response.writeHead(302).end(), 'HTTP status 302'],
    [
      'a redirect to another protocol',
      (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'redirected to what is no HTTP',
    ],
    [
      'too much',
      (_, response) => response.end('x'.repeat(2 ** 20 + 1)),
      'an answer longer than 1048576 bytes',
    ],
    [
      'an end within the answer',
      (_, response) => response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy()),
      'aborted',
    ],
    ['no answer', ({ socket }) => socket.destroy(), 'ECONNRESET'],
  ];
  for (const [what, handler, why] of wrong)
    it(`fails of ${what}`, async () => {
      const port = await serve(handler);
      expect(await failure(get(new HttpSource(`http://u:secret@127.0.0.1:${port}`, {})))).to.equal(why);
    });

  it('gives up when it is told to, before the answer and within it', async () => {
    for (const handler of [
      () => {},
      (_: unknown, response: ServerResponse) => response.write('x'),
    ] as Handler[]) {
      const controller = new AbortController();
      const port = await serve((request, response) => {
        handler(request, response);
        setImmediate(() => controller.abort());
      });
      const source = new HttpSource(`http://127.0.0.1:${port}`, {});
      expect(await failure(get(source, 'A', controller.signal))).to.equal('no answer in time');
    }
  });

  it('verifies the server with its own authority, and presents its certificate', async () => {
    const { cert, key } = AUTHORITY.issueServer();
    const port = await listening(
      createSecure(
        { cert, key, ca: AUTHORITY.cert, requestCert: true, rejectUnauthorized: true },
        (_, response) => response.end('secret'),
      ),
    );
    const url = `https://localhost:${port}`;
    expect(await failure(get(new HttpSource(url, {})))).to.match(
      /^SELF_SIGNED_CERT_IN_CHAIN|^UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    );
    const files = credentialFiles(AUTHORITY.issue());
    expect(await get(new HttpSource(url, { caFile: AUTHORITY_FILE, ...files }))).to.equal('secret');
    expect(await failure(get(new HttpSource(url, { caFile: AUTHORITY_FILE })))).to.match(
      /^(?:ERR_SSL|ECONNRESET)/,
    );
  });

  it('says which file it cannot read', () =>
    expect(() => new HttpSource('https://x', { caFile: '/none.pem' })).to.throw(
      'resolver.ca_file = "/none.pem": cannot be read: no such file or directory',
    ));
});
