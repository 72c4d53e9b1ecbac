import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { killRound } from '../../../support/jetstream/kill-rounds.js';
import { specDirectory } from '../../../support/run-directory.js';

describe('Log of a process that is killed', () => {
  for (const sync of ['always', '100'])
    it(`has all that was committed, round after round, sync ${sync}`, async () => {
      const directory = mkdtempSync(join(specDirectory(), 'kill-'));
      let last = 0;
      for (const ms of [20, 150, 70]) {
        const { committed, found, faults } = await killRound(directory, sync, ms);
        expect(faults).to.deep.equal([]);
        expect(committed).to.be.greaterThan(last);
        last = found;
      }
    });
});
