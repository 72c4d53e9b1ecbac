import { expect } from 'chai';
import fc from 'fast-check';
import { contents, JetStreamRig } from '../../support/jetstream/jetstream-rig.js';
import { SimulatedDisk } from '../../support/jetstream/simulated-disk.js';
import { isInFilter } from '../../support/jetstream/store-model.js';

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      subject: fc.constantFrom('s.a', 's.b', 's.c.d'),
      count: fc.constantFrom(1, 2, 300),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), back: fc.nat({ max: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), back: fc.nat({ max: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Message {
  readonly sequence: number;
  readonly subject: string;
}

/** A stream and a mirror of it by brute force, in arrays. */
class MirrorModel {
  last = 0;
  origin: Message[] = [];
  copies: Message[] = [];
  copiedTo = 0;
  private readonly filter: readonly string[];
  private readonly maxMsgs: number;

  constructor(filter: readonly string[], maxMsgs: number) {
    this.filter = filter;
    this.maxMsgs = maxMsgs;
  }

  /** The mirror begins, or goes on: what is before the first message is passed over. */
  connect(): void {
    const first = this.origin[0]?.sequence ?? this.last + 1;
    this.copiedTo = Math.max(this.copiedTo, first - 1);
  }

  settle(): void {
    for (const message of this.origin) {
      if (message.sequence <= this.copiedTo || !isInFilter(this.filter, message.subject)) continue;
      this.copies.push(message);
      this.copiedTo = message.sequence;
    }
    if (this.maxMsgs > 0) this.copies = this.copies.slice(-this.maxMsgs);
  }
}

async function apply(each: Step, rig: JetStreamRig, model: MirrorModel): Promise<void> {
  const stream = rig.streams.find('S');
  if (each.do === 'publish')
    for (let i = 0; i < each.count; i++) {
      rig.publish(each.subject, 'x');
      model.origin.push({ sequence: ++model.last, subject: each.subject });
    }
  else if (each.do === 'remove') {
    stream.remove(model.last - each.back);
    model.origin = model.origin.filter(({ sequence }) => sequence !== model.last - each.back);
  } else if (each.do === 'purge') {
    stream.truncateFront(Math.max(1, model.last + 1 - each.back));
    stream.purged();
    model.origin = model.origin.filter(({ sequence }) => sequence > model.last - each.back);
  } else {
    await rig.settled(stream, rig.streams.find('M'));
    model.settle();
  }
}

describe('a mirror', () => {
  for (const storage of ['memory', 'file'] as const)
    it(`has what one by brute force has: ${storage}`, async () => {
      const how = fc.record({
        filter: fc.constantFrom([], ['s.a'], ['s.*']),
        maxMsgs: fc.constantFrom(-1, 3),
      });
      await fc.assert(
        fc.asyncProperty(how, fc.array(step, { maxLength: 25 }), async ({ filter, maxMsgs }, steps) => {
          const disk = new SimulatedDisk();
          let rig = await JetStreamRig.start(disk);
          const model = new MirrorModel(filter, maxMsgs);
          await rig.create({ name: 'S', subjects: ['s.>'], storage });
          const [filter_subject] = filter;
          const mirror = { name: 'S', ...(filter_subject === undefined ? {} : { filter_subject }) };
          await rig.create({ name: 'M', storage, max_msgs: maxMsgs, mirror });
          await rig.settled(rig.streams.find('M'));
          for (const each of [...steps, { do: 'settle' as const }]) {
            if (each.do === 'restart') {
              await apply({ do: 'settle' }, rig, model);
              if (storage === 'memory') continue;
              await rig.close();
              rig = await JetStreamRig.start(disk);
              model.connect();
              await rig.settled(rig.streams.find('M'));
            } else await apply(each, rig, model);
            if (each.do === 'publish' || each.do === 'remove' || each.do === 'purge') continue;
            const copy = rig.streams.find('M');
            expect(contents(copy)).to.deep.equal(
              model.copies.map(({ sequence, subject }) => `${sequence} ${subject} x`),
            );
            expect(copy.store.state.lastSequence).to.equal(model.copiedTo);
          }
          await rig.close();
        }),
        { numRuns: storage === 'memory' ? 100 : 40 },
      );
    });
});
