import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { Publisher } from '../../lib/clients/subscription.js';
import type { CommandBatch } from '../../lib/frame/command.js';
import { NO_LIMITS } from '../../lib/jetstream/account-limits.js';
import { JetStream } from '../../lib/jetstream/jetstream.js';
import { Outgoing } from '../../lib/jetstream/outgoing.js';
import { LogStorage } from '../../lib/jetstream/store/log/log-storage.js';
import { MemoryStorage } from '../../lib/jetstream/store/memory-storage.js';
import { Core } from '../../lib/routing/core.js';
import { resourcesOn } from '../support/jetstream/log-rig.js';
import { SimulatedDisk } from '../support/jetstream/simulated-disk.js';

let opened = 0;

/** JetStream with files on a simulated disk, and what publishers are told. */
async function jetstreamOn(disk: SimulatedDisk) {
  const core = new Core();
  const account = core.account('A');
  const resources = resourcesOn(disk);
  // The process keeps a lock for each path.
  const directory = `/js-${opened++}`;
  if (opened > 1) disk.rename(`/js-${opened - 2}`, directory);
  const jetstream = await JetStream.start({
    ...{ core, clock: resources.clock, domain: undefined, maxMemory: -1, maxFile: -1, maxDuplicateWindow: 0 },
    storages: { memory: new MemoryStorage(), file: new LogStorage(directory, resources) },
    ...{ replicasAsOne: false, consumerLimits: { maxAckPending: 0, maxRequestBatch: 0 } },
    ...{ serverName: () => 's', systemAccount: () => 'SYS', limitsOf: () => NO_LIMITS },
    failed: (error) => {
      throw error;
    },
  });
  const acks: string[] = [];
  const owner = {};
  account.interest.attach(
    owner,
    {
      ...{ kind: 'service', units: 1, owner },
      take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
        for (let row = from; row < to; row++) acks.push(String(batch.payload(row)));
        return to - from;
      },
    },
    'acks',
  );
  const outgoing = new Outgoing(core);
  return {
    ...{ jetstream, acks, clock: resources.clock },
    streams: jetstream.accounts.get('A')!,
    publish: (subject: string, payload: string) =>
      outgoing.publish(account, {
        subject,
        reply: 'acks',

        payload: Buffer.from(payload),
      }),
  };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await setImmediate();
}

describe('Stream in files', () => {
  it('acknowledges what is durable, and has it after a loss of power', async () => {
    const disk = new SimulatedDisk();
    const { streams, publish, acks } = await jetstreamOn(disk);
    await streams.create({ name: 'S', subjects: ['s.>'], storage: 'file' });
    publish('s.1', 'one');
    expect(acks).to.deep.equal([]);
    await turns();
    expect(acks.map((ack) => JSON.parse(ack))).to.deep.equal([{ stream: 'S', seq: 1 }]);
    const again = await jetstreamOn(disk.afterPowerLoss(() => 0.99));
    const { store } = again.streams.streams.get('S')!;
    expect(String(store.get(1)?.body)).to.equal('one');
    await again.jetstream.close();
  });

  it('refuses what a full disk does not take, and applies its limits once there is room', async () => {
    const disk = new SimulatedDisk();
    const { streams, publish, acks, clock, jetstream } = await jetstreamOn(disk);
    await streams.create({ name: 'S', subjects: ['s.>'], storage: 'file', max_msgs: 2 });
    for (const payload of ['one', 'two']) publish('s.1', payload);
    await turns();
    disk.fault = { operation: 'write', at: disk.countOf('write') + 1, times: 1, code: 'ENOSPC' };
    publish('s.1', 'lost');
    await turns();
    publish('s.1', 'refused');
    await turns();
    const refusals = acks.slice(2).map((ack) => JSON.parse(ack).error);
    expect(refusals.map(({ err_code }) => err_code)).to.deep.equal([10_077, 10_077]);
    expect(refusals[0].description).to.contain('ENOSPC');
    clock.pass(1_000);
    await turns();
    const { store } = streams.streams.get('S')!;
    expect([1, 2].map((sequence) => String(store.get(sequence)?.body))).to.deep.equal(['one', 'two']);
    publish('s.1', 'three');
    await turns();
    expect(JSON.parse(acks.at(-1)!)).to.deep.equal({ stream: 'S', seq: 3 });
    expect(store.state).to.include({ messages: 2, firstSequence: 2, lastSequence: 3 });
    await jetstream.close();
  });
});
