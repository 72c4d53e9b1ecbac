import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const MODULE = new URL('../../tools/bench/revision.js', import.meta.url).href;

/** A repository whose build copies what is in `node_modules`, with one commit, `first`. */
function repository(build: string): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-revision-')));
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: root, stdio: 'pipe' });
  };
  const put = (name: string, text: string): void => writeFileSync(join(root, name), text);
  git('init', '-q');
  put('package.json', JSON.stringify({ scripts: { build } }));
  put('package-lock.json', '{}');
  put('.gitignore', 'node_modules\ndist\n');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  git('tag', 'first');
  mkdirSync(join(root, 'node_modules'));
  put('node_modules/kept', 'yes');
  return root;
}

/** Builds a revision in a process of its own, which then does `after`. Resolves to its exit and what it printed. */
async function built(
  root: string,
  revision: string,
  after: string,
  signal?: NodeJS.Signals,
): Promise<[unknown, string]> {
  const script = `
    import { builtRevision } from ${JSON.stringify(MODULE)};
    import { readFileSync } from 'node:fs';
    process.once('SIGTERM', () => process.exit(7));
    try {
      const { cli } = await builtRevision(${JSON.stringify(revision)}, console.log, ${JSON.stringify(root)});
      ${after}
    } catch (error) { console.log(error.message); process.exit(2); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (signal !== undefined && text.includes('building')) child.kill(signal);
  });
  const [code] = await once(child, 'close');
  return [code, output];
}

const worktrees = (root: string): string =>
  execFileSync('git', ['worktree', 'list'], { cwd: root, encoding: 'utf8' });
const folderOf = (output: string): string => / in (\S+)/.exec(output)![1]!;

const HAS_GIT = spawnSync('git', ['--version']).status === 0;

describe('bench: another revision', () => {
  if (!HAS_GIT) return;
  let root = '';
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** Nothing is left but what was there. */
  function expectTidy(output: string): void {
    expect(existsSync(folderOf(output))).to.equal(false);
    expect(worktrees(root).trim().split('\n')).to.have.length(1);
    expect(readFileSync(join(root, 'node_modules/kept'), 'utf8')).to.equal('yes');
  }

  it('is built with the packages of this one, and is gone with the process', async () => {
    root = repository('mkdir dist && cp node_modules/kept dist/cli.js');
    const [code, output] = await built(
      root,
      'first',
      `console.log('cli:' + readFileSync(cli)); process.exit(0);`,
    );
    expect(code).to.equal(0);
    expect(output).to.include('cli:yes');
    expectTidy(output);
  });

  it('is gone when it does not build', async () => {
    root = repository('echo it is broken && false');
    const [code, output] = await built(root, 'first', '');
    expect(code).to.equal(2);
    expect(output).to.include('npm run build failed').and.to.include('it is broken');
    expectTidy(output);
  });

  it('is gone when the process is told to stop while it builds', async () => {
    root = repository('sleep 30');
    const [code, output] = await built(root, 'first', '', 'SIGTERM');
    expect(code).to.equal(7);
    expectTidy(output);
  });

  it('has to exist', async () => {
    root = repository('true');
    const [code, output] = await built(root, '--nonsense', '');
    expect(code).to.equal(2);
    expect(output).to.match(/^there is no revision '--nonsense'/);
  });
});
