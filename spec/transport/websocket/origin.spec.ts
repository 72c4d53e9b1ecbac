import { expect } from 'chai';
import { originFault } from '../../../lib/transport/websocket/origin.js';

const SAME = 'not same origin';
const LIST = 'not in the allowed list';

const CASES: readonly (readonly [
  origin: string | undefined,
  policy: { readonly sameOrigin?: boolean; readonly allowedOrigins?: readonly string[] },
  fault: string | undefined,
])[] = [
  ['https://a.test', {}, undefined],
  [undefined, { sameOrigin: true }, undefined],
  ['http://broker.test:8080', { sameOrigin: true }, undefined],
  ['http://BROKER.test:8080', { sameOrigin: true }, undefined],
  ['http://broker.test', { sameOrigin: true }, SAME],
  ['https://broker.test:8080', { sameOrigin: true }, SAME],
  ['http://broker.test.evil.test:8080', { sameOrigin: true }, SAME],
  ['null', { sameOrigin: true }, 'not an origin'],
  ['file://', { sameOrigin: true }, 'not an origin'],
  ['https://a.test', { allowedOrigins: ['https://a.test:443'] }, undefined],
  ['https://a.test:444', { allowedOrigins: ['https://a.test'] }, LIST],
  ['http://a.test', { allowedOrigins: ['https://a.test'] }, LIST],
  ['https://b.a.test', { allowedOrigins: ['https://a.test'] }, LIST],
  ['https://b.test', { allowedOrigins: ['https://a.test', 'https://b.test'] }, undefined],
  ['https://evil.test', { allowedOrigins: ['*'] }, undefined],
  ['https://a.test', { sameOrigin: true, allowedOrigins: ['https://a.test'] }, SAME],
  ['http://broker.test:8080', { sameOrigin: true, allowedOrigins: ['https://a.test'] }, LIST],
];

describe('transport/websocket/origin', () => {
  for (const [origin, { sameOrigin = false, allowedOrigins = [] }, fault] of CASES)
    it(`${origin}, ${sameOrigin ? 'the same, ' : ''}of [${allowedOrigins.join()}]: ${fault ?? 'let in'}`, () => {
      const headers = { host: 'broker.test:8080', origin };
      expect(originFault({ headers }, false, { sameOrigin, allowedOrigins })).to.equal(fault);
    });

  it('looks at the header of old browsers, too', () => {
    const headers = { host: 'broker.test', 'sec-websocket-origin': 'https://evil.test' };
    expect(originFault({ headers }, false, { sameOrigin: true, allowedOrigins: [] })).to.equal(SAME);
  });
});
