/** A few seconds of `make fuzz` at the decoders, from fixed seeds; and that the fuzzer finds what is wrong. */
import { expect } from 'chai';
import { judgeCodec, reading } from '../../tools/soak/fuzz/codecs.js';
import { type FuzzDialect, generate } from '../../tools/soak/fuzz/generate.js';
import { judgeMemory } from '../../tools/soak/fuzz/memory.js';
import { fixtureRow, literal, minimise } from '../../tools/soak/fuzz/minimise.js';

const BOX_MS = 1_500;
const MOST_CASES = 1_500;
const FAULTS: Readonly<Record<FuzzDialect, readonly string[]>> = {
  nats: [
    ...['AUTHORIZATION_VIOLATION', 'HEADERS_NOT_SUPPORTED', 'MAX_CONTROL_LINE', 'MAX_PAYLOAD'],
    ...['PARSER_ERROR', 'UNKNOWN_OPERATION'],
  ],
  leaf: ['MAX_CONTROL_LINE', 'MAX_PAYLOAD', 'PARSER_ERROR', 'UNKNOWN_OPERATION'],
  line: [
    ...['HTTP_REQUEST', 'INVALID_TOPIC', 'INVALID_UTF8', 'LINE_TOO_LONG', 'MISSING_CREDENTIALS'],
    ...['MISSING_MESSAGE', 'MISSING_TOPIC', 'OTHER_PROTOCOL', 'TRAILING_TEXT', 'UNKNOWN_VERB'],
  ],
};

for (const dialect of ['nats', 'line', 'leaf'] as const) {
  describe(`fuzz: the ${dialect} decoder`, () => {
    it('takes anything, the same however it is cut, with documented faults alone', async () => {
      const until = performance.now() + BOX_MS;
      for (let seed = 1; seed <= MOST_CASES && performance.now() < until; seed++)
        expect(await judgeCodec(generate(seed, dialect), dialect, seed), `seed ${seed}`).to.equal(undefined);
    });

    it('keeps no more than came', async () => {
      expect(await judgeMemory(1, dialect)).to.equal(undefined);
    });

    it('is brought to every fault it has', async () => {
      const found = new Set<unknown>();
      for (let seed = 1; seed <= 2_000 && found.size < FAULTS[dialect].length; seed++)
        for (const { op, code } of await reading(dialect, seed)([generate(seed, dialect)]))
          if (op === 'FAULT') found.add(code);
      expect([...found].sort()).to.deep.equal(FAULTS[dialect]);
    });

    it('is sent the same by the same seed', () => {
      expect(generate(5, dialect).equals(generate(5, dialect))).to.equal(true);
      expect(generate(5, dialect).equals(generate(6, dialect))).to.equal(false);
    });
  });
}

describe('fuzz: the judge', () => {
  const wire = Buffer.from('PING\r\nPONG\r\n');

  it('finds a decoder that throws', async () => {
    const what = await judgeCodec(wire, 'nats', 1, () => Promise.reject(new Error('a bug')));
    expect(what).to.match(/^it threw: Error: a bug/);
  });

  it('finds one that depends on where reads end', async () => {
    const what = await judgeCodec(wire, 'nats', 1, async (parts) => parts.map(() => ({ op: 'PING' })));
    expect(what).to.equal('cutting 0 gives other commands than the whole');
  });

  it('finds faults that are none of a client, and commands after the last word', async () => {
    const says = (...commands: readonly Record<string, string>[]) =>
      judgeCodec(wire, 'nats', 1, async () => commands);
    expect(await says({ op: 'FAULT', code: 'INTERNAL' })).to.equal(
      "INTERNAL is no fault of a client's bytes",
    );
    expect(await says({ op: 'FAULT', code: 'PARSER_ERROR' }, { op: 'PING' })).to.equal(
      'there is more after PARSER_ERROR',
    );
  });

  it('finds in a decoder of ours a bug that was put there', async () => {
    const ours = reading('nats', 1);
    let found: string | undefined;
    for (let seed = 1; seed <= 500 && found === undefined; seed++)
      found = await judgeCodec(generate(seed, 'nats'), 'nats', seed, async (parts) => {
        const commands = await ours(parts);
        return parts.length > 20 ? commands.filter(({ op }) => op !== 'UNSUB') : commands;
      });
    expect(found).to.match(/^cutting/);
  });
});

describe('fuzz: the memory judge', () => {
  it('finds decoders that keep three times what came, or a block each', async () => {
    const thrice = (wire: Buffer): object => [1, 2, 3].map(() => Buffer.alloc(wire.length + 4_096, 'x'));
    const block = (): object => Buffer.alloc(32 * 1_024, 'x');
    for (const make of [thrice, block])
      expect(await judgeMemory(1, 'nats', make)).to.match(/^400 decoders keep \d+ bytes of \d+ that came$/);
  });
});

describe('fuzz: what was found', () => {
  it('is made short and is still wrong', async () => {
    const wire = Buffer.from(`${'x'.repeat(300)}BAD${'y'.repeat(500)}!${'z'.repeat(70)}`);
    const small = await minimise(wire, async (less) => /BAD.*!/s.test(less.toString()));
    expect(small.toString()).to.equal('BAD!');
  });

  it('is printed so that it can be read back', () => {
    const all = Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i));
    const back = new Function(`return Buffer.from(${literal(all)}, 'latin1')`) as () => Buffer;
    expect(back().equals(all)).to.equal(true);
    expect(fixtureRow('nats', 7, 'it threw\nat once', Buffer.from('a'))).to.equal(
      "// nats.cases.ts: it threw\n{ name: 'found by fuzzing, seed 7', wire: Buffer.from('a', 'latin1'), commands: [] },",
    );
  });
});
