import { expect } from 'chai';
import { hiddenLine, jsonLine, plainLines } from '../../../lib/cli/view/message.js';
import { bytes, headerBlock } from '../../support/wire.js';

const AT = new Date(2026, 10, 22, 7, 8, 9, 45);
const ALL = Number.POSITIVE_INFINITY;
const PLAIN = { hasColours: false, mostBytes: ALL };

const message = (subject: string, payload: string | Uint8Array, more: object = {}) => ({
  op: 'MSG' as const,
  sid: '1',
  subject,
  payload: bytes(payload),
  ...more,
});

describe('cli/view/message', () => {
  it('shows a message on a line', () => {
    expect(plainLines(message('orders.new', 'two coffees'), AT, PLAIN)).to.equal(
      '07:08:09.045 orders.new  two coffees\n',
    );
    expect(plainLines(message('a', '', { reply: '_INBOX.x' }), AT, PLAIN)).to.equal(
      '07:08:09.045 a reply _INBOX.x  empty\n',
    );
  });

  it('shows headers on lines of their own', () => {
    const headers = headerBlock(['A', 'b'], ['A', 'c:d']);
    expect(plainLines(message('a', 'x', { headers }), AT, PLAIN)).to.equal(
      '07:08:09.045 a  x\n  A: b\n  A: c:d\n',
    );
    const status = bytes('NATS/1.0 503\r\n\r\n');
    expect(plainLines(message('a', '', { headers: status }), AT, PLAIN)).to.match(/empty\n {2}503\n$/);
  });

  it('shows the beginning of what is long, and how long', () => {
    const look = { hasColours: false, mostBytes: 4 };
    expect(plainLines(message('a', 'x'.repeat(1_234)), AT, look)).to.match(/ {2}xxxx … 1,234 bytes\n$/);
    expect(plainLines(message('a', Buffer.of(0, 255, 16, 1, 2)), AT, look)).to.match(
      / {2}hex 00ff1001 … 5 bytes\n$/,
    );
  });

  it('has its own colours, and no other', () => {
    const evil = '\x1b[41mred\x1b[0m\r\n\x07';
    const headers = headerBlock([`X${evil[0]}`, '\x1b]0;title\x07']);
    const all = message(`a.${evil.replace(/\s/g, '')}`, evil, { reply: '\x1b[5m\u202e', headers });
    const plain = plainLines(all, AT, PLAIN);
    expect(plain.replaceAll('\n', '')).to.not.match(/[\x00-\x1f\x7f-\x9f\u202e]/);
    expect(plain.split('\n')).to.have.length(3);
    const coloured = plainLines(all, AT, { ...PLAIN, hasColours: true });
    expect(coloured.replace(/\x1b\[(?:1m\x1b\[36|2|0)m/g, '')).to.equal(plain);
  });

  it('is JSON for programs', () => {
    const headers = headerBlock(['A', 'b'], ['__proto__', 'x'], ['A', 'c']);
    const line = jsonLine(message('a\udc80', 'x\x1b\u009b', { reply: 'r', headers }), AT, ALL);
    expect(line).to.match(/^[^\x00-\x1f\x7f-\x9f]*\n$/);
    expect(line).to.include('"headers":{"A":["b","c"],"__proto__":["x"]}');
    expect(JSON.parse(line)).to.deep.include({
      time: AT.toISOString(),
      subject: 'a\udc80',
      reply: 'r',
      bytes: 4,
      payload: 'x\x1b\u009b',
    });
    const binary = JSON.parse(jsonLine(message('a', Buffer.of(255, 0, 1)), AT, 2)) as object;
    expect(binary).to.deep.equal({
      time: AT.toISOString(),
      subject: 'a',
      bytes: 3,
      payload_base64: '/wA=',
      cut: true,
    });
  });

  it('says how many it did not show', () => {
    expect(hiddenLine(1_234, 'plain', false)).to.equal('… 1,234 more\n');
    expect(JSON.parse(hiddenLine(1_234, 'json', false))).to.deep.equal({ not_shown: 1_234 });
  });
});
