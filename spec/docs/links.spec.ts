import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';

const ROOT_PAGES = readdirSync('.').filter((name) => name.endsWith('.md'));
const DOCS = readdirSync('docs').filter((name) => name.endsWith('.md'));
const PAGES = [
  ...ROOT_PAGES,
  'tools/interop/README.md',
  '.github/SECURITY.md',
  '.github/CODE_OF_CONDUCT.md',
  'examples/README.md',
  'corpus/README.md',
  ...DOCS.map((name) => `docs/${name}`),
];

/** A page without its code, where brackets mean something else. */
function prose(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}

/** The targets of a page's links and pictures, but those on the web. */
function targets(path: string): string[] {
  const found = [...prose(path).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!);
  return found.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(path: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(path).matchAll(/^#+ +(.*?) *$/gm)].map(([, heading]) => {
    const slug = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

/** What is wrong with a link, or undefined. */
function fault(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(file)) return `${target}: no such file`;
  if (anchor === undefined || anchors(file).includes(anchor)) return undefined;
  return `${target}: no such heading, there are ${anchors(file).join(' ')}`;
}

describe('the documentation', () => {
  for (const page of PAGES) {
    it(`has no broken link in ${page}`, () => {
      expect(targets(page).flatMap((target) => fault(page, target) ?? [])).to.deep.equal([]);
    });
  }

  it('is found from the README, page by page', () => {
    const linked = targets('README.md').map((target) => target.split('#')[0]);
    expect(DOCS.filter((name) => !linked.includes(`docs/${name}`))).to.deep.equal([]);
  });

  it('is checked by what finds a broken link', () => {
    expect(fault('README.md', 'docs/none.md')).to.equal('docs/none.md: no such file');
    expect(fault('README.md', 'docs/config.md#none')).to.match(/no such heading, there are configuration /);
    expect(fault('docs/config.md', '#the-log')).to.equal(undefined);
    expect(fault('docs/config.md', '../README.md#limitations')).to.equal(undefined);
  });
});
