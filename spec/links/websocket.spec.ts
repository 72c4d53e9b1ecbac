import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { Harness } from '../support/harness.js';
import { hubInfo, RawLink } from '../support/leaf/raw-server.js';
import { AUTHORITY_FILE, tlsConfig } from '../support/tls.js';
import { until } from '../support/until.js';
import { frameOf, RawWebSocket } from '../support/websocket.js';

const { certFile, keyFile } = tlsConfig();
const PLAIN = { listener: '127.0.0.1:0', no_tls: true };
const SOON = { reconnect: '1ms', max_reconnect: '1ms', first_info_timeout: '10m' };
const LARGE = 'x'.repeat(200_000);

/** Settings of a server that dials `url`. */
function dialling(url: string, remote: object = {}): SettingsInput {
  return { server_name: 'edge', leaf: { remotes: [{ url, ...SOON, ...remote }] } };
}

describe('a leaf link over WebSocket', () => {
  const harnesses: Harness[] = [];
  const servers: Server[] = [];
  const wires: Duplex[] = [];
  afterEach(async () => {
    for (const wire of wires.splice(0)) wire.destroy();
    for (const harness of harnesses.splice(0)) await harness.stop();
    for (const server of servers.splice(0)) server.close();
  });

  async function start(settings: SettingsInput): Promise<Harness> {
    const harness = await Harness.start(settings);
    harnesses.push(harness);
    return harness;
  }

  /** A HTTP server of the spec. */
  async function serve(upgrade?: (request: IncomingMessage, stream: Duplex) => void): Promise<number> {
    const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    servers.push(server);
    server.on('connection', (socket) => wires.push(socket));
    if (upgrade !== undefined) server.on('upgrade', upgrade);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** A hub that accepts WebSockets as the library `ws` does, and the links to it. */
  async function hub(): Promise<{ port: number; links: RawLink[]; paths: (string | undefined)[] }> {
    const links: RawLink[] = [];
    const paths: (string | undefined)[] = [];
    const webSockets = new WebSocketServer({ noServer: true });
    const port = await serve((request, stream) => {
      paths.push(request.url);
      webSockets.handleUpgrade(request, stream, Buffer.alloc(0), (socket) => {
        const link = new RawLink(createWebSocketStream(socket));
        links.push(link);
        link.send(hubInfo({ ws_connect_urls: ['127.0.0.1:1'] }));
      });
    });
    return { port, links, paths };
  }

  /** Lets the leaf in whose link is the first of `links`. */
  async function letIn(links: readonly RawLink[]): Promise<RawLink> {
    await until('a leaf connects', () => links.length > 0);
    const link = links[0]!;
    await link.json('CONNECT');
    link.send(`PONG\r\n${hubInfo({ connect_info: true, ws_connect_urls: ['127.0.0.1:1'] })}`);
    await link.saw('LS+ $LDS.');
    await link.settled();
    return link;
  }

  it('is dialled on the path of leafs, and passes messages of any size in both directions', async () => {
    const { port, links, paths } = await hub();
    const leaf = await start(dialling(`ws://127.0.0.1:${port}/behind/proxy/`));
    const client = await leaf.connect('nats');
    client.send('SUB in 1\r\n');
    await client.settle();
    const link = await letIn(links);
    expect(paths).to.deep.equal(['/behind/proxy/leafnode']);
    link.send(`LS+ out\r\nLMSG in ${LARGE.length}\r\n${LARGE}\r\n`);
    await client.expect(`MSG in 1 ${LARGE.length}\r\n${LARGE}`);
    client.send(`PUB out 2\r\nhi\r\nPUB out ${LARGE.length}\r\n${LARGE}\r\n`);
    await client.settle();
    expect(await link.settled()).to.equal(`LMSG out 2\r\nhi\r\nLMSG out ${LARGE.length}\r\n${LARGE}\r\n`);
    const [remote] = leaf.broker.leafs.remotes;
    expect(remote!.urls).to.deep.equal([`ws://127.0.0.1:${port}/behind/proxy`]);
  });

  it('is dialled anew, also at the addresses of WebSockets that the hub has named', async () => {
    const { port, links } = await hub();
    const leaf = await start(dialling(`ws://127.0.0.1:${port}`));
    const link = await letIn(links);
    const [remote] = leaf.broker.leafs.remotes;
    await until('the link is up', () => remote!.isUp);
    link.wire.destroy();
    await until('nothing is at the other address', () => /ECONNREFUSED/.test(remote!.lastError ?? ''));
    await until('it is dialled again', () => links.length > 1);
  });

  it('says what the server answered that has no WebSocket', async () => {
    const leaf = await start(dialling(`ws://127.0.0.1:${await serve()}`));
    const [remote] = leaf.broker.leafs.remotes;
    await until('it has failed', () => remote!.lastError !== undefined);
    expect(remote!.lastError).to.equal('no WebSocket there: HTTP status 404 Not Found');
  });

  for (const [what, accept, why] of [
    ['that has not read the key', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'Sec-WebSocket-Accept'],
    ['that is none of a WebSocket', undefined, 'Upgrade'],
  ] as const)
    it(`refuses an answer ${what}`, async () => {
      const port = await serve((_, stream) => {
        const upgrade = accept === undefined ? 'h2c' : `websocket\r\nSec-WebSocket-Accept: ${accept}`;
        stream.write(`HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`);
      });
      const leaf = await start(dialling(`ws://127.0.0.1:${port}`));
      const [remote] = leaf.broker.leafs.remotes;
      await until('it has failed', () => remote!.lastError !== undefined);
      expect(remote!.lastError).to.equal(`the WebSocket upgrade has a wrong answer: ${why}`);
    });

  it('gives up on a server that does not answer', async () => {
    const port = await serve((_, stream) => void stream.on('error', () => undefined));
    const leaf = await start(dialling(`ws://127.0.0.1:${port}`, { first_info_timeout: '20ms' }));
    const [remote] = leaf.broker.leafs.remotes;
    await until('it has failed', () => remote!.lastError !== undefined);
    expect(remote!.lastError).to.equal('no answer to the WebSocket upgrade within 20 ms');
  });

  it('is accepted on the path of leafs, which INFO says', async () => {
    const sluice = await start({ leaf: { listener: '127.0.0.1:0' }, websocket: PLAIN });
    const { port } = sluice.broker.websocketAddress!;
    const link = new RawLink(createWebSocketStream(new WebSocket(`ws://127.0.0.1:${port}/any/leafnode`)));
    wires.push(link.wire);
    expect((await link.json('INFO'))['ws_connect_urls']).to.deep.equal([`127.0.0.1:${port}`]);
    link.send('CONNECT {"version":"2.15.3","name":"spoke","cluster":"spoke","headers":true}\r\n');
    expect(await link.json('INFO')).to.include({ connect_info: true });
    await link.saw('LS+ $LDS.');
    link.send('LS+ out\r\n');
    await link.settled();
    const client = await sluice.connect('nats');
    client.send(`PUB out ${LARGE.length}\r\n${LARGE}\r\n`);
    await client.settle();
    expect(await link.settled()).to.equal(`LMSG out ${LARGE.length}\r\n${LARGE}\r\n`);
  });

  for (const [type, overTcp, overWebSocket] of [
    ['LEAFNODE', 'connect_info', 'Authorization Violation'],
    ['LEAFNODE_WS', 'Authorization Violation', 'connect_info'],
  ] as const)
    it(`a user of type ${type} gets ${overWebSocket} over it, and ${overTcp} over TCP`, async () => {
      const users = [{ user: 'edge', password: 'pw', allowed_connection_types: [type] }];
      const leaf = { listener: '127.0.0.1:0' };
      const sluice = await start({ authorization: { users }, leaf, websocket: PLAIN });
      const { port } = sluice.broker.websocketAddress!;
      const socket = connect(sluice.broker.addresses('leaf')[0]!.port, '127.0.0.1');
      const stream = createWebSocketStream(new WebSocket(`ws://127.0.0.1:${port}/leafnode`));
      for (const [wire, answer] of [
        [socket, overTcp],
        [stream, overWebSocket],
      ] as const) {
        const link = new RawLink(wire);
        wires.push(wire);
        await link.json('INFO');
        link.send('CONNECT {"version":"2.15.3","user":"edge","pass":"pw"}\r\n');
        await link.saw(answer);
      }
    });

  it('is not accepted where leafs have no listener', async () => {
    const sluice = await start({ websocket: PLAIN });
    const { port } = sluice.broker.websocketAddress!;
    const raw = await RawWebSocket.to(port, { path: '/leafnode' });
    wires.push(raw.wire);
    expect(raw.status).to.equal(404);
  });

  it('goes unmasked where both servers agree', async () => {
    const sluice = await start({ leaf: { listener: '127.0.0.1:0' }, websocket: PLAIN });
    const { port } = sluice.broker.websocketAddress!;
    const headers = { 'Nats-No-Masking': 'true' };
    const raw = await RawWebSocket.to(port, { path: '/leafnode', headers });
    wires.push(raw.wire);
    expect(raw.answer).to.include('Nats-No-Masking: true');
    raw.send(frameOf({ payload: 'CONNECT {"name":"spoke"}\r\nPING\r\n', key: undefined }));
    await raw.hears('PONG');
    const client = await RawWebSocket.to(port, { headers });
    wires.push(client.wire);
    expect(client.answer, 'clients have to').not.to.include('Nats-No-Masking');
  });

  for (const isAgreed of [true, false])
    it(`asks a hub that it dials not to mask, and ${isAgreed ? 'does not' : 'does all the same'}`, async () => {
      let sent = '';
      let asked: unknown;
      const port = await serve((request, stream) => {
        asked = request.headers['nats-no-masking'];
        stream.on('data', (chunk: Buffer) => {
          sent += chunk.toString('latin1');
        });
        const accept = createHash('sha1')
          .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest('base64');
        const agreed = isAgreed ? 'Nats-No-Masking: true\r\n' : '';
        stream.write(
          `HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${agreed}Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        stream.write(frameOf({ payload: hubInfo(), key: undefined }));
      });
      await start(dialling(`ws://127.0.0.1:${port}`, { no_masking: true }));
      await until('it has sent its CONNECT', () => sent.length > 100);
      expect(asked).to.equal('true');
      expect(sent.includes('CONNECT {'), 'as it is').to.equal(isAgreed);
      expect(sent.charCodeAt(1) >= 128, 'masked').to.equal(!isAgreed);
    });

  for (const scheme of ['ws', 'wss'] as const)
    it(`joins two servers over ${scheme}`, async () => {
      const isTls = scheme === 'wss';
      const websocket = isTls
        ? { listener: '127.0.0.1:0', tls_cert_file: certFile, tls_key_file: keyFile }
        : PLAIN;
      const upper = await start({ server_name: 'hub', leaf: { listener: '127.0.0.1:0' }, websocket });
      const { port } = upper.broker.websocketAddress!;
      const tls = isTls ? { tls_ca_file: AUTHORITY_FILE, tls_server_name: 'localhost' } : {};
      const lower = await start(dialling(`${scheme}://127.0.0.1:${port}`, tls));
      const remote = lower.broker.leafs.remotes[0]!;
      await until('the link is up', () => remote.isUp);
      const above = await upper.connect('nats');
      const below = await lower.connect('nats');
      below.send('SUB up.* 1\r\n');
      await below.settle();
      const [link] = [...upper.broker.all.links];
      await until('the hub knows of it', () => link!.client.subscriptions.size > 1);
      above.send(`PUB up.a ${LARGE.length}\r\n${LARGE}\r\n`);
      await below.expect(`MSG up.a 1 ${LARGE.length}\r\n${LARGE}`);
    });

  it('refuses URLs of both kinds for one hub', () => {
    const url = ['ws://127.0.0.1:1', 'nats-leaf://127.0.0.1:2'];
    expect(() => configFrom(dialling('', { url }))).to.throw(/all of them with ws:\/\/ or wss:\/\/, or none/);
    expect(() => configFrom(dialling('nats-leaf://127.0.0.1:2/path'))).to.throw(/not a URL of a hub/);
  });
});
