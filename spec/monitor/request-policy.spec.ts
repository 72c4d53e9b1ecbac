import { expect } from 'chai';
import { type MonitorAccess, RequestPolicy } from '../../lib/monitor/request-policy.js';

const HOSTS: readonly (readonly [host: string, isAllowed: boolean])[] = [
  ['localhost', true],
  ['localhost:8222', true],
  ['LOCALHOST.:8222', true],
  ['127.0.0.1', true],
  ['127.0.0.1:8222', true],
  ['10.1.2.3:1', true],
  ['[::1]:8222', true],
  ['[::1]', true],
  ['[fe80::1%25eth0]:8222', true],
  ['[::ffff:127.0.0.1]:8222', true],
  ['monitor.internal:8222', true],
  ['Monitor.Internal', true],
  ['nats', true],
  ['a.svc.cluster.local:8222', true],
  ['svc.cluster.local', false],
  ['evilsvc.cluster.local', false],
  ['evil.example', false],
  ['evil.example:8222', false],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['127.0.0.1.', true],
  ['127.1', false],
  ['0x7f000001', false],
  ['2130706433', false],
  ['evil@localhost', false],
  ['localhost:8222:1', false],
  ['localhost evil', false],
  ['[localhost]', false],
  ['[::1', false],
  ['', false],
  ['.', false],
];

const ORIGINS: readonly (readonly [headers: Readonly<Record<string, string>>, isAllowed: boolean])[] = [
  [{}, true],
  [{ origin: 'http://127.0.0.1:8222' }, true],
  [{ origin: 'https://127.0.0.1:8222' }, false],
  [{ origin: 'http://127.0.0.1:3000' }, false],
  [{ origin: 'http://localhost:8222' }, false],
  [{ origin: 'null' }, false],
  [{ origin: '' }, false],
  [{ origin: 'https://evil.example' }, false],
  [{ origin: 'https://dash.example' }, true],
  [{ origin: 'https://dash.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }, true],
  [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, true],
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ 'sec-fetch-site': 'cross-site' }, false],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }, false],
  [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, false],
  [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, true],
];

describe('who may ask the monitor', () => {
  const access: MonitorAccess = {
    allowedHosts: ['NATS', '.svc.cluster.local'],
    allowedOrigins: ['https://dash.example'],
  };
  const policy = new RequestPolicy('monitor.internal', () => access);

  for (const [host, isAllowed] of HOSTS) {
    it(`${isAllowed ? 'takes' : 'refuses'} Host: ${host}`, () => {
      const refusal = policy.refusal({ host });
      if (isAllowed) expect(refusal).to.equal(undefined);
      else
        expect(refusal).to.equal(`Host ${JSON.stringify(host)} is not allowed: see monitor.allowed_hosts\n`);
    });
  }

  for (const [headers, isAllowed] of ORIGINS) {
    it(`${isAllowed ? 'takes' : 'refuses'} ${JSON.stringify(headers)}`, () => {
      const refusal = policy.refusal({ host: '127.0.0.1:8222', ...headers });
      if (isAllowed) expect(refusal).to.equal(undefined);
      else expect(refusal).to.match(/ not allowed: see monitor\.allowed_origins\n$/);
    });
  }

  it('takes HTTP/1.0 without a Host, as no browser speaks it', () => {
    expect(policy.refusal({})).to.equal(undefined);
  });

  it('lets the origins that are named read answers, and no others', () => {
    expect(policy.readableBy({ origin: 'https://dash.example' })).to.equal('https://dash.example');
    expect(policy.readableBy({ origin: 'http://127.0.0.1:8222' })).to.equal(undefined);
    expect(policy.readableBy({})).to.equal(undefined);
    expect(policy.anyOrigin).to.equal(false);
  });

  it('may be told to take any name and any origin', () => {
    const open = new RequestPolicy('0.0.0.0', () => ({ allowedHosts: ['*'], allowedOrigins: ['*'] }));
    const headers = { host: 'evil.example', origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect(open.refusal(headers)).to.equal(undefined);
    expect(open.refusal({ 'sec-fetch-site': 'cross-site' })).to.equal(undefined);
    expect(open.readableBy(headers)).to.equal('*');
    expect(open.anyOrigin).to.equal(true);
  });

  it('allows no name by itself', () => {
    const plain = new RequestPolicy('0.0.0.0');
    expect(plain.refusal({ host: 'nats:8222' })).to.be.a('string');
    expect(plain.refusal({ host: '0.0.0.0:8222' })).to.equal(undefined);
  });
});
