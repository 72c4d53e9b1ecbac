import { expect } from 'chai';
import fc from 'fast-check';
import { SluiceError } from '../../lib/domain/errors.js';
import { type HeadersInput, MessageHeaders, renderHeaders } from '../../lib/embed/headers.js';

const rendered = (headers: HeadersInput) => renderHeaders(headers).toString();

describe('embed/headers', () => {
  const rows: readonly (readonly [string, HeadersInput, string])[] = [
    ['nothing', {}, 'NATS/1.0\r\n\r\n'],
    ['an object', { a: '1', b: '2' }, 'NATS/1.0\r\na: 1\r\nb: 2\r\n\r\n'],
    ['several values', { a: ['1', '2'] }, 'NATS/1.0\r\na: 1\r\na: 2\r\n\r\n'],
    ['no value', { a: [] }, 'NATS/1.0\r\n\r\n'],
    ['a Map', new Map([['A-b', 'x y']]), 'NATS/1.0\r\nA-b: x y\r\n\r\n'],
    [
      'pairs',
      [
        ['a', '1'],
        ['a', ['2']],
      ] as const,
      'NATS/1.0\r\na: 1\r\na: 2\r\n\r\n',
    ],
    ['an empty value', { a: '' }, 'NATS/1.0\r\na: \r\n\r\n'],
    ['text beyond ASCII', { a: 'ä€' }, 'NATS/1.0\r\na: ä€\r\n\r\n'],
  ];
  for (const [what, headers, block] of rows)
    it(`renders ${what}`, () => expect(rendered(headers)).to.equal(block));

  for (const headers of [{ '': 'x' }, { 'a b': 'x' }, { 'a:': 'x' }, { 'a\r\n': 'x' }, { ä: 'x' }])
    it(`refuses the name of ${JSON.stringify(headers)}`, () =>
      expect(() => renderHeaders(headers)).to.throw(SluiceError, /: not a name, allowed: /));

  for (const value of ['a\r\nb', 'a\nb', 'a\rb', 'a\0b'])
    it(`refuses the value ${JSON.stringify(value)}`, () =>
      expect(() => renderHeaders({ name: value })).to.throw(
        SluiceError,
        'header "name": not usable, allowed: text',
      ));

  it('refuses what is not text', () =>
    expect(() => renderHeaders({ name: 3 as unknown as string })).to.throw(
      SluiceError,
      'header "name": not text',
    ));

  it('reads a block: values in order, names as they are', () => {
    const headers = MessageHeaders.parse(
      Buffer.from('NATS/1.0\r\nA: 1\r\na:2\r\nA:  3 \r\nnonsense\r\n: x\r\n\r\n'),
    );
    expect([...headers]).to.deep.equal([
      ['A', '1'],
      ['a', '2'],
      ['A', '3'],
    ]);
    expect(headers.get('A')).to.equal('1');
    expect(headers.values('A')).to.deep.equal(['1', '3']);
    expect(headers.has('a')).to.equal(true);
    expect(headers.has('b')).to.equal(false);
    expect(headers.get('b')).to.equal(undefined);
    expect([headers.status, headers.description]).to.deep.equal([undefined, '']);
  });

  it('reads a status', () => {
    const headers = MessageHeaders.parse(Buffer.from('NATS/1.0 503 No Responders\r\nX: y\r\n\r\n'));
    expect([headers.status, headers.description, headers.get('X')]).to.deep.equal([
      503,
      'No Responders',
      'y',
    ]);
  });

  it('reads what it rendered, which may be rendered again', () => {
    const name = fc.string({ unit: fc.constantFrom(...'aZ9-_.!~'), minLength: 1 });
    const value = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n\0]/g, '').trim());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const headers = MessageHeaders.parse(renderHeaders(pairs));
        expect([...headers]).to.deep.equal(pairs);
        expect(renderHeaders(headers).equals(renderHeaders(pairs))).to.equal(true);
      }),
    );
  });
});
