import {
  constants,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import { CLOCK, type Clock } from '../../domain/clock.js';
import { METRICS_IDLE_MS } from '../../domain/limits.js';

/** How often the delay of the event loop is measured, in milliseconds. */
const RESOLUTION_MS = 20;
const NS_PER_MS = 1e6;

/** What the process and its event loop are doing. Times are milliseconds, sizes bytes. */
export interface RuntimeFigures {
  /** Delay of timers since the figures were last read; all are 0 the first time. */
  readonly delayMs: {
    readonly mean: number;
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
  /** Time in which the event loop ran code, and in which it waited. */
  readonly activeMs: number;
  readonly idleMs: number;
  readonly cpuMs: { readonly user: number; readonly system: number };
  readonly memory: NodeJS.MemoryUsage;
  /** By kind, since they are observed. */
  readonly collections: ReadonlyMap<string, { readonly count: number; readonly ms: number }>;
}

const KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak_callbacks'],
]);

/**
 * Measures the event loop and the garbage collector. The delay of the event loop takes a timer and garbage collections
 * an observer, so both run only while the figures are read now and then.
 */
export class RuntimeMeter {
  private readonly clock: Clock;
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly collections = new Map<string, { count: number; ms: number }>();
  private observer: PerformanceObserver | undefined;
  private cancelStop = (): void => {};

  constructor(clock: Clock = CLOCK) {
    this.clock = clock;
    for (const kind of KINDS.values()) this.collections.set(kind, { count: 0, ms: 0 });
  }

  /** Whether it measures now. */
  get isRunning(): boolean {
    return this.observer !== undefined;
  }

  /** Returns the figures, and goes on measuring for some minutes. */
  read(): RuntimeFigures {
    this.start();
    const { delay } = this;
    const isMeasured = delay.max > 0;
    // Each value includes the interval of the timer that measures it.
    const of = (ns: number): number => (isMeasured ? Math.max(0, ns / NS_PER_MS - RESOLUTION_MS) : 0);
    const delayMs = {
      mean: of(delay.mean),
      p50: of(delay.percentile(50)),
      p99: of(delay.percentile(99)),
      max: of(delay.max),
    };
    delay.reset();
    const { active, idle } = performance.eventLoopUtilization();
    const { user, system } = process.cpuUsage();
    return {
      delayMs,
      activeMs: active,
      idleMs: idle,
      cpuMs: { user: user / 1_000, system: system / 1_000 },
      memory: process.memoryUsage(),
      collections: this.collections,
    };
  }

  /** Stops measuring. */
  stop(): void {
    this.cancelStop();
    this.delay.disable();
    this.delay.reset();
    this.observer?.disconnect();
    this.observer = undefined;
  }

  private start(): void {
    this.cancelStop();
    this.cancelStop = this.clock.after(METRICS_IDLE_MS, () => this.stop());
    if (this.observer !== undefined) return;
    this.delay.enable();
    this.observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { duration, detail } = entry as PerformanceEntry & {
          readonly detail: { readonly kind: number };
        };
        const sum = this.collections.get(KINDS.get(detail.kind) ?? '');
        if (sum === undefined) continue;
        sum.count++;
        sum.ms += duration;
      }
    });
    this.observer.observe({ entryTypes: ['gc'] });
  }
}
