import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';

/** script/structure.mjs */
async function structure(): Promise<{ overrides: () => unknown; picture: () => string }> {
  return (await import(pathToFileURL('script/structure.mjs').href)) as never;
}

describe('the folders of lib', () => {
  it('are bound by the lint rules that script/structure.mjs makes', async () => {
    const { overrides } = await structure();
    const rules: unknown = JSON.parse(readFileSync('script/structure.json', 'utf8'));
    expect(rules).to.deep.equal({ overrides: JSON.parse(JSON.stringify(overrides())) });
  });

  it('are drawn as their imports are: make structure draws them anew', async () => {
    const { picture } = await structure();
    expect(
      readFileSync('docs/structure.svg', 'utf8') === picture(),
      'docs/structure.svg is up to date',
    ).to.equal(true);
  });
});
