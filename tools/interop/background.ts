import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from './command.js';
import { endWithUs } from './ends.js';

/** How long something may take to be said, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Asks again and again until it is so. @throws where it never is. */
export async function until(isSo: () => boolean, what: () => string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !isSo(); await sleep(20)) {
    if (Date.now() > end) throw new Error(`waited for ${what()}`);
  }
}

/** A command that runs beside a scenario; ended at the end of its block (`await using`). */
export class Background implements AsyncDisposable {
  /** Both outputs, in the order in which they came. */
  text = '';
  readonly exited: Promise<unknown>;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;

  constructor(command: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(command, words, { env: { ...environment(), ...env }, stdio: 'pipe' });
    endWithUs(this.child);
    this.child.stdin.once('error', () => {}); // it may end by itself
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.text += text;
      });
    }
    this.exited = new Promise((resolve) => {
      this.child.once('close', resolve);
      this.child.once('error', resolve);
    });
  }

  /** Types into it. */
  say(text: string): void {
    this.child.stdin.write(text);
  }

  said(pattern: RegExp): Promise<void> {
    return until(
      () => pattern.test(this.text),
      () => `${pattern} in: ${this.text.slice(-500)}`,
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
