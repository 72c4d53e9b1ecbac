import { expect } from 'chai';
import type { Replacements } from '../../lib/broker/replacements.js';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { deliveryCountsOfPeer, expectBalance } from '../support/delivery-balance.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Client, DIALECTS, Harness, msg, OVER, type Over, pub } from '../support/harness.js';
import type { DialectName } from '../support/peer.js';
import { steppedClock } from '../support/stepped-clock.js';
import { soon, until } from '../support/until.js';

const KIB = 1024;
const PAYLOAD = 'x'.repeat(8 * KIB);
/** More than every buffer on the way to a reader holds: over sockets the kernel has megabytes. */
const FRAMES: Readonly<Record<Over, number>> = { pair: 256, socket: 4_096 };
const FLOW = { high_water: '64KiB', low_water: '16KiB', write_deadline: '10m' };

const subscribe = { nats: 'SUB feed 1\r\n', line: 'SUB feed\n' } as const;
const publish = (dialect: DialectName, text: string) =>
  dialect === 'nats' ? pub('feed', text) : `PUB feed ${text}\n`;
const numbered = (n: number) => `${n}:${PAYLOAD}`;
/** The numbers in what a subscriber to `feed` heard. */
const numbersIn = (frames: readonly string[]) =>
  frames.filter((frame) => frame.includes(':x')).map((frame) => Number(/(\d+):x/.exec(frame)![1]));

