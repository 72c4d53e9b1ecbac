import { Worker } from 'node:worker_threads';
import type { Question } from './bcrypt-worker.js';
import { Turns } from './turns.js';
import { networkOf } from './whereabouts.js';

/** Threads, so checks at a time. */
const MAX_WORKERS = 2;
/** Checks that wait for a thread; beyond it some fail. At a tenth of a second each, all would be too late. */
const MAX_WAITING = 256;
/** A thread without work ends after this time, in milliseconds. */
const IDLE_MS = 30_000;

interface Job extends Question {
  readonly isGone: (() => boolean) | undefined;
  readonly done: (same: boolean) => void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | undefined;
  idle: NodeJS.Timeout | undefined;
}

const threads: Thread[] = [];
const waiting = new Turns<Job>(MAX_WAITING);

/** Whether a configured password is a bcrypt hash. */
export function isBcrypt(secret: string): boolean {
  return /^\$2[abxy]\$\d{2}\$/.test(secret);
}

/** What is wrong with a bcrypt hash, or undefined. */
export function bcryptFault(hash: string): string | undefined {
  if (!/^\$2[aby]\$\d{2}\$[./A-Za-z0-9]{53}$/.test(hash)) return 'not a whole bcrypt hash';
  const cost = bcryptCost(hash);
  return cost < 4 || cost > 31 ? 'bcrypt cost out of range, allowed: 04 to 31' : undefined;
}

/** The cost of a bcrypt hash: each step doubles the work. */
export function bcryptCost(hash: string): number {
  return Number(hash.slice(4, 6));
}

/** A hash of that cost which nothing is known to match, for the work it makes. */
export function dummyHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}

/** Who presents a password. */
export interface Asker {
  readonly remoteAddress?: string | undefined;
  /** Whether nobody wants the answer any more; then there is none to be worked out. */
  readonly isGone?: (() => boolean) | undefined;
}

/**
 * Whether `presented` is what `hash` was made of. In threads of their own, two at a time, so that nobody else waits;
 * addresses take turns, so that nobody waits for all that another one asks. False where too many wait already.
 */
export function bcryptMatches(presented: string, hash: string, asker: Asker = {}): Promise<boolean> {
  const { remoteAddress = '', isGone } = asker;
  return new Promise((done) => {
    waiting.add(networkOf(remoteAddress), { presented, hash, isGone, done })?.done(false);
    next();
  });
}

/** How many checks run and how many wait. */
export function bcryptLoad(): { readonly running: number; readonly waiting: number } {
  return { running: threads.filter(({ job }) => job !== undefined).length, waiting: waiting.size };
}

function next(): void {
  const free = threads.find(({ job }) => job === undefined);
  if (free === undefined && threads.length >= MAX_WORKERS) return;
  const job = nextWanted();
  if (job === undefined) return;
  const thread = free ?? start();
  clearTimeout(thread.idle);
  thread.job = job;
  // A check that runs keeps the process alive; a thread that waits does not.
  thread.worker.ref();
  thread.worker.postMessage({ presented: job.presented, hash: job.hash } satisfies Question);
}

function nextWanted(): Job | undefined {
  for (;;) {
    const job = waiting.take();
    if (job?.isGone?.() !== true) return job;
    job.done(false);
  }
}

function start(): Thread {
  const worker = new Worker(new URL('./bcrypt-worker.js', import.meta.url));
  const thread: Thread = { worker, job: undefined, idle: undefined };
  threads.push(thread);
  worker.on('message', (same: boolean) => finish(thread, same));
  worker.on('error', (error) => {
    // Every login that needs it fails from now on, and nobody else says why.
    process.emitWarning(`bcrypt hashes cannot be checked: ${error.message}`, 'SluiceWarning');
    end(thread);
  });
  worker.on('exit', () => end(thread));
  return thread;
}

function finish(thread: Thread, same: boolean): void {
  const { job } = thread;
  thread.job = undefined;
  thread.worker.unref();
  thread.idle = setTimeout(() => end(thread), IDLE_MS).unref();
  job?.done(same);
  next();
}

/** A thread that failed answers no; the next check gets a new one. */
function end(thread: Thread): void {
  const index = threads.indexOf(thread);
  if (index === -1) return;
  threads.splice(index, 1);
  clearTimeout(thread.idle);
  void thread.worker.terminate();
  thread.job?.done(false);
  next();
}
