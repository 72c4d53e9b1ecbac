import assert from 'node:assert/strict';
import { headerOf, withHeaders, withoutHeader } from '../../lib/jetstream/headers.js';

const block = (...lines: readonly string[]) =>
  Buffer.from(['NATS/1.0', ...lines, '', ''].join('\r\n'), 'latin1');
const name = (text: string) => Buffer.from(text);

describe('Headers of messages', () => {
  const ROWS = [
    ['the value without the blanks before it', ['Nats-Msg-Id:   a b'], 'Nats-Msg-Id', 'a b'],
    ['an empty value', ['Nats-Msg-Id:'], 'Nats-Msg-Id', ''],
    ['the first of several', ['X: 1', 'X: 2'], 'X', '1'],
    [
      'not one whose name goes on',
      ['Nats-Expected-Last-Sequence-X: 1'],
      'Nats-Expected-Last-Sequence',
      undefined,
    ],
    ['one after another that begins alike', ['Ab: 1', 'A: 2'], 'A', '2'],
    ['not one in another case', ['nats-msg-id: 1'], 'Nats-Msg-Id', undefined],
    ['not a name within a value', ['A: B: 1'], 'B', undefined],
  ] as const;

  for (const [title, lines, wanted, value] of ROWS)
    it(`are found by name: ${title}`, () => {
      assert.equal(headerOf(block(...lines), name(wanted)), value);
    });

  it('are taken out of a block', () => {
    const whole = block('A: 1', 'B: 2');
    assert.equal(withoutHeader(whole, name('C')), whole);
    assert.deepEqual(withoutHeader(whole, name('A')), block('B: 2'));
    assert.equal(withoutHeader(block('A: 1'), name('A')), undefined);
  });

  it('are added to a block, or make one', () => {
    assert.deepEqual(withHeaders(block('A: 1'), [['B', 2]]), block('A: 1', 'B: 2'));
    assert.deepEqual(withHeaders(undefined, [['B', 2]]), block('B: 2'));
  });
});