describe('flow policies', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  const start = async (settings: SettingsInput, replacements?: Replacements): Promise<void> => {
    harness = await Harness.start(
      { ...settings, flow: { ...FLOW, ...settings.flow } },
      undefined,
      replacements,
    );
  };

  async function stalled(dialect: DialectName, over: Over): Promise<Client> {
    const subscriber = await harness.connect(dialect, { over });
    await subscriber.send(subscribe[dialect]).settle();
    return subscriber.stall();
  }

  for (const over of OVER)
    for (const dialect of DIALECTS) {
      it(`drop: a ${dialect} reader over a ${over} misses the newest messages, no publisher waits, and it receives again`, async () => {
        await start({ flow: { policy: 'drop' } });
        const subscriber = await stalled(dialect, over);
        const healthy = await harness.connect('nats', { over });
        await healthy.send('SUB feed 1\r\n').settle();
        const heard: string[] = [];
        const publisher = await harness.connect('nats', { over });
        const count = FRAMES[over];
        for (let n = 0; n < count; n++) {
          await publisher.sendAll(publish('nats', numbered(n)));
          expect(publisher.held).to.equal(false);
          if (n % 4 !== 3) continue;
          await publisher.settle(); // all has been routed, so the healthy one hears it before its PONG
          heard.push(...(await healthy.settle()));
        }
        expect(numbersIn(heard)).to.deep.equal(Array.from({ length: count }, (_, n) => n));
        expectBalance(harness, [subscriber, healthy, publisher]);
        const { dropped, routed, congested } = deliveryCountsOfPeer(subscriber);
        expect(routed.messages).to.equal(count);
        expect(dropped.policy?.messages).to.be.above(0);
        expect(congested).to.equal(true);
        expect(subscriber.connection.client.outbox.keptBytes).to.be.below(512 * KIB);

        subscriber.resume();
        await until('it has drained', () => !deliveryCountsOfPeer(subscriber).congested);
        await publisher.send(publish('nats', numbered(count))).settle();
        const late = numbersIn(await subscriber.settle());
        const missed = deliveryCountsOfPeer(subscriber).dropped.policy!;
        expect(late).to.have.lengthOf(count + 1 - missed.messages);
        // All of the oldest, none of the newest, and the one that was published once it had drained.
        const expected = [...late.keys()].slice(0, -1);
        expect(late).to.deep.equal([...expected, count]);
        expect(missed.bytes).to.be.above(missed.messages * PAYLOAD.length);
        await until('nothing is pending', () => deliveryCountsOfPeer(subscriber).pending.messages === 0);
        expectBalance(harness, [subscriber, healthy, publisher]);
        expect(deliveryCountsOfPeer(publisher).heldMs).to.equal(0);
      });

      it(`disconnect: a ${dialect} reader over a ${over} is cut off at max_pending, no publisher waits`, async () => {
        await start({
          nats: { max_payload: '64KiB' },
          flow: { policy: 'disconnect', max_pending: '1MiB' },
        });
        const subscriber = await stalled(dialect, over);
        const publisher = await harness.connect('nats', { over });
        for (let n = 0; n < 2 * FRAMES[over] && subscriber.connection.reason === undefined; n++) {
          await publisher.sendAll(publish('nats', numbered(n)));
          expect(publisher.held).to.equal(false);
        }
        expect(await subscriber.closeReason()).to.equal('SLOW_CONSUMER');
        await until('it is gone', () => harness.connections.size === 1);
        expectBalance(harness, [subscriber, publisher]);
        const { dropped, delivered, heldOthersMs } = deliveryCountsOfPeer(subscriber);
        expect(dropped.slow_consumer!.messages).to.be.above(0);
        expect(Object.keys(dropped)).to.deep.equal(['slow_consumer']);
        expect(delivered.messages).to.be.at.least(over === 'pair' ? 0 : 10);
        expect(heldOthersMs).to.equal(0);
        expect(harness.core.drops.total).to.deep.equal(dropped.slow_consumer);
        expect(harness.log).to.have.lengthOf(1);
        expect(harness.log[0]).to.include({ policy: 'disconnect', holding: 0 });
        expect(harness.log[0]).to.include({ pendingMessages: dropped.slow_consumer!.messages });
      });
    }

  for (const policy of ['drop', 'disconnect'] as const)
    it(`${policy}: who takes nothing for the write deadline is cut off all the same`, async () => {
      await start({ flow: { policy, write_deadline: '150ms' } });
      const subscriber = await stalled('nats', 'pair');
      const publisher = await harness.connect('nats');
      await publisher.send(...Array.from({ length: 40 }, (_, n) => publish('nats', numbered(n)))).settle();
      expect(await subscriber.closeReason()).to.equal('SLOW_CONSUMER');
      await until('it is gone', () => harness.connections.size === 1);
      expectBalance(harness, [subscriber, publisher]);
    });

  it('answers are not dropped, and who takes none of them is cut off at max_pending', async () => {
    await start({ nats: { max_payload: '64KiB' }, flow: { policy: 'drop', max_pending: '256KiB' } });
    const peer = await harness.connect('nats');
    peer.stall();
    for (let n = 0; n < 100; n++) peer.send('PING\r\n'.repeat(1_000));
    expect(await peer.closeReason()).to.equal('SLOW_CONSUMER');
  });

  it('each listener may have its own, and so may each user', async () => {
    const users = [
      { user: 'ann', password: 'pw' },
      { user: 'bob', password: 'pw', flow: 'drop' as const },
      { user: 'cat', password: 'pw', flow: 'pause' as const },
    ];
    await start({
      flow: { policy: 'disconnect' },
      line: { flow: 'drop' },
      authorization: { users },
      accounts: { OTHER: { users: [{ user: 'dan', password: 'pw', flow: 'drop' }] } },
    });
    const policies: string[] = [];
    for (const user of ['ann', 'bob', 'cat', 'dan']) {
      const options = { verbose: false, pedantic: false, user, pass: 'pw' };
      policies.push(deliveryCountsOfPeer(await harness.connect('nats', { options })).policy);
    }
    expect(policies).to.deep.equal(['disconnect', 'drop', 'pause', 'drop']);
    for (const [user, policy] of [
      ['ann', 'drop'],
      ['cat', 'pause'],
    ] as const) {
      const line = await harness.connect('line');
      await line.send(`AUTH ${user} pw\n`).expect('OK AUTH');
      expect(deliveryCountsOfPeer(line).policy).to.equal(policy);
    }
  });

  it('a reload changes the policy of a user, and lets go who is held for it', async () => {
    const users = (flow: 'pause' | 'drop') => ({ users: [{ user: 'ann', password: 'pw', flow }] });
    const settings = (flow: 'pause' | 'drop'): SettingsInput => ({
      listener: '127.0.0.1:0',
      line: { listener: '127.0.0.1:0' },
      flow: FLOW,
      authorization: users(flow),
    });
    await start(settings('pause'));
    const options = { verbose: false, pedantic: false, user: 'ann', pass: 'pw' };
    const subscriber = await harness.connect('nats', { options });
    await subscriber.send(subscribe.nats).settle();
    subscriber.stall();
    const publisher = await harness.connect('nats', { options });
    for (let n = 0; n < 40; n++) publisher.send(publish('nats', numbered(n)));
    await until('the publisher is held', () => publisher.held);
    await harness.broker.reload(configFrom(settings('drop')));
    await publisher.settle();
    expect(subscriber.connection.reason).to.equal(undefined);
    expect(deliveryCountsOfPeer(subscriber).dropped.policy?.messages).to.be.above(0);
    expectBalance(harness, [subscriber, publisher]);
  });

  it('a member of a queue group that would drop a message is passed over while another takes it', async () => {
    await start({ flow: { policy: 'drop' } });
    const members: Client[] = [];
    for (let n = 0; n < 3; n++) {
      const member = await harness.connect('nats');
      await member.send('SUB feed workers 1\r\n').settle();
      members.push(member);
    }
    const [first, second, third] = members as [Client, Client, Client];
    first.stall();
    second.stall();
    const publisher = await harness.connect('nats');
    const heard: string[] = [];
    for (let n = 0; n < 200; n++) {
      await publisher.send(publish('nats', numbered(n))).settle();
      heard.push(...(await third.settle()));
    }
    expect(harness.core.drops.total.messages).to.equal(0);
    expect(heard.length).to.be.above(100);
    third.stall();
    for (let n = 0; n < 50; n++) await publisher.send(publish('nats', numbered(n))).settle();
    expect(harness.core.drops.of('policy').messages).to.be.above(0);
    expectBalance(harness, [...members, publisher]);
  });

  it('what a user may not publish, or not see, is in the books', async () => {
    const users = [
      { user: 'ann', password: 'pw', permissions: { publish: 'open' } },
      { user: 'bob', password: 'pw', permissions: { subscribe: { allow: ['>'], deny: ['secret'] } } },
    ];
    await start({ authorization: { users } });
    const as = (user: string) => ({ options: { verbose: false, pedantic: false, user, pass: 'pw' } });
    const ann = await harness.connect('nats', as('ann'));
    const bob = await harness.connect('nats', as('bob'));
    await bob.send('SUB * 1\r\n').settle();
    ann.send(pub('open', 'seen'), pub('closed', 'four'));
    await ann.expect('-ERR \'Permissions Violation for Publish to "closed"\'');
    await bob.send(pub('secret', 'unseen')).settle();
    expect(deliveryCountsOfPeer(ann).dropped).to.deep.equal({ permission: { messages: 1, bytes: 4 } });
    expect(deliveryCountsOfPeer(bob).dropped).to.deep.equal({ permission: { messages: 1, bytes: 6 } });
    expect(deliveryCountsOfPeer(bob).delivered.messages).to.equal(1);
    expectBalance(harness, [ann, bob]);
  });

  it('what is pending at the deadline of a shutdown is counted as that', async () => {
    await start({ shutdown: { deadline: '300ms' } });
    const subscriber = await stalled('nats', 'pair');
    const publisher = await harness.connect('nats');
    for (let n = 0; n < 40; n++) publisher.send(publish('nats', numbered(n)));
    await until('the publisher is held', () => publisher.held);
    await harness.broker.close();
    const { dropped } = deliveryCountsOfPeer(subscriber);
    expect(Object.keys(dropped)).to.deep.equal(['shutdown']);
    expectBalance(harness, [subscriber, publisher]);
  });

  it('says for whom a publisher was held, and who held others', async () => {
    await start({});
    const subscriber = await stalled('nats', 'pair');
    const publisher = await harness.connect('nats');
    for (let n = 0; n < 40; n++) publisher.send(publish('nats', numbered(n)));
    await until('the publisher is held', () => publisher.held);
    const { id } = subscriber.connection.client;
    await until('time has passed', () => deliveryCountsOfPeer(publisher).heldMs > 5);
    expect(deliveryCountsOfPeer(publisher).waitsFor).to.deep.equal([id]);
    expect(deliveryCountsOfPeer(subscriber)).to.include({ holding: 1 });
    expect(deliveryCountsOfPeer(subscriber).heldOthersMs).to.be.above(0);
    subscriber.resume();
    await publisher.settle();
    const { waitsFor, heldBy, heldMs } = deliveryCountsOfPeer(publisher);
    expect(waitsFor).to.deep.equal([]);
    expect([...heldBy.keys()]).to.deep.equal([id]);
    expect(heldBy.get(id)).to.be.closeTo(heldMs, 0.001);
    expect(deliveryCountsOfPeer(subscriber)).to.include({ holding: 0 });
  });

  for (const over of OVER) {
    it(`two clients that feed each other over ${over}s and read only then are stuck no longer than the deadline`, async () => {
      // Congested connections are looked at only when the spec says so: both must be held before either is cut off.
      const { coreClock, look } = steppedClock();
      await start({ flow: { write_deadline: '400ms' } }, { clock: new FakeClock(), coreClock });
      const peers = [await harness.connect('nats', { over }), await harness.connect('nats', { over })];
      for (const [n, peer] of peers.entries()) await peer.send(`SUB to.${n} 1\r\n`).settle();
      for (const peer of peers) peer.stall();
      const written = peers.map((peer, n) => {
        const frame = pub(`to.${1 - n}`, PAYLOAD);
        for (let sent = 1; sent < FRAMES[over]; sent++) peer.send(frame);
        return peer.sendAll(frame).then(
          () => peer.resume(),
          () => {},
        );
      });
      await until('both are held', () => peers.every(({ held }) => held));
      await until('one of them is cut off', () => {
        look();
        return peers.some(({ connection }) => connection.reason !== undefined);
      });
      await soon('both to have written, or to be gone', Promise.all(written));
      const gone = peers.filter(({ connection }) => connection.reason !== undefined);
      expect(gone.map(({ connection }) => connection.reason)).to.deep.equal(['SLOW_CONSUMER']);
      await until('one is left', () => harness.connections.size === 1);
      const [left] = peers.filter((peer) => !gone.includes(peer));
      await left!.settle();
      expectBalance(harness, peers);
    });

    for (const dialect of DIALECTS)
      it(`a ${dialect} client held over a ${over} hears what is published to it, and is not thought dead`, async () => {
        const clock = new FakeClock();
        await start({ nats: { ping_interval: '40ms', ping_max: 1 } }, { clock });
        const subscriber = await stalled('line', over); // it cannot be asked, so it need not answer
        const publisher = await harness.connect(dialect, { over });
        const ear = dialect === 'nats' ? 'SUB ear 1\r\n' : 'SUB ear\n';
        await publisher.send(ear).settle();
        for (let n = 0; n < FRAMES[over]; n++) publisher.send(publish(dialect, numbered(n)));
        await until('the publisher is held', () => publisher.held);
        const speaker = await harness.connect('nats', { over });
        for (let n = 0; n < 30; n++) {
          await speaker.send(pub('ear', `${n}`)).settle();
          const due = dialect === 'nats' ? msg('ear', 1, `${n}`) : `UPDATE ear ${n}`;
          for (let frame = ''; frame !== due; ) frame = await publisher.next();
          clock.pass(5); // so that PINGs fall due
        }
        expect(publisher.held).to.equal(true);
        expect(publisher.connection.reason).to.equal(undefined);
        subscriber.resume();
      });
  }
});
