import { pathToFileURL } from 'node:url';
import { expect } from 'chai';

const { unusedExports } = (await import(pathToFileURL('script/unused-exports.mjs').href)) as {
  unusedExports: (read?: (path: string) => string, paths?: readonly string[]) => readonly string[];
};

/** What is unused in files with these texts. */
function unusedIn(files: Readonly<Record<string, string>>): readonly string[] {
  return unusedExports((path) => files[path]!, Object.keys(files));
}

describe('exports of lib', () => {
  it('are used by other files', () => expect(unusedExports()).to.deep.equal([]));

  it('are found unused, whatever they are', () => {
    const text = `export const a = 1;
export async function b() {}
export abstract class C {}
export type D = 1;
export { e, type F as G } from './e.js';
export type H = 1;
export function i(): H {}
// export const commented = 1;
`;
    const names = ['a', 'b', 'C', 'D', 'i', 'e', 'G'].map((name) => `lib/x.ts: ${name}`);
    expect(unusedIn({ 'lib/x.ts': text })).to.have.members(names);
  });

  it('are used by imports of all forms, re-exports included', () => {
    const of = (name: string) => `export const ${name} = 1;`;
    const files = { 'lib/a.ts': of('a'), 'lib/b.ts': of('b'), 'lib/c/c.ts': of('c'), 'lib/d.ts': of('d') };
    expect(unusedIn(files)).to.have.lengthOf(4);
    const user = `import { a as other } from './a.js';
import * as all from './b.js';
const { c } = await import('./c/c.js');
export {
  type d,
} from './d.js';`;
    expect(unusedIn({ ...files, 'lib/index.ts': user })).to.deep.equal([]);
  });
});
