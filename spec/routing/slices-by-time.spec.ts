import { expect } from 'chai';
import type { Publisher, Sink } from '../../lib/clients/subscription.js';
import { configFrom } from '../../lib/config.js';
import { batchOfCommands } from '../../lib/frame/batch-of-commands.js';
import type { CommandBatch } from '../../lib/frame/command.js';
import { EXACT, FlowModel } from '../support/flow-model.js';
import { Harness, pub, QUIET } from '../support/harness.js';

/** Takes a time of the clock for each message. */
class Slow implements Sink {
  readonly kind = 'service';
  readonly units = 1;
  readonly owner = this;
  taken = 0;
  private readonly pass: () => void;

  constructor(pass: () => void) {
    this.pass = pass;
  }

  take(_publisher: Publisher, _batch: CommandBatch, from: number, to: number): number {
    for (let row = from; row < to; row++) {
      this.taken++;
      this.pass();
    }
    return to - from;
  }
}

describe('messages that take longer than their units say', () => {
  it('end their slice by the clock, few at a time where a sink takes them', () => {
    const model = new FlowModel(configFrom().flow);
    const sink = new Slow(() => {
      model.time += 10;
    });
    const { client } = model.join(EXACT);
    client.account.interest.attach(sink, sink, 'slow');
    const message = { op: 'PUB' as const, subject: 'slow', payload: Buffer.from('x') };
    model.core.write({ client, batch: batchOfCommands(Array(200).fill(message)), from: 0 });
    expect(sink.taken).to.be.within(1, 8);
    for (let turns = 0; turns < 400 && sink.taken < 200; turns++) {
      const before = sink.taken;
      model.core.scheduler.runTurn();
      expect(sink.taken - before).to.be.below(16);
    }
    expect(sink.taken).to.equal(200);
    model.end();
  });
});

describe('messages that are answered with 503', () => {
  it('end their slice by the clock, as the search for where the answer goes may take long', () => {
    const model = new FlowModel(configFrom().flow);
    const { client } = model.join(EXACT);
    client.noResponders = true;
    client.subscriptions.add('reply.*', '1');
    const requests = Array.from({ length: 200 }, (_, n) => ({
      op: 'PUB' as const,
      subject: 'nobody',
      reply: `reply.${n}`,
      payload: Buffer.from('x'),
    }));
    model.msPerLook = 10;
    model.core.write({ client, batch: batchOfCommands(requests), from: 0 });
    expect(client.published).to.be.within(1, 16);
    for (let turns = 0; turns < 400 && client.published < 200; turns++) {
      const before = client.published;
      model.core.scheduler.runTurn();
      expect(client.published - before).to.be.below(32);
    }
    expect(client.published).to.equal(200);
    model.end();
  });
});

describe('messages for queue groups with members that may not see all of them', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('get the next one all the same', async () => {
    harness = await Harness.start({
      authorization: {
        users: [
          { user: 'd', password: 'p', permissions: { subscribe: { deny: 'a.secret' } } },
          { user: 'free', password: 'p' },
        ],
      },
    });
    const members = await harness.connect('nats', { options: { ...QUIET, user: 'd', pass: 'p' } });
    await members.send(Array.from({ length: 200 }, (_, n) => `SUB a.* g ${n}\r\n`).join('')).settle();
    const publisher = await harness.connect('nats', { options: { ...QUIET, user: 'free', pass: 'p' } });
    await publisher
      .send(pub('a.secret', 'no') + pub('a.open', 'yes') + pub('a.secret', 'no') + pub('a.open', 'yes'))
      .settle();
    const frames = await members.settle();
    expect(frames.map((frame) => frame.replace(/ \d+ 3/, ' N 3'))).to.deep.equal([
      'MSG a.open N 3\r\nyes',
      'MSG a.open N 3\r\nyes',
    ]);
  });

  it('go to the one that may, though it is one of many', async () => {
    harness = await Harness.start({
      authorization: {
        users: [
          { user: 'd', password: 'p', permissions: { subscribe: { deny: 'a.secret' } } },
          { user: 'free', password: 'p' },
        ],
      },
    });
    const members = await harness.connect('nats', { options: { ...QUIET, user: 'd', pass: 'p' } });
    await members.send(Array.from({ length: 2_000 }, (_, n) => `SUB a.* g ${n}\r\n`).join('')).settle();
    const one = await harness.connect('nats', { options: { ...QUIET, user: 'free', pass: 'p' } });
    await one.send('SUB a.* g 1\r\n').settle();
    const publisher = await harness.connect('nats', { options: { ...QUIET, user: 'free', pass: 'p' } });
    await publisher.send(pub('a.secret', 'x').repeat(20)).settle();
    expect(await one.settle()).to.deep.equal(Array(20).fill('MSG a.secret 1 1\r\nx'));
    expect(await members.settle()).to.deep.equal([]);
  });
});

describe('what a client under review is handed', () => {
  it('is told apart by subscription without asking for each of them anew', () => {
    const model = new FlowModel(configFrom().flow);
    const { client } = model.join(EXACT);
    const asked: string[] = [];
    for (let n = 0; n < 1_000; n++) client.subscriptions.add('crowd', `${n}`);
    const permissions = {
      restrictsPublish: false,
      responses: undefined,
      mayPublish: () => true,
      maySubscribe: (subject: string) => {
        asked.push(subject);
        return false;
      },
      filterFor: () => undefined,
      describe: () => ({}),
    };
    client.admit({
      account: client.account,
      user: undefined,
      permissions,
      maxSubscriptions: undefined,
    } as never);
    const before = asked.length;
    const { changes } = client;
    const subscriptions = [...client.subscriptions.values()];
    expect(changes).not.to.equal(undefined);
    for (const subscription of subscriptions) expect(changes!.allow(subscription)).to.equal(false);
    expect(asked.length - before).to.be.at.most(1);
    model.end();
  });
});
