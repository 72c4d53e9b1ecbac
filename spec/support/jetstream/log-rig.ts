import { setImmediate } from 'node:timers/promises';
import type { Instant } from '../../../lib/jetstream/instant.js';
import type { Files } from '../../../lib/jetstream/store/log/files.js';
import type { LogStore } from '../../../lib/jetstream/store/log/log-store.js';
import { OpenFiles } from '../../../lib/jetstream/store/log/open-files.js';
import { ReadCache } from '../../../lib/jetstream/store/log/read-cache.js';
import type { LogResources } from '../../../lib/jetstream/store/log/resources.js';
import type { Store } from '../../../lib/jetstream/store/store.js';
import { Turns } from '../../../lib/jetstream/turns.js';
import { FakeClock } from '../fake-clock.js';
import type { StoreModel } from './store-model.js';

/** Where the log of a rig is. */
export const DIRECTORY = '/msgs';

/** Small blocks, so that a few messages fill several of them. */
export function resourcesOn(
  files: Files,
  {
    sync = 'always',
    blockBytes = 2_048,
    clock = new FakeClock(),
  }: {
    readonly sync?: 'always' | number;
    readonly blockBytes?: number;
    readonly clock?: FakeClock;
  } = {},
): LogResources & { readonly warnings: string[]; readonly clock: FakeClock } {
  const warnings: string[] = [];
  return {
    openFiles: new OpenFiles(files, 3),
    cache: new ReadCache(16_384),
    warn: (text) => warnings.push(text),
    sync,
    clock,
    turns: new Turns(),
    blockBytes,
    warnings,
  };
}

/** A change to a store. */
export type Step =
  | { readonly do: 'append'; readonly subject: string; readonly bytes: number }
  | { readonly do: 'remove'; readonly back: number; readonly erase: boolean }
  | { readonly do: 'truncate'; readonly back: number }
  | { readonly do: 'skip'; readonly count: number }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'sync' };

/** Makes the same change to a store and, later, to its model. */
export class Changes {
  /** What was done, in order. */
  readonly done: ((model: StoreModel) => void)[] = [];
  /** How many of `done` there were when a sequence was used up. */
  readonly doneAt = new Map<number, number>();
  /** How many of `done` are durable, as the store has said. */
  durable = 0;
  private now = 1_000;

  async make(store: LogStore, step: Step): Promise<void> {
    if (step.do === 'turns') {
      for (let i = 0; i < step.count; i++) await setImmediate();
      return;
    }
    if (step.do === 'sync') {
      const { length } = this.done;
      store.synced().then(() => {
        this.durable = store.fault === undefined ? length : this.durable;
      });
      for (let i = 0; i < 8; i++) await setImmediate();
      return;
    }
    if (store.fault !== undefined) return;
    const at: Instant = { ms: this.now++, ns: 5 };
    const { lastSequence } = store.state;
    if (step.do === 'append') {
      const body = Buffer.alloc(step.bytes, `${lastSequence + 1} `);
      store.append(step.subject, body, step.bytes >> 1, at);
      this.done.push((model) => model.append(step.subject, Buffer.from(body), step.bytes >> 1, at));
    } else if (step.do === 'remove') {
      const sequence = lastSequence - step.back;
      if (store.remove(sequence, step.erase) !== undefined) this.done.push((model) => model.remove(sequence));
    } else if (step.do === 'truncate') {
      const sequence = Math.max(1, lastSequence + 2 - step.back);
      store.truncateFront(sequence);
      this.done.push((model) => model.truncateFront(sequence));
    } else {
      store.skip(step.count, at);
      this.done.push((model) => model.skip(step.count, at));
    }
    const used = store.state.lastSequence;
    if (!this.doneAt.has(used)) this.doneAt.set(used, this.done.length);
  }
}

/** All that a store has, in a form that can be compared. */
export function pictureOf(store: Pick<Store, 'state' | 'get'>): unknown {
  const { messages, bytes, lastSequence, lastAt, firstAt, subjects } = store.state;
  const all = [];
  for (let sequence = 1; sequence <= lastSequence; sequence++) {
    const message = store.get(sequence);
    if (message !== undefined) all.push({ ...message, body: message.body.toString('latin1') });
  }
  return { messages, bytes, lastSequence, lastAt, firstAt, subjects, all };
}

/** The same of a model. */
export function pictureOfModel(model: StoreModel): unknown {
  const { messages, bytes, lastSequence, lastAt, firstAt, subjects } = model.state;
  const all = model.messages.map((message) => ({ ...message, body: message.body.toString('latin1') }));
  return { messages, bytes, lastSequence, lastAt, firstAt, subjects, all };
}
