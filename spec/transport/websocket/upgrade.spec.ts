import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { Beginnings } from '../../../lib/domain/beginnings.js';
import { Loadable } from '../../../lib/domain/loadable.js';
import { StreamWire } from '../../../lib/transport/stream-wire.js';
import { pathOf } from '../../../lib/transport/websocket/request-path.js';
import {
  answerUpgrade,
  cookieCredentials,
  forwardedFor,
  offersCompression,
  takeInTurn,
  type UpgradeOptions,
  type UpgradePolicy,
  upgradeAnswer,
  upgradeFault,
} from '../../../lib/transport/websocket/upgrade.js';

const NO_COOKIES = { jwt: undefined, user: undefined, password: undefined, token: undefined };
const POLICY: UpgradePolicy = {
  servesLeafs: false,
  sameOrigin: true,
  allowedOrigins: [],
  compression: false,
  headers: {},
  cookies: NO_COOKIES,
  trustedProxies: 0,
};
const HEADERS = {
  host: 'broker.test',
  upgrade: 'websocket',
  connection: 'keep-alive, Upgrade',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
};

function request(
  headers: Readonly<Record<string, string | undefined>> = {},
  more: { readonly method?: string; readonly url?: string } = {},
  socket: object = {},
): IncomingMessage {
  return {
    method: 'GET',
    url: '/',
    socket,
    headers: { ...HEADERS, ...headers },
    ...more,
  } as unknown as IncomingMessage;
}

describe('transport/websocket/upgrade', () => {
  it('takes a request as the protocol has it', () => {
    expect(upgradeFault(request(), POLICY)).to.equal(undefined);
    expect(upgradeFault(request({ upgrade: 'h2c, WebSocket' }), POLICY)).to.equal(undefined);
  });

  for (const [what, headers, status, why] of [
    ['no Host', { host: undefined }, 400, "'Host' missing in request"],
    ['another upgrade', { upgrade: 'h2c' }, 400, "invalid value for header 'Upgrade'"],
    ['no Connection', { connection: 'close' }, 400, "invalid value for header 'Connection'"],
    ['no key', { 'sec-websocket-key': undefined }, 400, 'invalid websocket key'],
    ['a key of 15 bytes', { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25j' }, 400, 'invalid websocket key'],
    ['an old version', { 'sec-websocket-version': '8' }, 400, 'invalid version'],
    ['a page of another origin', { origin: 'https://evil.test' }, 403, 'origin not allowed: not same origin'],
  ] as const)
    it(`refuses a request with ${what}`, () =>
      expect(upgradeFault(request(headers), POLICY)).to.deep.equal({ status, why }));

  it('refuses other methods, and paths of nats-server for what is no client', () => {
    expect(upgradeFault(request({}, { method: 'POST' }), POLICY)).to.deep.include({ status: 405 });
    for (const url of ['/leafnode', '/a/mqtt?x=1'])
      expect(upgradeFault(request({}, { url }), POLICY)).to.deep.include({ status: 404 });
  });

  it('knows by the connection, or by trusted proxies, whether a request came over TLS', () => {
    const secure = { origin: 'https://broker.test' };
    expect(upgradeFault(request(secure), POLICY)).to.deep.include({ status: 403 });
    expect(upgradeFault(request(secure, {}, { encrypted: true }), POLICY)).to.equal(undefined);
    const forwarded = { ...secure, 'x-forwarded-proto': 'https' };
    expect(upgradeFault(request(forwarded), POLICY)).to.deep.include({ status: 403 });
    expect(upgradeFault(request(forwarded), { ...POLICY, trustedProxies: 1 })).to.equal(undefined);
  });

  it('answers with the key of RFC 6455, and the headers that are configured', () => {
    const answer = upgradeAnswer('dGhlIHNhbXBsZSBub25jZQ==', { 'X-A': 'b' });
    expect(answer).to.match(/^HTTP\/1\.1 101 /);
    expect(answer).to.include('\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-A: b\r\n\r\n');
  });

  it('takes the address that the farthest trusted proxy has seen, and none that a client has made up', () => {
    const of = (list: string, proxies: number) => forwardedFor(request({ 'x-forwarded-for': list }), proxies);
    expect(of('1.1.1.1', 0)).to.equal(undefined);
    expect(of('9.9.9.9, 1.1.1.1', 1)).to.equal('1.1.1.1');
    expect(of('9.9.9.9, 1.1.1.1, 10.0.0.1', 2)).to.equal('1.1.1.1');
    expect(of('1.1.1.1', 2)).to.equal('1.1.1.1');
    expect(of('[2001:db8::1]:80', 1)).to.equal('2001:db8::1');
    expect(of('unknown', 1)).to.equal(undefined);
  });

  it('reads credentials from the cookies that are named, and no others', () => {
    const cookie = 'a=1; jwt="e y"; u=joe; p=a=b; x';
    expect(cookieCredentials(request({ cookie }), NO_COOKIES)).to.equal(undefined);
    expect(
      cookieCredentials(request({ cookie }), { jwt: 'jwt', user: 'u', password: 'p', token: 't' }),
    ).to.deep.equal({
      jwt: 'e y',
      user: 'joe',
      password: 'a=b',
      token: undefined,
    });
  });

  it('knows a path, and who offers compression', () => {
    expect(pathOf({ url: '/a/b?c=/d#e' })).to.equal('/a/b');
    const offers = (list: string) => offersCompression(request({ 'sec-websocket-extensions': list }));
    expect(offers('foo, permessage-deflate; client_max_window_bits')).to.equal(true);
    expect(offers('x-permessage-deflate')).to.equal(false);
  });

  describe('takes its turn', () => {
    const COMPRESSED = { ...POLICY, compression: true };
    const OFFER = { 'sec-websocket-extensions': 'permessage-deflate' };
    /** Steps that were asked for. */
    let steps: (() => void)[];
    let loads: number;
    let options: UpgradeOptions;

    beforeEach(() => {
      steps = [];
      loads = 0;
      const beginnings = new Beginnings();
      beginnings.add = (step) => steps.push(step);
      options = {
        beginnings,
        policy: () => COMPRESSED,
        compressed: new Loadable(() => {
          loads++;
          return import('../../../lib/transport/websocket/upgrade-compressed.js');
        }),
        maxMessageBytes: () => 1_000,
        onRefused: () => undefined,
      };
    });

    it('at once where no compression is offered', () => {
      takeInTurn(request(), options, () => undefined);
      expect([steps.length, loads]).to.deep.equal([1, 0]);
    });

    it('once what compresses is loaded, which is done once, and then does all of its work in it', async () => {
      const wires: unknown[] = [];
      for (let n = 0; n < 3; n++) {
        const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
        const offer = request(OFFER);
        takeInTurn(offer, options, () =>
          answerUpgrade(offer, new StreamWire(stream), Buffer.alloc(0), options, (wire) => wires.push(wire)),
        );
      }
      expect(steps).to.have.length(0);
      await options.compressed.load();
      expect([steps.length, loads]).to.deep.equal([3, 1]);
      for (const [at, step] of steps.entries()) {
        step();
        expect(wires).to.have.length(at + 1);
      }
      takeInTurn(request(OFFER), options, () => undefined);
      expect(steps).to.have.length(4);
    });
  });
});
