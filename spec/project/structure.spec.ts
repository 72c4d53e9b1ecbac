import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';

describe('the folders of lib', () => {
  it('are bound by the lint rules that script/structure.mjs makes', async () => {
    const { overrides } = (await import(pathToFileURL('script/structure.mjs').href)) as {
      overrides: () => unknown;
    };
    const rules: unknown = JSON.parse(readFileSync('script/structure.json', 'utf8'));
    expect(rules).to.deep.equal({ overrides: JSON.parse(JSON.stringify(overrides())) });
  });
});
