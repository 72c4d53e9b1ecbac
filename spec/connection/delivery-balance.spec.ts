/** Random traffic with receivers that are slow, frozen, dropping and leaving: the books balance at every look. */
import { expect } from 'chai';
import type { FlowPolicy } from '../../lib/domain/flow-policy.js';
import { deliveryCountsOfPeer, expectBalance } from '../support/delivery-balance.js';
import { type Client, DIALECTS, Harness, OVER, type Over, pub } from '../support/harness.js';
import { seeded } from '../support/random.js';
import { turns } from '../support/turns.js';
import { soon, until } from '../support/until.js';

const ROUNDS = 60;
const PUBLISHERS = 3;
/** Largest message in bytes: the kernel has megabytes for each socket. */
const LARGEST: Readonly<Record<Over, number>> = { pair: 12_000, socket: 120_000 };
/** Most bytes of messages that a healthy receiver has yet to hear; below `max_pending`, however busy the machine is. */
const MOST_AHEAD = 384 * 1024;

interface Receiver {
  readonly peer: Client;
  readonly policy: FlowPolicy;
  readonly heard: string[];
  /** Bytes of what it heard. */
  heardBytes: number;
  frozen: boolean;
}

/** A message that was heard, in whichever dialect, and its `publisher:number`. */
const messageIn = (frame: string) => {
  const [message, name] = /(\d+:\d+):x*$/.exec(frame) ?? [];
  return message === undefined || name === undefined ? undefined : { name, bytes: message.length };
};

describe('the delivery counts of a broker under random traffic', () => {
  for (const over of OVER)
    for (const seed of [1, 2, 3])
      it(`balance at every look, and healthy receivers miss nothing, over ${over}s, seed ${seed}`, async () => {
        const random = seeded(seed);
        const users = (['pause', 'drop', 'disconnect'] as const).map((flow) => ({
          user: flow,
          password: 'pw',
          flow,
        }));
        const harness = await Harness.start({
          nats: { max_payload: '256KiB' },
          // Readers are cut off at max_pending and not by time. They are detached soon, so that this does not take long.
          flow: {
            ...{ high_water: '64KiB', low_water: '16KiB', max_pending: '512KiB' },
            ...{ max_hold: '100ms', write_deadline: '10m' },
          },
          authorization: { users },
          shutdown: { deadline: '500ms' },
        });
        try {
          await run(harness, over, random);
        } finally {
          await harness.stop();
        }
      });
});

