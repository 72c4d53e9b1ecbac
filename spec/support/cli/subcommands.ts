/** Subcommands as processes of their own, for specs. */
import { Process, type ProcessOptions, ROOT } from '../process.js';

/** Runs `node dist/cli.js` with these words and standard input, and waits for its end. */
export async function ran(
  words: readonly string[],
  options: ProcessOptions = {},
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  await using process = started(words, options);
  const { code } = await process.exited;
  return { code, out: process.stdout, err: process.stderr };
}

/** The same, without waiting. `NATS_URL` and `SLUICE_LINE` are not inherited. */
export function started(words: readonly string[], options: ProcessOptions = {}): Process {
  const env = { NATS_URL: '', SLUICE_LINE: '', ...options.env };
  return new Process(process.execPath, [`${ROOT}dist/cli.js`, ...words], { ...options, env });
}
