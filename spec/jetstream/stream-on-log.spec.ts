import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { JetStreamRig } from '../support/jetstream/jetstream-rig.js';
import { SimulatedDisk } from '../support/jetstream/simulated-disk.js';

async function turns(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await setImmediate();
}

describe('Stream in files', () => {
  it('acknowledges what is durable, and has it after a loss of power', async () => {
    const disk = new SimulatedDisk();
    const rig = await JetStreamRig.start(disk);
    const { acks } = rig;
    await rig.create({ name: 'S', subjects: ['s.>'], storage: 'file' });
    rig.publish('s.1', 'one');
    expect(acks).to.deep.equal([]);
    await turns();
    expect(acks.map((ack) => JSON.parse(ack))).to.deep.equal([{ stream: 'S', seq: 1 }]);
    const again = await JetStreamRig.start(disk.afterPowerLoss(() => 0.99));
    const { store } = again.streams.streams.get('S')!;
    expect(String(store.get(1)?.body)).to.equal('one');
    await again.close();
  });

  it('refuses what a full disk does not take, and applies its limits once there is room', async () => {
    const disk = new SimulatedDisk();
    const rig = await JetStreamRig.start(disk);
    const { streams, acks, clock } = rig;
    await rig.create({ name: 'S', subjects: ['s.>'], storage: 'file', max_msgs: 2 });
    for (const payload of ['one', 'two']) rig.publish('s.1', payload);
    await turns();
    disk.fault = { operation: 'write', at: disk.countOf('write') + 1, times: 1, code: 'ENOSPC' };
    rig.publish('s.1', 'lost');
    await turns();
    rig.publish('s.1', 'refused');
    await turns();
    const refusals = acks.slice(2).map((ack) => JSON.parse(ack).error);
    expect(refusals.map(({ err_code }) => err_code)).to.deep.equal([10_077, 10_077]);
    expect(refusals[0].description).to.contain('ENOSPC');
    clock.pass(1_000);
    await turns();
    const { store } = streams.streams.get('S')!;
    expect([1, 2].map((sequence) => String(store.get(sequence)?.body))).to.deep.equal(['one', 'two']);
    rig.publish('s.1', 'three');
    await turns();
    expect(JSON.parse(acks.at(-1)!)).to.deep.equal({ stream: 'S', seq: 3 });
    expect(store.state).to.include({ messages: 2, firstSequence: 2, lastSequence: 3 });
    await rig.close();
  });
});
