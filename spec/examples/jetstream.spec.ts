import { expect } from 'chai';
import { BLOCKS } from '../support/docs/blocks.js';
import { Process, ROOT } from '../support/process.js';

const SNIPPETS = BLOCKS.filter(({ page, language }) => page === 'docs/jetstream.md' && language === 'js');

describe('docs/jetstream.md', () => {
  it('has a test with a bucket and a work queue', () => {
    expect(SNIPPETS).to.have.lengthOf(1);
    for (const words of ['Kvm', 'workqueue', 'startTestBroker({ jetstream: true })'])
      expect(SNIPPETS[0]!.code).to.include(words);
  });

  for (const { line, code } of SNIPPETS)
    it(`has a right snippet, at line ${line}`, async () => {
      await using run = new Process(process.execPath, ['--input-type=module', '--eval', code], { cwd: ROOT });
      const exit = await run.exited;
      expect(exit, run.stdout + run.stderr).to.deep.equal({ code: 0, signal: null });
      expect(run.stdout).to.match(/^# pass 1$|pass 1$/m);
    });
});
