import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Process, ROOT } from '../support/process.js';

const SNIPPETS = [...readFileSync('docs/testing.md', 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(
  ([, code]) => code!,
);

describe('docs/testing.md', () => {
  it('has snippets, the first of them of as many lines as it says', () => {
    expect(SNIPPETS).to.have.lengthOf(4);
    const test = /=> \{\n([\s\S]*)\}\);/.exec(SNIPPETS[0]!)![1]!;
    expect(test.trim().split('\n')).to.have.length.of.at.most(10);
  });

  for (const [index, snippet] of SNIPPETS.entries())
    it(`has a right snippet, number ${index + 1}`, async () => {
      await using run = new Process(process.execPath, ['--input-type=module', '--eval', snippet], {
        cwd: ROOT,
      });
      expect(await run.exited, run.stdout + run.stderr).to.deep.equal({ code: 0, signal: null });
    });
});
