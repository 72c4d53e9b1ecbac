import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();

/** Has a process killed when this one ends, however that comes about. */
export function endWithUs(child: ChildProcess): void {
  running.add(child);
  child.once('close', () => running.delete(child));
}

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
