import { spawn } from 'node:child_process';

/** The environment without what would change how servers and clients behave. */
export function environment(): Record<string, string | undefined> {
  const mine = Object.entries(process.env).filter(([name]) => !/^(SLUICE|NATS|MAKE|MFLAGS)/.test(name));
  return Object.fromEntries(mine);
}

export interface Output {
  /** Undefined: killed, as it took too long. */
  readonly code: number | undefined;
  /** Both outputs, in the order in which they came. */
  readonly text: string;
  readonly stdout: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  readonly input?: string;
}

/** Runs a command to its end. Resolves whatever its code; -1 where it cannot be started. */
export function run(
  command: string,
  words: readonly string[],
  options: CommandOptions = {},
): Promise<Output> {
  return new Promise((resolve) => {
    const child = spawn(command, words, {
      cwd: options.cwd,
      env: { ...environment(), ...options.env },
      stdio: 'pipe',
    });
    let [text, stdout] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part;
      text += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 30_000);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ code: -1, text: error.message, stdout });
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, text, stdout });
    });
    child.stdin.once('error', () => {}); // it may end before it has read everything
    child.stdin.end(options.input ?? '');
  });
}

/** Its output where it succeeds, trimmed; otherwise undefined. */
export async function ask(command: string, ...words: readonly string[]): Promise<string | undefined> {
  const { code, text } = await run(command, words);
  return code === 0 ? text.trim() : undefined;
}
