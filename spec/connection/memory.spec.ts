import { expect } from 'chai';
import { type Client, Harness, pub } from '../support/harness.js';
import { bytesInUse } from '../support/memory.js';
import { bytesKept } from '../support/retained-bytes.js';
import { startTls, upgrade } from '../support/tls.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;
/** Memory in use after the connections of a case have closed returns to within this of what it was. In bytes. */
const MOST_KEPT = 4 * MIB;
const CONNECTIONS = 4;
const PAYLOAD = 'x'.repeat(65_536);
const SETTINGS = {
  flow: {
    policy: 'disconnect',
    high_water: '1MiB',
    low_water: '256KiB',
    max_pending: '16MiB',
    write_deadline: '10m',
  },
  nats: { ping_interval: '10m' },
} as const;

/** Publishes on `subject` until the broker has closed every other connection. */
async function publishUntilAlone(harness: Harness, publisher: Client, subject: string): Promise<void> {
  const stays = harness.connections.size - CONNECTIONS;
  while (harness.connections.size > stays) {
    publisher.send(pub(subject, PAYLOAD).repeat(16));
    await publisher.settle();
  }
}

/** Readers that take nothing and are cut off as slow consumers, with 16 MiB pending each. */
async function cutOff(harness: Harness, publisher: Client, dialect: 'nats' | 'line'): Promise<void> {
  for (let n = 0; n < CONNECTIONS; n++) {
    const reader = await harness.connect(dialect, { over: 'socket' });
    await reader.send(dialect === 'nats' ? 'SUB flood.* 1\r\nSUB flood.x 2\r\n' : 'SUB flood.x\n').settle();
    reader.stall();
  }
  await publishUntilAlone(harness, publisher, 'flood.x');
}

/** Opens connections that close, or are closed, and of which the broker then holds nothing. */
type Case = (harness: Harness, publisher: Client) => Promise<void>;

const CASES: Readonly<Record<string, Case>> = {
  'NATS readers that are cut off': (harness, publisher) => cutOff(harness, publisher, 'nats'),
  'line readers that are cut off': (harness, publisher) => cutOff(harness, publisher, 'line'),

  async 'readers that hang up with messages pending'(harness, publisher) {
    const readers: Client[] = [];
    for (let n = 0; n < CONNECTIONS; n++) {
      const reader = await harness.connect('nats', { over: 'socket' });
      await reader.send('SUB flood.* 1\r\n').settle();
      readers.push(reader.stall());
    }
    for (let n = 0; n < 8; n++) await publisher.send(pub('flood.x', PAYLOAD).repeat(16)).settle();
    for (const reader of readers) reader.reset();
  },

  async 'a reader with 60,000 subscriptions to one subject, 60,000 to others, and queue groups'(
    harness,
    publisher,
  ) {
    const reader = await harness.connect('nats', { over: 'socket' });
    let text = 'SUB crowd.* q 0\r\n';
    for (let sid = 1; sid <= 60_000; sid++) text += `SUB crowd.x ${sid}\r\nSUB own.${sid} w${sid}\r\n`;
    await reader.send(text).settle();
    const own = Array.from({ length: 2_000 }, (_, n) => pub(`own.${n}`, 'x')).join('');
    await publisher.send(pub('crowd.x', ''), pub('crowd.y', ''), own).settle();
    reader.reset();
  },

  async 'readers with patterns, each with a result of its own'(harness, publisher) {
    for (let n = 0; n < CONNECTIONS; n++) {
      const reader = await harness.connect('nats', { over: 'socket' });
      let text = 'SUB a.> 0\r\n';
      for (let sid = 1; sid <= 3_000; sid++)
        text += `SUB a.${n}.${sid}.* ${sid}\r\nSUB a.${n}.${sid}.x l${sid}\r\n`;
      await reader.send(text).settle();
      const all = Array.from(
        { length: 3_000 },
        (_, sid) => pub(`a.${n}.${sid}.x`, '') + pub(`a.${n}.${sid}.y`, ''),
      );
      await publisher.send(all.join('')).settle();
      reader.reset();
    }
  },

  async 'publishers, with messages in part and whole ones that nothing has taken'(harness) {
    for (let n = 0; n < CONNECTIONS; n++) {
      const publisher = await harness.connect('nats', { over: 'socket' });
      await publisher.send(pub('stays.x', 'y'.repeat(MIB))).settle();
      await publisher.sendAll(pub('stays.y', 'y'.repeat(MIB)).slice(0, -10_000));
      publisher.reset();
    }
  },
};

describe('memory after connections have closed', () => {
  let harness: Harness | undefined;
  afterEach(() => harness?.stop());

  /** Runs a case twice, as some memory is allocated once and kept; after the second time there is no more than before. */
  async function prove(run: Case): Promise<void> {
    const { broker, core, connections } = harness!;
    const publisher = await harness!.connect('nats', { over: 'socket' });
    const subscriber = await harness!.connect('nats', { over: 'socket' });
    await subscriber.send('SUB stays.* 1\r\n').settle();
    let gone: WeakRef<object>[] = [];
    const nothing = (): void => {};
    broker.watch({
      connected: (member) => {
        gone.push(new WeakRef(member.client), new WeakRef(member.client.outbox), new WeakRef(member));
      },
      disconnected: nothing,
      leafChanged: nothing,
      failed: nothing,
      subscribed: nothing,
      unsubscribed: nothing,
    });
    let before = 0;
    for (let time = 0; time < 2; time++) {
      gone = [];
      before = bytesInUse();
      await run(harness!, publisher);
      await until('they have closed', () => connections.size === 2);
      harness!.keepPeers(2);
      await subscriber.settle(); // takes what has come out of the memory of this process
    }
    expect(await bytesKept(before, MOST_KEPT)).to.be.below(MOST_KEPT);
    expect(gone).not.to.have.lengthOf(0);
    await until('nothing refers to them', () => {
      bytesInUse();
      return gone.every((each) => each.deref() === undefined);
    });
    expect(core.sublist.size).to.equal(1);
  }

  for (const [name, run] of Object.entries(CASES))
    it(name, async () => {
      harness = await Harness.start(SETTINGS);
      await prove(run);
    });

  it('TLS readers that are cut off', async () => {
    harness = await startTls({ allowNonTls: true, timeoutMs: 600_000 }, SETTINGS);
    await prove(async (each, publisher) => {
      for (let n = 0; n < CONNECTIONS; n++) {
        const { peer } = await upgrade(each);
        await peer.send('SUB flood.* 1\r\n').settle();
        peer.stall();
      }
      await publishUntilAlone(each, publisher, 'flood.x');
    });
  });
});
