/**
 * Real processes for specs. Each has a session of its own, so a terminal that the run has is never theirs: its keys reach
 * none of them, and what they do does not depend on whether there is one. All are gone when the run ends: at the end of
 * their block (`await using`), or in the root hook below where a spec timed out, or when mocha itself is stopped.
 */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { specDirectory } from './run-directory.js';

/** The checkout, seen from `build/spec/support`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const CLI = join(ROOT, 'dist', 'cli.js');

/** How long a process may take to say something, in milliseconds: a safety net, below mocha's own. */
const PATIENCE_MS = 45_000;

/** How a process ended: the one or the other. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  /** Default: an empty directory of the spec run, so that no `./config.toml` is found. */
  readonly cwd?: string;
  /** Added to the environment, from which every `SLUICE_` variable has been taken; the banner is always printed. */
  readonly env?: Readonly<Record<string, string>>;
  /** All of its standard input; without, it has none. */
  readonly input?: string | Uint8Array;
}

/** Signals that stop a run. Nothing else ends the processes of a spec then: a terminal's keys do not reach them. */
const STOPS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const running = new Set<Process>();

/** A new empty directory, removed at the end of the run. */
export function freshDirectory(): string {
  return mkdtempSync(join(specDirectory(), 'e2e-'));
}

/** Whether a process of this id exists. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when no process of this id exists any more. */
export async function gone(pid: number): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (exists(pid)) {
    if (Date.now() > until) throw new Error(`process ${pid} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The ids of all processes that `pid` started, and of those they started. */
export function descendants(pid: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [pid];
  for (const parent of found) {
    for (const [child, of] of table) if (of === parent) found.push(child);
  }
  return found.slice(1);
}

/** As much of an output as a failure should show. */
function end(text: string): string {
  return text.length > 4_000 ? `…${text.slice(-4_000)}` : text;
}

/** One process that a spec started. */
export class Process implements AsyncDisposable {
  readonly pid: number;
  /** All of its standard output so far. */
  stdout = '';
  /** All of its standard error so far. */
  stderr = '';
  /** Resolves when it has ended and its output is complete. */
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcessByStdio<Writable | null, Readable, Readable>;
  private hasExited = false;

  constructor(command: string, words: readonly string[], { cwd, env, input }: ProcessOptions = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(SLUICE|MAKE|MFLAGS)/.test(name));
    this.child = spawn(command, words, {
      cwd: cwd ?? freshDirectory(),
      env: { ...Object.fromEntries(inherited), SLUICE_BANNER: 'always', ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true,
    }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
    this.child.stdin?.on('error', () => {}); // it may end without reading all of it
    this.child.stdin?.end(input);
    this.pid = this.child.pid ?? 0;
    running.add(this);
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        this.hasExited = true;
        running.delete(this);
        resolve({ code, signal });
      });
    });
  }

  /** Resolves with the match once the pattern is in what it has said on either output; rejects if it ends without. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    const { stdout, stderr } = this.child;
    return new Promise((resolve, reject) => {
      const finish = (error: Error | undefined, match?: RegExpExecArray) => {
        clearTimeout(timer);
        for (const stream of [stdout, stderr]) stream.off('data', look);
        if (match) resolve(match);
        else reject(error);
      };
      const failure = (why: string) =>
        new Error(
          `${why} without ${pattern}\n--- stdout\n${end(this.stdout)}\n--- stderr\n${end(this.stderr)}`,
        );
      const look = () => {
        const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
        if (match) finish(undefined, match);
      };
      const timer = setTimeout(() => finish(failure('waited')), PATIENCE_MS);
      for (const stream of [stdout, stderr]) stream.on('data', look);
      this.exited.then(
        ({ code, signal }) => finish(failure(`ended with ${code ?? signal}`)),
        (error: Error) => finish(error),
      );
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.hasExited && this.pid > 0) process.kill(this.pid, signal);
  }

  /** Asks it to end and waits until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.kill(signal);
    return this.exited;
  }

  /** Kills it and everything it started, now. */
  destroy(): void {
    if (this.hasExited || this.pid === 0) return;
    for (const pid of [...descendants(this.pid), this.pid]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
    await this.exited.catch(() => {});
  }
}

/** A broker that is ready, with the ports its banner names; 0 for a listener that is off. */
export class Sluice extends Process {
  natsPort = 0;
  linePort = 0;

  /** Resolves when the banner is out. */
  async ready(): Promise<this> {
    await this.said(/is ready\n[\s\S]*configuration: .*\n/);
    this.natsPort = Number(/^ {2}nats {2}\S+:(\d+)$/m.exec(this.stdout)?.[1] ?? 0);
    this.linePort = Number(/^ {2}line {2}\S+:(\d+)$/m.exec(this.stdout)?.[1] ?? 0);
    return this;
  }
}

/** Runs `node dist/cli.js` with exactly these words, and does not wait for anything. */
export function runSluice(words: readonly string[], options: ProcessOptions = {}): Sluice {
  return new Sluice(process.execPath, [CLI, ...words], options);
}

/** Both listeners on loopback, on any free port. */
export const ANYWHERE = ['-a', '127.0.0.1', '-p', '-1', '--line', '127.0.0.1:-1'] as const;

/** Starts a broker on free ports and waits until it is ready; `words` come after those that choose the ports. */
export async function startSluice(
  words: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<Sluice> {
  const broker = runSluice([...ANYWHERE, ...words], options);
  try {
    return await broker.ready();
  } catch (error) {
    await broker[Symbol.asyncDispose]();
    throw error;
  }
}

function endProcesses(): void {
  for (const process of running) process.destroy();
}

after(endProcesses);
process.once('exit', endProcesses);
for (const [signal, code] of Object.entries(STOPS)) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return; // a spec waits for it
    endProcesses();
    process.exit(code);
  });
}
