import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { MAX_JETSTREAM_SEARCHED } from '../../lib/domain/jetstream-limits.js';
import { unexpectedSequence } from '../../lib/jetstream/expected-sequence.js';
import { SearchBudget } from '../../lib/jetstream/search-budget.js';
import { MemoryStore } from '../../lib/jetstream/store/memory.js';

const SUBJECTS = 1_000;

describe('sequences that a publisher expects on a subject with wildcards', () => {
  let store: MemoryStore;
  let searches: SearchBudget;
  beforeEach(() => {
    store = new MemoryStore();
    searches = new SearchBudget();
    for (let n = 0; n < SUBJECTS; n++) store.append(`s.${n}`, Buffer.from('x'), 0, { ms: 1_000, ns: 0 });
  });

  /** Code of the error; undefined: the sequence is right. */
  const check = (sequence: number, subject = 's.*') =>
    unexpectedSequence(
      { store, searches },
      's.1',
      Buffer.from(
        `NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: ${sequence}\r\nNats-Expected-Last-Subject-Sequence-Subject: ${subject}\r\n\r\n`,
      ),
    )?.body.err_code;

  it('are looked for in all subjects, or among the last messages', () => {
    expect(check(SUBJECTS)).to.equal(undefined);
    expect(check(3)).to.equal(10_071);
    expect(check(0, 'none.*')).to.equal(undefined);
  });

  it('take so much of a turn and no more; what is refused is taken in the next', async () => {
    let taken = 0;
    while (check(1) === 10_071) taken++;
    expect(taken * SUBJECTS).to.be.at.most(MAX_JETSTREAM_SEARCHED);
    expect(taken).to.be.above(0);
    expect(check(1)).to.equal(10_023);
    expect(check(1, 's.0')).to.equal(undefined); // without wildcards nothing is searched
    await setImmediate();
    expect(check(1)).to.equal(10_071);
  });

  it('are found near the end where the stream has too many subjects to look at', async () => {
    for (let n = SUBJECTS; n <= MAX_JETSTREAM_SEARCHED; n++)
      store.append(`s.${n}`, Buffer.from('x'), 0, { ms: 1_000, ns: 0 });
    const { lastSequence } = store.state;
    expect(check(lastSequence)).to.equal(undefined);
    expect(check(0)).to.equal(10_023);
    await setImmediate();
  });

  it('cost more where the pattern is long', () => {
    expect(check(1, `s.${'*.'.repeat(1_900)}x`)).to.equal(10_023);
  });
});
