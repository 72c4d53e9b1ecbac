/** The command of `sluice run`: its start, the signals that are passed on to it, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { receivesKeys } from './terminal-group.js';
import { warn } from './warn.js';

/** Signals that are passed on. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** Signals that a terminal sends to all processes in its foreground at once. */
const BY_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP']);

/** Shells' codes for a command that is not there, and for one that cannot be run. */
const NOT_FOUND = 127;
const NOT_RUN = 126;

/**
 * Starts a command as `spawn` does, on Windows also one that is a script, such as npm: those are batch files, which Node
 * does not find by name and runs in a shell only. Loaded when there is a command: a broker does not wait for it.
 */
function spawnCommand(command: string, words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const crossSpawn: typeof spawn = createRequire(import.meta.url)('cross-spawn');
  return crossSpawn(command, words, { stdio: 'inherit', env });
}

/** The exit code of a process that a signal killed, as shells count. */
export function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** What to say of a command that could not be started, and the exit code. */
export function startFault(command: string, { code, message }: NodeJS.ErrnoException): [string, number] {
  if (code === 'ENOENT') return [`${command}: command not found`, NOT_FOUND];
  return [`${command}: ${code === 'EACCES' ? 'permission denied' : message}`, NOT_RUN];
}

/**
 * Ends the command if this process ends without notice, as with SIGKILL: a shell in a session of its own, so
 * that a terminal's keys do not end it, that reads from a pipe which is never written to. Where there is no shell it stays
 * untold.
 */
function watchOver(pid: number): () => void {
  const script = 'read -r line || kill -TERM "$1"';
  const watch = spawn('/bin/sh', ['-c', script, 'sluice-watch', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watch.on('error', () => {});
  return () => watch.kill('SIGKILL');
}

/** Passes signals on from the moment it is made; ends the process where there is no command yet. */
export class Child {
  private child: ChildProcess | undefined;

  constructor() {
    for (const signal of PASSED_ON) process.on(signal, () => this.take(signal));
  }

  /**
   * Runs the command, with the terminal or whatever else this process has. Resolves to its exit code, or to what shells
   * have for a command that a signal killed, or that they cannot run.
   */
  run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
    const [command = '', ...rest] = words;
    return new Promise((resolve) => {
      const child = spawnCommand(command, rest, env);
      this.child = child;
      child.on('error', (error) => {
        if (child.pid !== undefined) return; // a signal that could not be sent
        const [fault, code] = startFault(command, error);
        warn(fault);
        resolve(code);
      });
      if (child.pid === undefined) return;
      process.on('exit', () => child.kill('SIGTERM')); // no more than a safety net: after an orderly end it is gone
      const unwatch = watchOver(child.pid);
      child.on('exit', (code, signal) => {
        unwatch();
        resolve(signal === null ? (code ?? 1) : codeOf(signal));
      });
    });
  }

  private take(signal: NodeJS.Signals): void {
    if (this.child === undefined) process.exit(codeOf(signal));
    // Twice is not once: many programs end at once, in disorder, when they are interrupted a second time.
    if (!(BY_TERMINAL.has(signal) && receivesKeys())) this.child.kill(signal);
  }
}
