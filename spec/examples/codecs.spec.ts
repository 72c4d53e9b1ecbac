import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { runModule } from '../support/run-module.js';

const PAGE = readFileSync('docs/codecs.md', 'utf8');

describe('docs/codecs.md', () => {
  const examples = [...PAGE.matchAll(/```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)];

  it('says of every example what it prints', () => {
    expect(examples.length).to.be.above(4);
    expect(PAGE.match(/^```js$/gm)).to.have.length(examples.length);
  });

  for (const [index, [, code, output]] of examples.entries()) {
    it(`example ${index + 1} prints that`, async () => {
      expect(await runModule(code!)).to.equal(output);
    });
  }

  it('shows the sniffer as it is', () => {
    const [, shown] = /```ts\n([\s\S]*?)```/.exec(PAGE)!;
    expect(shown).to.equal(readFileSync('docs/examples/sniffer.ts', 'utf8'));
  });

  it('names everything there is', async () => {
    const names = Object.keys((await import('sluice/codecs')) as object);
    expect(names.filter((name) => !PAGE.includes(`\`${name}\``))).to.deep.equal([]);
  });
});
