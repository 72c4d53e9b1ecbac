/** What ran where, for the head of a report. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, loadavg, release, totalmem, type } from 'node:os';

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}

const COMMIT = commit();

/**
 * One sentence: versions, cores, memory, and how busy the machine was.
 *
 * @param sluice a `cli.js` that was run instead of this checkout's, of which no commit is known
 */
export function machine(sluice?: string): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]!.toFixed(1);
  const what = sluice === undefined ? `commit ${COMMIT}` : `load of commit ${COMMIT} on another sluice`;
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${what}, Node ${process.version}, ${type()} ${release().split('-')[0]}, ${availableParallelism()} cores, ${gib} GiB, load average ${load} at the end (load generator included; the machine had other work to do).`;
}
