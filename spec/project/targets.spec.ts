import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { document } from '../support/config/documents.js';

/** The targets that have a comment, in order: all that a person calls. */
const TARGETS = [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z-]+):.*?## (.*)$/gm)].map(
  ([, name, about]) => ({ name: name!, about: about! }),
);
const NAMES = TARGETS.map(({ name }) => name);
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs').map((name) => join('docs', name)),
].filter((path) => path.endsWith('.md'));
const MARK = /(<!-- targets: written from the Makefile -->\n)[\s\S]*?(<!-- \/targets -->)/;

/** The page with the list of targets as the Makefile has it. */
function withTargets(page: string): string {
  const rows = TARGETS.map(({ name, about }) => `| \`make ${name}\` | ${about} |\n`).join('');
  return page.replace(
    MARK,
    (_, start: string, end: string) => `${start}| target | does |\n|---|---|\n${rows}${end}`,
  );
}

describe('the targets of the Makefile', () => {
  it('are listed in CONTRIBUTING.md', () => {
    const page = document('CONTRIBUTING.md', withTargets);
    expect(page).to.match(MARK);
    expect(page).to.equal(withTargets(page));
  });

  it('are all phony, and what make lists', () => {
    expect(NAMES).to.include.members(['help', 'test', 'lint']);
    const listed = execFileSync('make', ['--no-print-directory', 'help'], { encoding: 'utf8' });
    expect(listed.match(/^ {2}make \S+/gm)).to.deep.equal(NAMES.map((name) => `  make ${name}`));
    const database = execFileSync('make', ['--print-data-base', '--dry-run', 'help'], { encoding: 'utf8' });
    const phony = /^\.PHONY: (.*)$/m.exec(database)?.[1]?.split(' ');
    expect(phony).to.have.members(NAMES);
  });

  for (const path of PAGES)
    it(`are those that ${path} speaks of`, () => {
      for (const [, name] of readFileSync(path, 'utf8').matchAll(/`(?:[A-Z_]+=\S+ )?make ([a-z-]+)/g))
        expect(NAMES, `make ${name}`).to.include(name);
    });
});
