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

/** CPU time of a whole machine so far, in seconds. */
export interface MachineTimes {
  /** Of all processes, and of the kernel on their behalf. */
  readonly busy: number;
  /** What the host of a virtual machine gave to others while this machine had work to do. */
  readonly stolen: number;
}

/**
 * From the text of `/proc/stat`. Network traffic is worked on in soft interrupts, mostly while the process that caused it has
 * the core: the kernel counts them apart here, but to the process in `/proc/PID/stat`, so they are part of what is busy.
 */
export function parseMachineTimes(stat: string): MachineTimes | undefined {
  const fields = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number);
  if (fields === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, _idle, _iowait, irq = 0, softirq = 0, steal = 0] = fields;
  return {
    busy: (user + nice + system + irq + softirq) / TICKS_PER_SECOND,
    stolen: steal / TICKS_PER_SECOND,
  };
}

/** In steps of 10 ms. */
export function machineTimes(): MachineTimes | undefined {
  const stat = read('/proc/stat');
  return stat === undefined ? undefined : parseMachineTimes(stat);
}

/** CPU time of a thread from the text of `/proc/PID/task/TID/schedstat`, in seconds. */
export function parseRunSeconds(schedstat: string): number | undefined {
  const nanoseconds = /^(\d+) \d+ \d+/.exec(schedstat)?.[1];
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e9;
}

/**
 * CPU seconds all threads of the process have used: to the microsecond from the scheduler's books where there are some, unless
 * threads have ended that used any; else in steps of 10 ms.
 */
export function cpuSeconds(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const coarse = stat === undefined ? undefined : parseCpuSeconds(stat);
  const fine = runSeconds(pid);
  if (coarse === undefined || fine === undefined) return coarse;
  return fine < coarse - 2 / TICKS_PER_SECOND ? coarse : fine;
}

/** Of all threads that there are now. */
function runSeconds(pid: number): number | undefined {
  let total = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const seconds = parseRunSeconds(read(`/proc/${pid}/task/${thread}/schedstat`) ?? '');
      if (seconds === undefined) return undefined;
      total += seconds;
    }
  } catch {
    return undefined;
  }
  return total;
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
