import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';

const PAGE = readFileSync('docs/codecs.md', 'utf8');

/** Runs a module as a reader would; what it prints, once it has ended. */
async function run(code: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const [exitCode] = await once(child, 'close');
  expect(exitCode).to.equal(0);
  return printed;
}

describe('docs/codecs.md', () => {
  const examples = [...PAGE.matchAll(/```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)];

  it('says of every example what it prints', () => {
    expect(examples.length).to.be.above(4);
    expect(PAGE.match(/^```js$/gm)).to.have.length(examples.length);
  });

  for (const [index, [, code, output]] of examples.entries()) {
    it(`example ${index + 1} prints that`, async () => {
      expect(await run(code!)).to.equal(output);
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
