import { expect } from 'chai';
import { batchOf } from '../../lib/frame/command.js';
import { type Client, Harness, pub, QUIET } from '../support/harness.js';
import { seeded } from '../support/random.js';
import { until } from '../support/until.js';

/** Subjects of `depth` tokens, each `a` or `*`, and `z` at the end: a search for `a.a.….z` visits all of them. */
function patterns(depth: number): string[] {
  return Array.from({ length: 2 ** depth }, (_, n) =>
    [...Array.from({ length: depth }, (_, bit) => ((n >> bit) & 1 ? '*' : 'a')), 'z'].join('.'),
  );
}

const subscribe = (subjects: readonly string[], queue = '') =>
  subjects.map((subject, n) => `SUB ${subject} ${queue}${queue && ' '}${n + 1}\r\n`).join('');

describe('fair shares', () => {
  let harness: Harness;
  let heavy: Client;
  let light: Client;
  let hearer: Client;
  beforeEach(async () => {
    harness = await Harness.start();
    hearer = await harness.connect('nats');
    await hearer.send('SUB light 1\r\nSUB heavy.> 2\r\n').settle();
    light = await harness.connect('nats');
  });
  afterEach(() => harness.stop());

  /** Has `light` publish while the broker is busy with what `heavy` has sent; expects it to be heard before the end of that. */
  async function expectLightInBetween(last: string): Promise<void> {
    await until('the rest of the batch was put aside', () => heavy.connection.client.suspended);
    light.send(pub('light', 'in between'));
    expect(await hearer.next()).to.equal('MSG light 1 10\r\nin between');
    expect(await hearer.next()).to.include(last);
  }

  it('are given to a client beside one whose messages each match many of its own subscriptions', async () => {
    heavy = await harness.connect('nats');
    await heavy.send(subscribe(new Array<string>(500).fill('own'))).settle();
    heavy.send(`${pub('own', '').repeat(400)}${pub('heavy.end', 'end')}`);
    await expectLightInBetween('end');
  });

  it('are given to a client beside one whose messages match nothing after a long search', async () => {
    heavy = await harness.connect('nats');
    await heavy.send(subscribe(patterns(13))).settle();
    const subject = (n: number) => `${'a.'.repeat(13)}${n}`;
    heavy.send(Array.from({ length: 60 }, (_, n) => pub(subject(n), '')).join('') + pub('heavy.end', 'end'));
    await expectLightInBetween('end');
  });

  it('are given to a client beside one that subscribes and unsubscribes', async () => {
    heavy = await harness.connect('nats');
    const storm = Array.from({ length: 20_000 }, (_, n) => `SUB storm.${n}.* ${n}\r\nUNSUB ${n}\r\n`).join(
      '',
    );
    heavy.send(storm + pub('heavy.end', 'end'));
    await expectLightInBetween('end');
    expect(harness.core.sublist.size).to.equal(2);
  });

  it('are given to a client beside one that logs in again and again', async () => {
    heavy = await harness.connect('nats');
    heavy.send(`${'CONNECT {"verbose":false}\r\n'.repeat(2_000)}${pub('heavy.end', 'end')}`);
    await expectLightInBetween('end');
  });

  it('are given to a client beside one whose requests have no receiver', async () => {
    heavy = await harness.connect('nats', { options: { ...QUIET, headers: true, no_responders: true } });
    heavy.send('SUB answers.> 1\r\n');
    const request = (n: number) => pub('none', '', `answers.${n}`);
    heavy.send(Array.from({ length: 8_000 }, (_, n) => request(n)).join('') + pub('heavy.end', 'end'));
    await expectLightInBetween('end');
  });

  it('are given to a client beside one that asks again and again who it is', async () => {
    heavy = await harness.connect('nats');
    heavy.send(pub('$SYS.REQ.USER.INFO', '', 'answers').repeat(3_000) + pub('heavy.end', 'end'));
    await expectLightInBetween('end');
  });

  it('leave the order of each publisher and the one order of all as they are', async () => {
    const random = seeded(7);
    const below = (limit: number) => Math.floor(random() * limit);
    const other = await harness.connect('nats');
    await other.send('SUB heavy.> 2\r\nSUB light 1\r\n').settle();
    heavy = await harness.connect('nats');
    await heavy.send(subscribe(patterns(11))).settle();
    const publishers = [heavy, await harness.connect('nats'), light];
    const counts = [0, 0, 0];
    for (let round = 0; round < 40; round++) {
      const who = below(3);
      let burst = '';
      for (let n = below(40); n >= 0; n--) {
        const isCostly = who < 2 && below(2) === 0;
        if (isCostly) burst += pub(`${'a.'.repeat(11)}${round}x${n}`, '');
        burst += pub(who === 2 ? 'light' : `heavy.${who}`, `${who}:${counts[who]!++}`);
      }
      publishers[who]!.send(burst);
    }
    for (const publisher of publishers) await publisher.settle();
    const payloads = (frames: readonly string[]) =>
      frames.map((frame) => frame.slice(frame.indexOf('\n') + 1));
    const first = payloads(await hearer.settle());
    expect(payloads(await other.settle())).to.deep.equal(first);
    for (const who of [0, 1, 2]) {
      const own = first.filter((each) => each.startsWith(`${who}:`));
      expect(own).to.deep.equal(Array.from({ length: counts[who]! }, (_, n) => `${who}:${n}`));
    }
  });

  it('let in no next batch while one is carried out, whatever ends a hold meanwhile', async () => {
    heavy = await harness.connect('nats');
    const { client } = heavy.connection;
    let letIn = 0;
    client.suspended = true; // as while the rest of a batch waits for its turn
    client.whenReleased(() => letIn++);
    client.suspended = false;
    const during: number[] = [];
    const endsHold = () => {
      client.readOn(); // as the end of a receiver that held it does
      during.push(letIn);
      return 1;
    };
    const hook = { kind: 'service', owner: {}, units: 0, take: endsHold } as const;
    harness.core.account('$G').interest.attach(hook, hook, 'hook');
    const batch = batchOf({ subject: 'hook', payload: Buffer.alloc(0) });
    harness.core.take(client, batch, 0, 1);
    expect(during).to.deep.equal([0]);
    client.readOn();
    expect(letIn).to.equal(1);
  });

  it('end with the connection: what was put aside is not carried out', async () => {
    heavy = await harness.connect('nats');
    await heavy.send(subscribe(patterns(13))).settle();
    heavy.send(
      Array.from({ length: 200 }, (_, n) => pub(`${'a.'.repeat(13)}${n}`, '')).join('') +
        pub('heavy.end', ''),
    );
    await until('the rest of the batch was put aside', () => heavy.connection.client.suspended);
    heavy.wire.destroy();
    await until('it is gone', () => harness.core.sublist.size === 2 && harness.core.scheduler.waiting === 0);
    expect(await hearer.settle()).to.deep.equal([]);
  });

  it('do not keep back what was read when the broker shuts down', async () => {
    heavy = await harness.connect('nats', { options: { ...QUIET } });
    await heavy.send(subscribe(patterns(12))).settle();
    heavy.send(
      Array.from({ length: 40 }, (_, n) => pub(`${'a.'.repeat(12)}${n}`, '')).join('') +
        pub('heavy.end', 'end'),
    );
    await until('the rest of the batch was put aside', () => heavy.connection.client.suspended);
    const closed = harness.broker.close();
    expect(await hearer.next()).to.equal('MSG heavy.end 2 3\r\nend');
    await closed;
  });
});