async function run(harness: Harness, over: Over, random: () => number): Promise<void> {
  const peers: Client[] = [];
  const join = async (policy: FlowPolicy, dialect = DIALECTS[Math.floor(random() * 2)]!): Promise<Client> => {
    const options = { verbose: false, pedantic: false, user: policy, pass: 'pw' };
    const peer = await harness.connect(dialect, { over, options });
    if (dialect === 'line') await peer.send(`AUTH ${policy} pw\n`).expect('OK AUTH');
    peers.push(peer);
    return peer;
  };
  const receiver = async (policy: FlowPolicy): Promise<Receiver> => {
    const peer = await join(policy);
    await peer.send(peer.dialect === 'nats' ? 'SUB load.* 1\r\n' : 'SUB load.*\n').settle();
    return { peer, policy, heard: [], heardBytes: 0, frozen: false };
  };
  const healthy = [await receiver('pause'), await receiver('pause')];
  let others = [await receiver('pause'), await receiver('drop'), await receiver('disconnect')];
  const departed: Receiver[] = [];
  const publishers: Client[] = [];
  const sent: number[] = [];
  for (let n = 0; n < PUBLISHERS; n++) {
    publishers.push(await join('pause', 'nats'));
    sent.push(0);
  }
  const listening = healthy.map(listen);
  let sentBytes = 0;
  /** Publishes messages, each once the healthy receivers have room for it. */
  const publish = async (n: number, ...sizes: readonly number[]): Promise<void> => {
    const payloads = sizes.map((size) => `${n}:${sent[n]!++}:${'x'.repeat(size)}`);
    const bytes = payloads.reduce((sum, { length }) => sum + length, 0);
    await until('the healthy receivers have caught up', () =>
      healthy.every(({ heardBytes }) => sentBytes + bytes - heardBytes <= MOST_AHEAD),
    );
    sentBytes += bytes;
    publishers[n]!.send(payloads.map((payload) => pub(`load.${n}`, payload)).join(''));
  };

  for (let round = 0; round < ROUNDS; round++) {
    for (const n of publishers.keys()) {
      const count = Math.floor(random() * 4);
      await publish(n, ...Array.from({ length: count }, () => Math.floor(random() * LARGEST[over])));
    }
    const chosen = others[Math.floor(random() * others.length)]!;
    const what = random();
    if (what < 0.3) {
      chosen.peer.stall();
      chosen.frozen = true;
    } else if (what < 0.5) {
      chosen.peer.resume();
      chosen.frozen = false;
    } else if (what < 0.6) {
      if (random() < 0.5) chosen.peer.reset();
      else chosen.peer.resume().end();
    }
    const gone = others.filter(({ peer }) => peer.connection.reason !== undefined || peer.wire.destroyed);
    departed.push(...gone);
    others = others.filter((each) => !gone.includes(each));
    while (others.length < 3) others.push(await receiver(gone[0]?.policy ?? 'drop'));
    if (round % 3 === 0) await turns(Math.floor(random() * 100));
    expectBalance(harness, peers);
  }

  // Whatever chance has brought: one that drops, and then one that is cut off. Not both at once: the first would be cut
  // off, too, while its publisher is held for the second.
  const sendUntil = async (happened: () => boolean): Promise<void> => {
    while (!happened()) {
      await publish(0, LARGEST[over]);
      await turns(20);
      expectBalance(harness, peers);
    }
  };
  const drops = () => harness.core.drops.of('policy').messages;
  const before = drops();
  const dropping = await receiver('drop');
  dropping.peer.stall();
  await sendUntil(() => drops() > before);
  const frozen = await receiver('pause');
  frozen.peer.stall();
  await sendUntil(() => frozen.peer.connection.reason !== undefined);
  expect(frozen.peer.connection.reason).to.equal('SLOW_CONSUMER');
  for (const { peer } of [...others, dropping]) peer.resume();
  await soon('all to be routed', Promise.all(publishers.map((publisher) => publisher.settle())));
  for (const { peer } of healthy) peer.send(peer.dialect === 'nats' ? 'PING\r\n' : 'PING\n');
  await Promise.all(listening);
  await until('the wires have taken all of it', () =>
    healthy.every(({ peer }) => deliveryCountsOfPeer(peer).pending.messages === 0),
  );
  expectBalance(harness, peers);

  expect(harness.core.drops.of('slow_consumer').messages).to.be.above(0);
  const total = sent.reduce((sum, count) => sum + count, 0);
  for (const each of healthy) {
    expect(each.heard).to.have.lengthOf(total);
    for (const n of sent.keys())
      expect(each.heard.filter((name) => name.startsWith(`${n}:`))).to.deep.equal(
        Array.from({ length: sent[n]! }, (_, number) => `${n}:${number}`),
      );
    expect(deliveryCountsOfPeer(each.peer)).to.deep.include({
      dropped: {},
      pending: { messages: 0, bytes: 0 },
    });
  }
  expect(healthy[0]!.heard).to.deep.equal(healthy[1]!.heard); // one order for all
}

/** Hears until the PONG at the very end. */
async function listen(receiver: Receiver): Promise<void> {
  for (;;) {
    const frame = await receiver.peer.next();
    if (frame === 'PONG') return;
    const message = messageIn(frame);
    if (message === undefined) continue;
    receiver.heard.push(message.name);
    receiver.heardBytes += message.bytes;
  }
}
