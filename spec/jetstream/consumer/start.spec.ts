import { expect } from 'chai';
import { startOf } from '../../../lib/jetstream/consumer/start.js';
import type { ConsumerConfig } from '../../../lib/jetstream/settings/consumer-config.js';
import { MemoryStore } from '../../../lib/jetstream/store/memory.js';
import { count } from '../../support/steps.js';

const SUBJECTS = 30_000;
const CONFIG: ConsumerConfig = {
  deliver_policy: 'last_per_subject',
  ack_policy: 'explicit',
  replay_policy: 'instant',
  num_replicas: 1,
};

describe('where a consumer begins', () => {
  for (const filter of [[], ['a.*'], Array.from({ length: SUBJECTS }, (_, i) => `a.${i}`)])
    it(`is found in steps, in order, for ${filter.length} filters`, () => {
      const store = new MemoryStore();
      // The later a subject was first stored, the earlier it was stored last.
      for (let i = 0; i < SUBJECTS; i++) store.append(`a.${i}`, Buffer.from('x'), 0, { ms: 1, ns: 0 });
      for (let i = SUBJECTS - 1; i >= 0; i--) store.append(`a.${i}`, Buffer.from('x'), 0, { ms: 1, ns: 0 });
      const { result, pauses } = count(startOf(CONFIG, store, filter, -1));
      expect(result.only).to.deep.equal(Array.from({ length: SUBJECTS }, (_, i) => SUBJECTS + 1 + i));
      expect(result.next).to.equal(2 * SUBJECTS + 1);
      expect(pauses).to.be.greaterThan(100);
    });
});
