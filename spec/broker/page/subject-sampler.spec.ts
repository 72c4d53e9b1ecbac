import { expect } from 'chai';
import { BoundedSubjectSampler, type SampledCore } from '../../../lib/broker/page/subject-sampler.js';
import { MAX_LIVE_SUBJECTS } from '../../../lib/domain/limits.js';
import { batchOfCommands } from '../../../lib/frame/batch-of-commands.js';
import type { CommandBatch, Publish } from '../../../lib/frame/command.js';
import { Account } from '../../../lib/routing/account.js';
import { seeded } from '../../support/random.js';

const ACCOUNT = new Account('A');
const PAYLOAD = Buffer.alloc(0);

function batchOn(subjects: readonly string[]): CommandBatch {
  return batchOfCommands(subjects.map((subject): Publish => ({ op: 'PUB', subject, payload: PAYLOAD })));
}

describe('the sampler of subjects', () => {
  let core: SampledCore;
  let sampler: BoundedSubjectSampler;
  beforeEach(() => {
    core = { sampler: undefined };
    sampler = new BoundedSubjectSampler(core);
  });

  function sample(subjects: readonly string[], account = ACCOUNT): void {
    const batch = batchOn(subjects);
    core.sampler?.sample(account, batch, 0, batch.length);
  }

  it('counts exactly what is little, by account and subject, the largest first', () => {
    sample(['a', 'b.c', 'b.c']);
    sample(['a'], new Account('B'));
    sample(['b.c']);
    expect(sampler.take(2)).to.deep.equal({
      subjects: [
        { account: 'A', subject: 'b.c', messages: 3 },
        { account: 'A', subject: 'a', messages: 1 },
      ],
      otherMessages: 1,
      isExact: true,
    });
    expect(sampler.take(2)).to.deep.equal({ subjects: [], otherMessages: 0, isExact: true });
  });

  it('counts publishes only, and those rows it is told of', () => {
    const batch = batchOfCommands([
      { op: 'PUB', subject: 'a', payload: PAYLOAD } as Publish,
      { op: 'PING' },
      { op: 'PUB', subject: 'b', payload: PAYLOAD } as Publish,
      { op: 'PUB', subject: 'c', payload: PAYLOAD } as Publish,
    ]);
    sampler.sample(ACCOUNT, batch, 1, 3);
    expect(sampler.take(9).subjects).to.deep.equal([{ account: 'A', subject: 'b', messages: 1 }]);
  });

  it('counts subjects for replies as one', () => {
    sample(['_INBOX.a.1', '_INBOX.b.2', '_R_.secret.3']);
    expect(sampler.take(9).subjects).to.deep.equal([{ account: 'A', subject: '_INBOX.>', messages: 3 }]);
  });

  it('keeps no more subjects than its limit, and forgets those that are over', () => {
    const many = Array.from({ length: MAX_LIVE_SUBJECTS + 500 }, (_, i) => `s.${i}`);
    sample(many);
    const counts = sampler.take(10);
    expect(counts.subjects).to.have.lengthOf(10);
    expect(counts.otherMessages).to.equal(many.length - 10);
    for (let i = 0; i < 40; i++) sampler.take(10);
    sample(['fresh']);
    expect(sampler.take(10).subjects).to.deep.equal([{ account: 'A', subject: 'fresh', messages: 1 }]);
  });

  it('looks at few of many rows, and estimates well', () => {
    const random = seeded(7);
    let looks = 0;
    sampler = new BoundedSubjectSampler(core, () => {
      looks++;
      return random();
    });
    const batch = batchOn(Array.from({ length: 100 }, (_, i) => (i % 4 === 0 ? 'quarter' : 'rest')));
    for (let i = 0; i < 10_000; i++) core.sampler!.sample(ACCOUNT, batch, 0, batch.length);
    const { subjects, isExact } = sampler.take(10);
    expect(isExact).to.equal(false);
    expect(looks).to.be.below(80_000);
    const of = (name: string) => subjects.find(({ subject }) => subject === name)!.messages;
    expect(of('rest')).to.be.within(700_000, 800_000);
    expect(of('quarter')).to.be.within(225_000, 275_000);
  });

  it('cuts subjects that are too long to be shown', () => {
    sample(['x'.repeat(1_000)]);
    expect(sampler.take(1).subjects[0]!.subject).to.equal(`${'x'.repeat(159)}…`);
  });

  it('is asked nothing once it has been stopped', () => {
    expect(core.sampler).to.equal(sampler);
    sampler.stop();
    expect(core.sampler).to.equal(undefined);
    const next = new BoundedSubjectSampler(core);
    sampler.stop();
    expect(core.sampler).to.equal(next);
  });
});
