/** Looks into a broker from within: what is in use after a collection, and which handles and timers keep it alive. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { folder } from './broker.js';

const PATIENCE_MS = 20_000;

/** Loaded into the broker before its own code; answers a file that is put there with another. */
const MODULE = `
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { monitorEventLoopDelay } from 'node:perf_hooks';
const delays = monitorEventLoopDelay({ resolution: 5 });
delays.enable();
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const { INSPECT_ASK: ask, INSPECT_ANSWER: answer } = process.env;
setInterval(() => {
  if (!existsSync(ask)) return;
  rmSync(ask);
  const loopDelayMs = delays.max / 1e6;
  collect();
  setTimeout(() => {
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    const resources = {};
    for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
    writeFileSync(answer + '.new', JSON.stringify({ heapBytes: heapUsed, externalBytes: external, usedBytes: heapUsed + arrayBuffers, resources, loopDelayMs }));
    renameSync(answer + '.new', answer);
    delays.reset();
  }, 50).unref();
}, 50).unref();
`;

export interface Insides {
  /** On and off the heap, after a collection. */
  readonly usedBytes: number;
  /** On the heap, and off it, after the same collection; zlib counts as off it. */
  readonly heapBytes: number;
  readonly externalBytes: number;
  /** What keeps the process alive, by kind: listeners, sockets, timers. */
  readonly resources: Readonly<Record<string, number>>;
  /** The longest that the event loop was late since the last look, in milliseconds. */
  readonly loopDelayMs: number;
}

export class Inspector {
  /** For the broker's process. */
  readonly env: Readonly<Record<string, string>>;
  private readonly ask: string;
  private readonly answer: string;

  constructor() {
    const where = folder();
    this.ask = join(where, 'ask');
    this.answer = join(where, 'answer');
    const module = join(where, 'inspect.mjs');
    writeFileSync(module, MODULE);
    this.env = {
      INSPECT_ASK: this.ask,
      INSPECT_ANSWER: this.answer,
      NODE_OPTIONS: `--import=${pathToFileURL(module).href}`,
    };
  }

  /** Collects, and looks. */
  async look(): Promise<Insides> {
    rmSync(this.answer, { force: true });
    writeFileSync(`${this.ask}.new`, '');
    renameSync(`${this.ask}.new`, this.ask);
    for (const until = Date.now() + PATIENCE_MS; !existsSync(this.answer); await sleep(20))
      if (Date.now() > until) throw new Error('the broker does not answer its inspector');
    return JSON.parse(readFileSync(this.answer, 'utf8')) as Insides;
  }
}

/** `TCPServerWrap 3, Timeout 1`. */
export function resourcesText({ resources }: Insides): string {
  const entries = Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, count]) => `${name} ${count}`).join(', ');
}
