import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { freshDirectory } from '../support/process.js';

/** script/structure.mjs */
async function structure(): Promise<{ overrides: () => unknown; picture: () => string }> {
  return (await import(pathToFileURL('script/structure.mjs').href)) as never;
}

const IMPORTS: readonly (readonly [file: string, from: string, isAllowed: boolean])[] = [
  ['lib/routing/a.ts', '../domain/address.js', true],
  ['lib/routing/b.ts', '../config.js', false],
  ['lib/routing/c.ts', '../broker.js', false],
  ['lib/routing/d.ts', 'node:tls', false],
  ['lib/routing/e.ts', 'node:net', false],
  ['lib/log/a.ts', '../config.js', true],
  ['lib/log/b.ts', '../broker.js', false],
  ['lib/log/c.ts', '../connection/trace.js', false],
  ['lib/monitor/own/a.ts', '../broker.js', true], // a file of its own folder
  ['lib/monitor/own/b.ts', '../../broker.js', false],
  ['lib/monitor/own/c.ts', '../../broker/running.js', false],
  ['lib/embed/a.ts', '../broker.js', true],
  ['lib/embed/b.ts', '../index.js', false],
];

describe('the folders of lib', () => {
  it('are bound by the lint rules that script/structure.mjs makes', async () => {
    const { overrides } = await structure();
    const rules: unknown = JSON.parse(readFileSync('script/structure.json', 'utf8'));
    expect(rules).to.deep.equal({ overrides: JSON.parse(JSON.stringify(overrides())) });
  });

  it('may import what the rules say only, files at the top of lib and sockets included', () => {
    const folder = freshDirectory();
    copyFileSync('script/structure.json', join(folder, 'structure.json'));
    writeFileSync(join(folder, 'biome.json'), '{ "extends": ["./structure.json"] }');
    for (const [file, from] of IMPORTS) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), `import type { A } from '${from}';\nexport type B = A;\n`);
    }
    const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '.'];
    const { stdout } = spawnSync(resolve('node_modules/.bin/biome'), args, { cwd: folder, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { location: { path: string } }[] };
    const refused = IMPORTS.filter(([, , isAllowed]) => !isAllowed).map(([file]) => file);
    expect(diagnostics.map(({ location }) => location.path).sort()).to.deep.equal(refused.sort());
  });

  it('have no file above 400 lines, but for the one that is written from the schema', () => {
    const files = readdirSync('lib', { encoding: 'utf8', recursive: true }).filter((name) =>
      name.endsWith('.ts'),
    );
    const long = files.filter((name) => readFileSync(join('lib', name), 'utf8').split('\n').length > 401);
    expect(files.length).to.be.above(100);
    expect(long).to.deep.equal([join('embed', 'settings-types.ts')]);
  });

  it('are drawn as their imports are: make structure draws them anew', async () => {
    const { picture } = await structure();
    expect(
      readFileSync('docs/structure.svg', 'utf8') === picture(),
      'docs/structure.svg is up to date',
    ).to.equal(true);
  });
});
