import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Stream } from '../../../lib/jetstream/stream.js';
import { contents, JetStreamRig, messages } from '../../support/jetstream/jetstream-rig.js';
import { SimulatedDisk } from '../../support/jetstream/simulated-disk.js';

/** The API by its domain: what is asked there is another server to the stream that asks. */
const EXTERNAL = { api: '$JS.D.API', deliver: 'deliver.here' };

describe('what is copied by messages from another account or server', () => {
  let rig: JetStreamRig;
  beforeEach(async () => {
    rig = await JetStreamRig.start(new SimulatedDisk(), 'always', 'D');
  });
  afterEach(() => rig.close());

  const origin = () => rig.create({ name: 'S', subjects: ['s.>'], storage: 'memory' });
  const mirror = (more: object = {}, config: object = {}) =>
    rig.create({
      name: 'M',
      storage: 'memory',
      mirror: { name: 'S', external: EXTERNAL, ...more },
      ...config,
    });
  const publish = (...payloads: readonly string[]) => {
    for (const payload of payloads) rig.publish(`s.${payload.slice(0, 1)}`, payload);
  };
  const has = (copy: Stream, count: number) => rig.until(() => copy.store.state.messages === count);

  it('is a mirror with sequences, times and headers', async () => {
    const stream = await origin();
    rig.publish('s.a', 'one', ['A: b']);
    publish('b2', 'c3');
    stream.remove(2);
    const copy = await mirror();
    await has(copy, 2);
    expect(messages(copy.store)).to.deep.equal(messages(stream.store));
    rig.publish('s.d', 'four', ['Nats-Expected-Stream: S']);
    await has(copy, 3);
    expect(contents(copy)).to.deep.equal(['1 s.a one', '3 s.c c3', '4 s.d four']);
    expect(copy.copies.shown.mirror).to.deep.include({ name: 'S', external: EXTERNAL, lag: 0 });
    expect(rig.streams.consumers).to.equal(0);
  });

  it('is a source with the hash of its API in the header', async () => {
    await origin();
    publish('a1', 'b2', 'a3');
    const all = await rig.create({
      ...{ name: 'ALL', storage: 'memory' },
      sources: [
        { name: 'S', external: EXTERNAL, filter_subject: 's.a' },
        {
          name: 'S',
          external: EXTERNAL,
          subject_transforms: [
            { src: 's.b', dest: 'x.b' },
            { src: 's.z', dest: '' },
          ],
        },
      ],
    });
    await has(all, 3);
    const texts = messages(all.store).map(
      ({ subject, body }) => `${subject} ${body.toString().split('\r\n')[1]}`,
    );
    const hash = hashOf(EXTERNAL.api);
    expect(texts.filter((text) => text.startsWith('s.a'))).to.deep.equal([
      `s.a Nats-Stream-Source: S:${hash} 1 s.a > s.a`,
      `s.a Nats-Stream-Source: S:${hash} 3 s.a > s.a`,
    ]);
    expect(texts.filter((text) => text.startsWith('x.b'))).to.have.length(1);
  });

  it('comes whole where it is more than what may be under way', async () => {
    await origin();
    for (let i = 0; i < 500; i++) rig.publish('s.large', `${i} ${'x'.repeat(16_384)}`);
    const copy = await mirror();
    await has(copy, 500);
    expect(copy.store.state.lastSequence).to.equal(500);
  });

  it('waits for a stream that is not there, and says so', async () => {
    const copy = await mirror();
    await rig.until(() => copy.copies.shown.mirror?.error?.err_code === 10_059);
    await origin();
    publish('a1');
    rig.clock.pass(2_000);
    await has(copy, 1);
    expect(copy.copies.shown.mirror).not.to.have.property('error');
  });

  it('waits for an API that is not there', async () => {
    const copy = await mirror({ external: { api: '$JS.X.API', deliver: '' } });
    for (let i = 0; i < 5; i++) {
      rig.clock.pass(2_000);
      await rig.until(() => true);
    }
    expect(copy.copies.shown.mirror).to.deep.include({ lag: 0, active: -1 });
  });

  it('goes on with another consumer where nothing is heard of the one it has', async () => {
    const stream = await origin();
    const copy = await mirror();
    publish('a1');
    await has(copy, 1);
    const [consumer] = [...stream.consumers.values()];
    for (const _ of consumer?.stop('consumer deleted') ?? []);
    publish('b2');
    for (let ms = 0; copy.store.state.messages < 2 && ms < 30_000; ms += 1_000) {
      rig.clock.pass(1_000);
      await rig.turns(20);
    }
    expect(contents(copy)).to.deep.equal(['1 s.a a1', '2 s.b b2']);
  });

  it('goes on once there is room', async () => {
    await origin();
    const copy = await mirror({}, { max_msgs: 1, discard: 'new' });
    publish('a1', 'b2');
    await rig.until(() => copy.copies.shown.mirror?.error?.err_code === 10_077);
    copy.remove(1);
    await rig.until(() => copy.store.state.lastSequence === 2);
    expect(contents(copy)).to.deep.equal(['2 s.b b2']);
  });

  it('ends with its stream', async () => {
    const stream = await origin();
    await mirror();
    await rig.until(() => stream.consumers.size === 1);
    await rig.streams.delete('M');
    for (let i = 0; i < 20 && stream.consumers.size > 0; i++) {
      rig.clock.pass(1_000);
      await rig.turns(20);
    }
    expect(stream.consumers.size).to.equal(0);
  });
});

/** The first bytes of the SHA-256, each as a digit to the base of 62. */
function hashOf(text: string): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const bytes = createHash('sha256').update(text).digest().subarray(0, 8);
  return Array.from(bytes, (byte) => digits.charAt(byte % digits.length)).join('');
}