describe('many subscriptions of one client', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.stop());
  const COUNT = 5_000;

  for (const [kind, queue] of [
    ['plain', ''],
    ['in a queue group', 'q'],
  ] as const) {
    it('end together with one message, over some turns, and their sids are free at once', async () => {
      const client = await harness.connect('nats');
      const count = 40_000;
      const all = Array.from({ length: count }, (_, n) => `SUB own ${n}\r\nUNSUB ${n} 1\r\n`).join('');
      await client.send(all).settle();
      const again = `SUB own 7\r\nUNSUB 8 5\r\n${pub('own', 'second')}`;
      const heard = await client.send(`${pub('own', 'first')}${again}`).settle();
      const second = heard.filter((frame) => frame.endsWith('second'));
      expect(second).to.deep.equal(['MSG own 7 6\r\nsecond']);
      expect(heard).to.have.lengthOf(count + 1);
      await until('the others are removed', () => harness.core.sublist.size === 1);
      expect(client.connection.client.subscriptions.size).to.equal(1);
      expect(client.connection.client.subscriptions.ended).to.equal(0);
    });

    it(`${kind} end over some turns with their client, and get nothing meanwhile`, async () => {
      const many = await harness.connect('nats');
      const one = await harness.connect('nats');
      const publisher = await harness.connect('nats', {
        options: { ...QUIET, no_responders: true, headers: true },
      });
      await many.send(subscribe(new Array<string>(COUNT).fill('crowd'), queue)).settle();
      await one.send(`SUB crowd ${queue} 1\r\n`).settle();
      const { client } = many.connection;
      client.close('QUIT');
      expect(client.closing).to.equal(true);
      expect(harness.core.sublist.size).to.be.above(1);
      const before = client.outMessages;
      await publisher.send(pub('crowd', 'for one')).settle();
      expect(await one.settle()).to.deep.equal(['MSG crowd 1 7\r\nfor one']);
      expect(client.outMessages).to.equal(before);
      await until('all have ended', () => harness.core.sublist.size === 1);
      expect(client.subscriptions.size).to.equal(0);
    });
  }

  it('end over some turns with their client where they are few, but of very many tokens', async () => {
    const few = await harness.connect('nats');
    const tail = '.x'.repeat(1_900);
    await few.send(subscribe(Array.from({ length: 200 }, (_, n) => `t${n}${tail}.*`))).settle();
    few.connection.client.close('QUIT');
    expect(harness.core.sublist.size).to.be.above(100);
    await until('all have ended', () => harness.core.sublist.empty);
  });

  it('move to another account over some turns: its commands wait, and it is handed nothing meanwhile', async () => {
    await harness.stop();
    const account = (name: string) => ({ users: [{ user: name, password: 'p' }] });
    harness = await Harness.start({ accounts: { A: account('a'), B: account('b') } });
    const as = (user: string) => harness.connect('nats', { options: { ...QUIET, user, pass: 'p' } });
    const [many, left, joined] = [await harness.connect('line'), await as('a'), await as('b')];
    await many.send('AUTH a p\n').expect('OK AUTH');
    await many.send(Array.from({ length: 30_000 }, (_, n) => `SUB crowd.${n}\n`).join('')).settle();
    many.send('AUTH b p\nPUB done x\n');
    await joined.send('SUB done 1\r\n').settle();
    await until('they are on their way', () => many.connection.client.changes?.isMoving === true);
    left.send(pub('crowd.1', ''));
    joined.send(pub('crowd.1', ''));
    expect(await joined.next()).to.include('MSG done');
    expect(harness.core.account('A').sublist.size).to.equal(0);
    expect(many.connection.client.outMessages).to.equal(0);
    joined.send(pub('crowd.1', '') + pub('crowd.29999', ''));
    await until('they get it', () => many.connection.client.outMessages === 2);
  });

  for (const [kind, queue] of [
    ['plain', ''],
    ['in a queue group', 'q'],
  ] as const) {
    it(`${kind} end over some turns at a second CONNECT, and get nothing meanwhile; new ones do`, async () => {
      const [many, one] = [await harness.connect('nats'), await harness.connect('nats')];
      await many.send(subscribe(new Array<string>(COUNT).fill('crowd'), queue)).settle();
      await one.send(`SUB crowd ${queue} 1\r\n`).settle();
      const { client } = many.connection;
      many.send(`CONNECT ${JSON.stringify(QUIET)}\r\nSUB other 1\r\nUNSUB 2\r\n`);
      await until('they are on their way', () => client.changes !== undefined);
      expect(harness.core.sublist.size).to.be.above(2);
      expect(client.subscriptions.size).to.be.at.most(1);
      one.send(pub('crowd', 'for one') + pub('other', 'for many'));
      expect(await one.settle()).to.deep.equal(['MSG crowd 1 7\r\nfor one']);
      expect(await many.settle()).to.deep.equal(['MSG other 1 8\r\nfor many']);
      await until('all have ended', () => harness.core.sublist.size === 2);
      expect(client.changes).to.equal(undefined);
      expect(client.subscriptions.size).to.equal(1);
      client.close('QUIT');
      await until('it has closed', () => harness.core.sublist.size === 1);
    });
  }

  it('all get each message, in order with everything else, though they are many', async () => {
    const many = await harness.connect('nats');
    const publisher = await harness.connect('nats');
    const sids = Array.from({ length: 20_000 }, (_, n) => `${n + 1}`);
    await many.send(subscribe(sids.map(() => 'crowd'))).settle();
    await many.send('SUB other other\r\nUNSUB 20000 1\r\n').settle();
    const { outbox } = many.connection.client;
    publisher.send(pub('crowd', 'one') + pub('other', 'x') + pub('crowd', 'two') + pub('other', 'y'));
    await until('they are made into deliveries a part at a time', () => outbox.isFanningOut);
    expect(outbox.pending.messages).to.be.above(8_192);
    await publisher.settle();
    const frames = await many.settle();
    const expected = [
      ...sids.map((sid) => `MSG crowd ${sid} 3\r\none`),
      'MSG other other 1\r\nx',
      ...sids.slice(0, -1).map((sid) => `MSG crowd ${sid} 3\r\ntwo`),
      'MSG other other 1\r\ny',
    ];
    expect(frames.length).to.equal(expected.length);
    expect(frames[20_000]).to.equal(expected[20_000]);
    expect([...frames].sort()).to.deep.equal([...expected].sort());
    expect(outbox.pending.messages).to.equal(0);
    expect(outbox.delivered.messages).to.equal(many.connection.client.outMessages);
  });

  it('get what was queued for them before their connection is closed', async () => {
    const many = await harness.connect('nats');
    await many.send(subscribe(new Array<string>(20_000).fill('crowd'))).settle();
    const publisher = await harness.connect('nats');
    publisher.send(pub('crowd', ''));
    const { client } = many.connection;
    await until('it has been queued', () => client.outbox.isFanningOut);
    client.close('QUIT');
    expect(await many.rest()).to.have.lengthOf(20_000);
    expect(await many.closed).to.equal('fin');
    expect(client.outbox.delivered.messages).to.equal(20_000);
  });

  it('that wants no echo are passed over at once, in a queue group as well', async () => {
    const many = await harness.connect('nats', { options: { ...QUIET, echo: false } });
    const one = await harness.connect('nats');
    await many.send(subscribe(new Array<string>(COUNT).fill('crowd'), 'q')).settle();
    await many.send(Array.from({ length: COUNT }, (_, n) => `SUB crowd p${n}\r\n`).join('')).settle();
    await one.send('SUB crowd q 1\r\n').settle();
    await many.send(pub('crowd', 'x').repeat(5_000)).settle(); // passing over each of them would be 50 million steps
    expect(await one.settle()).to.have.lengthOf(5_000);
    expect(many.connection.client.outMessages).to.equal(0);
  });
});
