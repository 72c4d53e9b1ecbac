/** Another revision of this repository, built in a git worktree of its own that does not outlive the process. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Characters of a failed program's output that are shown. */
const OUTPUT_KEPT = 4_000;
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface BuiltRevision {
  readonly cli: string;
  /** Abbreviated. */
  readonly commit: string;
}

function git(args: readonly string[], cwd = ROOT): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** Runs a program, and what it starts, in a group of their own. */
class Builder {
  private group: number | undefined;

  /** Rejects with the last of what it wrote, unless it ends with 0. */
  async run(cwd: string, file: string, ...args: readonly string[]): Promise<void> {
    const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.group = child.pid;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-OUTPUT_KEPT);
      });
    }
    const [code] = (await once(child, 'close')) as [number | null];
    this.group = undefined;
    if (code !== 0) throw new Error(`${[file, ...args].join(' ')} failed:\n${output.trim()}`);
  }

  /** Kills what is running. */
  stop(): void {
    try {
      if (this.group !== undefined) process.kill(-this.group, 'SIGKILL');
    } catch {
      // it has just ended
    }
  }
}

/** Removes a worktree with all that is in it, and what a link in it leads to is left alone. */
function remove(folder: string, root: string): void {
  try {
    unlinkSync(join(folder, 'node_modules'));
  } catch {
    // none, or installed there
  }
  try {
    git(['worktree', 'remove', '--force', '--force', folder], root);
  } catch {
    // it has not come into being; the folder has
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    git(['worktree', 'prune'], root);
  } catch {
    // not a repository any more
  }
}

function sameLock(folder: string, root: string): boolean {
  const [own, other] = [root, folder].map((from) => join(from, 'package-lock.json'));
  return (
    own !== undefined &&
    other !== undefined &&
    existsSync(other) &&
    readFileSync(own).equals(readFileSync(other))
  );
}

/**
 * Checks the revision out beside this checkout and builds it as it builds itself, with the packages of this checkout
 * where both lock the same. It is removed when this process exits. Rejects where there is no such revision, or it does
 * not build.
 * @param say prints a line
 * @param root of the repository
 */
export async function builtRevision(
  revision: string,
  say: (line: string) => void,
  root = ROOT,
): Promise<BuiltRevision> {
  let commit: string;
  try {
    commit = git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`], root);
  } catch {
    throw new Error(`there is no revision '${revision}' in ${root}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'sluice-base-'));
  const builder = new Builder();
  process.once('exit', () => {
    builder.stop();
    remove(folder, root);
  });
  say(`checking out ${commit.slice(0, 8)} in ${folder}`);
  git(['-c', 'core.hooksPath=/dev/null', 'worktree', 'add', '--detach', folder, commit], root);
  if (sameLock(folder, root)) {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  } else {
    say('installing its packages, which are not those of this checkout');
    await builder.run(folder, 'npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
  }
  say('building it');
  await builder.run(folder, 'npm', 'run', 'build');
  return { cli: join(folder, 'dist/cli.js'), commit: commit.slice(0, 8) };
}
