import assert from 'node:assert/strict';
import { justAfter, laterThan, nanosecondsText, parseTime, timeText } from '../../lib/jetstream/instant.js';

const TEXTS = [
  ['2026-11-30T17:19:47.573357139Z', { ms: Date.UTC(2026, 10, 30, 17, 19, 47, 573), ns: 357_139 }],
  ['2026-11-30T17:19:47.5Z', { ms: Date.UTC(2026, 10, 30, 17, 19, 47, 500), ns: 0 }],
  ['2026-11-30T17:19:47Z', { ms: Date.UTC(2026, 10, 30, 17, 19, 47), ns: 0 }],
  ['1970-01-01T00:00:00.000000001Z', { ms: 0, ns: 1 }],
] as const;

describe('Instants', () => {
  it('are written as RFC 3339 without trailing zeros, and read again', () => {
    for (const [text, instant] of TEXTS) {
      assert.equal(timeText(instant), text);
      assert.deepEqual(parseTime(text), instant);
    }
    assert.equal(timeText(undefined), '0001-01-01T00:00:00Z');
  });

  it('are read with an offset from UTC', () => {
    assert.deepEqual(parseTime('2026-01-01T02:00:00.25+02:00'), { ms: Date.UTC(2026, 0, 1) + 250, ns: 0 });
    for (const text of ['', 'soon', '2026-01-01', '2026-13-01T00:00:00Z', '2026-01-01T00:00:00'])
      assert.equal(parseTime(text), undefined, text);
  });

  it('are nanoseconds in digits', () => {
    assert.equal(nanosecondsText({ ms: 1_700_000_000_123, ns: 45 }), '1700000000123000045');
  });

  it('never go back after the last one', () => {
    const last = { ms: 5, ns: 999_999 };
    assert.deepEqual(justAfter(last), { ms: 6, ns: 0 });
    assert.deepEqual(laterThan(last, { ms: 5, ns: 3 }), { ms: 6, ns: 0 });
    assert.deepEqual(laterThan(last, { ms: 7, ns: 3 }), { ms: 7, ns: 3 });
    assert.deepEqual(laterThan(undefined, last), last);
  });
});
