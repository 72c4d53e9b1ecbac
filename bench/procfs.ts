/** CPU time and peak memory of another process, from Linux' /proc. Elsewhere both are unknown. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** utime + stime from the text of `/proc/PID/stat`, in seconds. The name in parentheses may hold anything. */
export function parseCpuSeconds(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : undefined;
}

/** VmHWM from the text of `/proc/PID/status`, in bytes. */
export function parsePeakBytes(status: string): number | undefined {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** VmRSS from the text of `/proc/PID/status`, in bytes. */
export function parseResidentBytes(status: string): number | undefined {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** Busy time of all cores from the text of `/proc/stat`, in seconds: neither idle nor waiting for a disk. */
export function parseBusySeconds(stat: string): number | undefined {
  const fields = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number);
  if (fields === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, _idle, _iowait, irq = 0, softirq = 0, steal = 0] = fields;
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** CPU seconds the whole machine has used, in steps of 10 ms. */
export function machineBusySeconds(): number | undefined {
  const stat = read('/proc/stat');
  return stat === undefined ? undefined : parseBusySeconds(stat);
}

/** CPU seconds all threads of the process have used, in steps of 10 ms. */
export function cpuSeconds(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseCpuSeconds(stat);
}

/** The most resident memory the process has had, in bytes. */
export function peakBytes(pid: number): number | undefined {
  const status = read(`/proc/${pid}/status`);
  return status === undefined ? undefined : parsePeakBytes(status);
}

/** The resident memory of the process, in bytes. */
export function residentBytes(pid: number): number | undefined {
  const status = read(`/proc/${pid}/status`);
  return status === undefined ? undefined : parseResidentBytes(status);
}

/** The first number of `/proc/PID/task/TID/schedstat`: nanoseconds on a core; here in seconds. */
export function parseScheduledSeconds(schedstat: string): number | undefined {
  const nanoseconds = /^\d+ /.exec(schedstat)?.[0];
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e9;
}

/**
 * CPU seconds that the threads the process has now have used, to the nanosecond: for what uses next to nothing. Undefined
 * where the kernel does not count them.
 */
export function scheduledSeconds(pid: number): number | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const each = threads.map((thread) =>
      parseScheduledSeconds(read(`/proc/${pid}/task/${thread}/schedstat`) ?? ''),
    );
    return each.reduce(
      (sum, seconds) => (sum === undefined || seconds === undefined ? undefined : sum + seconds),
      0,
    );
  } catch {
    return undefined;
  }
}
