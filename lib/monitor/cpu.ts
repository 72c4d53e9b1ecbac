import { performance } from 'node:perf_hooks';

/** Shorter spans say little, in milliseconds. */
const MIN_SPAN_MS = 1_000;

/**
 * CPU use of this process in per cent of one core, to one decimal: since it was last asked, and for at least a second.
 * Asked sooner it repeats itself.
 */
export class CpuMeter {
  private percent = 0;
  private last: NodeJS.CpuUsage;
  private lastAtMs: number;
  private readonly clock: () => number;
  private readonly usage: () => NodeJS.CpuUsage;

  /**
   * @param clock milliseconds of any steady clock
   * @param usage CPU time used so far, in microseconds
   */
  constructor(
    clock: () => number = () => performance.now(),
    usage: () => NodeJS.CpuUsage = () => process.cpuUsage(),
  ) {
    this.clock = clock;
    this.usage = usage;
    this.last = usage();
    this.lastAtMs = clock();
  }

  read(): number {
    const nowMs = this.clock();
    const spanMs = nowMs - this.lastAtMs;
    if (spanMs < MIN_SPAN_MS) return this.percent;
    const usage = this.usage();
    const usedMs = (usage.user + usage.system - this.last.user - this.last.system) / 1_000;
    this.percent = Math.round((usedMs / spanMs) * 1_000) / 10;
    this.last = usage;
    this.lastAtMs = nowMs;
    return this.percent;
  }
}
