import { setImmediate } from 'node:timers/promises';
import type { Publisher } from '../../../lib/clients/subscription.js';
import { NO_LIMITS } from '../../../lib/domain/jetstream-account-limits.js';
import type { CommandBatch } from '../../../lib/frame/command.js';
import type { AccountStreams } from '../../../lib/jetstream/account-streams.js';
import { JetStream } from '../../../lib/jetstream/jetstream.js';
import { Outgoing } from '../../../lib/jetstream/outgoing.js';
import type { GivenConfig } from '../../../lib/jetstream/settings/read-config.js';
import { LogStorage } from '../../../lib/jetstream/store/log/log-storage.js';
import { MemoryStorage } from '../../../lib/jetstream/store/memory-storage.js';
import type { StoredMessage } from '../../../lib/jetstream/store/store.js';
import type { Stream } from '../../../lib/jetstream/stream.js';
import { Core } from '../../../lib/routing/core.js';
import type { FakeClock } from '../fake-clock.js';
import { resourcesOn } from './log-rig.js';
import type { SimulatedDisk } from './simulated-disk.js';

/** Turns in which something must happen at last. */
const MOST_TURNS = 5_000;
let opened = 0;

/** JetStream of one account with files on a simulated disk, on a core of its own, and what publishers are told. */
export class JetStreamRig {
  readonly jetstream: JetStream;
  readonly streams: AccountStreams;
  readonly clock: FakeClock;
  /** Acknowledgements, in order. */
  readonly acks: string[] = [];
  private readonly core: Core;
  private readonly outgoing: Outgoing;

  private constructor(core: Core, jetstream: JetStream, clock: FakeClock) {
    this.core = core;
    this.jetstream = jetstream;
    this.clock = clock;
    this.streams = jetstream.accounts.get('A')!;
    this.outgoing = new Outgoing(core, (error) => {
      throw error;
    });
    const owner = {};
    core.account('A').interest.attach(
      owner,
      {
        ...{ kind: 'service', units: 1, owner },
        take: (_publisher: Publisher, batch: CommandBatch, from: number, to: number): number => {
          for (let row = from; row < to; row++) this.acks.push(String(batch.payload(row)));
          return to - from;
        },
      },
      'acks',
    );
  }

  static async start(
    disk: SimulatedDisk,
    sync: 'always' | number = 'always',
    domain?: string,
  ): Promise<JetStreamRig> {
    const core = new Core();
    core.account('A');
    const resources = resourcesOn(disk, { sync });
    // The process keeps a lock for each path.
    const directory = `/js-${opened++}`;
    if (opened > 1) disk.rename(`/js-${opened - 2}`, directory);
    const jetstream = await JetStream.start({
      ...{
        core,
        clock: resources.clock,
        domain,
        maxMemory: -1,
        maxFile: -1,
        maxDuplicateWindow: 0,
      },
      storages: { memory: new MemoryStorage(), file: new LogStorage(directory, resources) },
      ...{ replicasAsOne: false, consumerLimits: { maxAckPending: 0, maxRequestBatch: 0 } },
      ...{ serverName: () => 's', systemAccount: () => 'SYS', limitsOf: () => NO_LIMITS },
      failed: (error) => {
        throw error;
      },
    });
    return new JetStreamRig(core, jetstream, resources.clock);
  }

  async create(config: GivenConfig): Promise<Stream> {
    return (await this.streams.create(config)).stream;
  }

  /** @param headers lines without their ends */
  publish(subject: string, payload: string, headers: readonly string[] = []): void {
    const block = `NATS/1.0\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
    this.outgoing.publish(this.core.account('A'), {
      ...{ subject, reply: 'acks', payload: Buffer.from(payload) },
      ...(headers.length === 0 ? {} : { headers: Buffer.from(block) }),
    });
  }

  /** Lets turns pass until it is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (let turn = 0; !isSo(); turn++) {
      if (turn === MOST_TURNS) throw new Error(`not so after ${MOST_TURNS} turns: ${isSo}`);
      await setImmediate();
    }
  }

  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) await setImmediate();
  }

  /** Lets turns pass until nothing is left to be copied to these streams, and all of it is committed. */
  async settled(...copies: readonly Stream[]): Promise<void> {
    await this.until(() =>
      copies.every(
        ({ copies: { shown }, store }) =>
          [shown.mirror ?? [], shown.sources ?? []]
            .flat()
            .every(({ lag, active }) => lag === 0 && active >= 0) &&
          store.committed === store.state.lastSequence,
      ),
    );
    // What is read is stored in the same turn; what is settled is removed by the next.
    await setImmediate();
  }

  /** Ends it; what is in files stays. */
  async close(): Promise<void> {
    await this.jetstream.close();
    this.core.destroy();
  }
}

/** `sequence subject payload` of each message. */
export function contents({ store }: Stream): readonly string[] {
  return messages(store).map(
    ({ sequence, subject, body, headerBytes }) =>
      `${sequence} ${subject} ${body.subarray(headerBytes).toString()}`,
  );
}

/** All messages of a store. */
export function messages(store: Stream['store']): readonly StoredMessage[] {
  const all: StoredMessage[] = [];
  for (let from = 1; ; ) {
    const found = store.next([], from, 1_000);
    if (found === undefined) return all;
    if (typeof found === 'number') from = found;
    else {
      all.push(found);
      from = found.sequence + 1;
    }
  }
}
