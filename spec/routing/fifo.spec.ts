import { expect } from 'chai';
import { type Client, DIALECTS, Harness, OVER, pub } from '../support/harness.js';
import type { DialectName } from '../support/peer.js';

const PUBLISHERS = 6;
const SUBSCRIBERS = 6;
const MESSAGES = 400;

/** Publishes `from`'s messages in writes of every size, so that batches of all publishers interleave. */
async function publish(peer: Client, dialect: DialectName, from: number): Promise<void> {
  let n = 0;
  while (n < MESSAGES) {
    let burst = '';
    for (const last = Math.min(MESSAGES, n + 1 + ((n * 7 + from * 13) % 31)); n < last; n++) {
      const subject = `order.${(n + from) % 3}`;
      const text = `${from}:${n}`;
      burst += dialect === 'nats' ? pub(subject, text) : `PUB ${subject} ${text}\n`;
    }
    await peer.sendAll(burst);
  }
  await peer.settle();
}

/** What a subscriber heard, as `publisher:number`, in its order. */
async function heard(peer: Client): Promise<string[]> {
  return (await peer.settle()).map((frame) =>
    frame.slice(Math.max(frame.lastIndexOf(' '), frame.indexOf('\n')) + 1),
  );
}

describe('messages are globally first in, first out', () => {
  for (const over of OVER) {
    for (const pattern of ['order.*', 'a mix of subjects']) {
      it(`over ${over}s, in both dialects, subscribers to ${pattern}`, async () => {
        const harness = await Harness.start();
        try {
          const subscribers: Client[] = [];
          for (let i = 0; i < SUBSCRIBERS; i++) {
            const dialect = DIALECTS[i % 2]!;
            const peer = await harness.connect(dialect, { over });
            // Without wildcards, two of the three subjects each, so that all subscribers have messages in common.
            const subjects = pattern === 'order.*' ? ['order.*'] : [`order.${i % 3}`, `order.${(i + 1) % 3}`];
            for (const [sid, subject] of subjects.entries())
              peer.send(dialect === 'nats' ? `SUB ${subject} ${sid}\r\n` : `SUB ${subject}\n`);
            await peer.settle();
            subscribers.push(peer);
          }
          const publishing: Promise<void>[] = [];
          for (let i = 0; i < PUBLISHERS; i++) {
            const dialect = DIALECTS[i % 2]!;
            const peer = await harness.connect(dialect, { over });
            publishing.push(publish(peer, dialect, i));
          }
          await Promise.all(publishing);
          const orders = await Promise.all(subscribers.map(heard));
          const due = PUBLISHERS * MESSAGES * (pattern === 'order.*' ? 1 : 2 / 3);
          for (const order of orders) expect(order.length).to.be.closeTo(due, PUBLISHERS);
          for (const one of orders) for (const other of orders) expectSameOrder(one, other);
        } finally {
          await harness.stop();
        }
      });
    }
  }
});

/** What two subscribers both heard, they heard in the same order, and once each. */
function expectSameOrder(one: readonly string[], other: readonly string[]): void {
  const ones = new Set(one);
  const others = new Set(other);
  expect(ones.size).to.equal(one.length);
  const common = one.filter((message) => others.has(message));
  expect(common).to.have.length.above(MESSAGES);
  expect(other.filter((message) => ones.has(message))).to.deep.equal(common);
}
