/** The real process, for specs: start it, wait for what it says, see how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A running `sluice`. */
export interface Running {
  readonly child: ChildProcess;
  /** Standard output and standard error so far. */
  readonly output: { out: string; err: string };
  /** Resolves when the pattern is in what it says on either; rejects when it ends without. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const running = new Set<ChildProcess>();

/** Starts `node dist/cli.js` with these words, in `cwd`. */
export function sluice(
  words: readonly string[],
  { cwd = '.', env = {} }: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Running {
  const script = new URL('../../../../dist/cli.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, ...words], {
    cwd,
    env: { ...process.env, SLUICE_BANNER: 'always', ...env },
    detached: true, // a session of its own: see support/process.ts
  });
  running.add(child);
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.err += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return (code ?? signal) as number | NodeJS.Signals;
  });
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(output.out) ?? pattern.exec(output.err);
        if (found) resolve(found);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      void ended.then((code) => reject(new Error(`ended with ${code}: ${output.out}${output.err}`)));
      look();
    });
  return { child, output, said, ended };
}

/** Ends whatever a failed spec left running. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
