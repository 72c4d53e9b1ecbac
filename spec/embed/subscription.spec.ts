import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Message } from '../../lib/index.js';
import { closeAll, embedded, natsPeer, read, refused, TIGHT } from '../support/embed/embedded.js';
import { pub } from '../support/harness.js';
import { turns } from '../support/turns.js';
import { soon, until } from '../support/until.js';

const LARGE = 'x'.repeat(4_096);

describe('a subscription, in process', () => {
  afterEach(closeAll);

  it('gives messages from NATS clients, whole', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a.*', { max: 3 });
    const peer = await natsPeer(broker, { headers: true });
    peer.send(pub('a.1', '{"n":1}', 'r.1'));
    peer.send('HPUB a.2 25 27\r\nNATS/1.0 200 OK\r\nA: b\r\n\r\nxy\r\n');
    peer.send(pub('a.3', 'x'.repeat(300_000)));
    const [first, second, third] = await read(subscription, 3);
    expect([first!.subject, first!.reply, first!.headers]).to.deep.equal(['a.1', 'r.1', undefined]);
    expect(first!.json<{ n: number }>().n).to.equal(1);
    expect([second!.text(), second!.reply]).to.deep.equal(['xy', undefined]);
    expect([second!.headers!.status, second!.headers!.get('A')]).to.deep.equal([200, 'b']);
    expect(third!.payload.length).to.equal(300_000);
    expect(() => third!.json()).to.throw(SyntaxError);
  });

  it('gives bytes of its own: those read later do not change them', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a');
    const peer = await natsPeer(broker);
    const kept: Message[] = [];
    for (let n = 0; n < 200; n++) {
      await peer.sendAll(pub('a', `${n}`.padEnd(500, '.')));
      if (n % 20 === 0) await turns(1);
    }
    kept.push(...(await read(subscription, 200)));
    const [one, other] = [kept[0]!.payload, kept[1]!.payload];
    one.fill('#');
    expect(other.toString()).to.equal('1'.padEnd(500, '.'));
    for (const [n, { payload }] of kept.entries())
      if (n > 0) expect(payload.toString()).to.equal(`${n}`.padEnd(500, '.'));
  });

  it('gives bytes of its own over sockets, too', async () => {
    const broker = await embedded({ nats: { port: 0 } });
    const subscription = broker.subscribe('a', { max: 400 });
    const socket = connect(broker.natsAddress!);
    const texts = Array.from({ length: 400 }, (_, n) => `${n}`.padEnd(3_000, `${n % 10}`));
    socket.write(`CONNECT {"verbose":false}\r\n${texts.map((text) => pub('a', text)).join('')}`);
    const heard = await read(subscription, 400);
    expect(heard.map((message) => message.text())).to.deep.equal(texts);
    socket.destroy();
  });

  it('hears what every other subscriber hears, in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ who: fc.nat(2), subject: fc.constantFrom('a', 'b', 'a.b'), size: fc.nat(3_000) }),
          {
            minLength: 1,
            maxLength: 60,
          },
        ),
        fc.integer({ min: 1, max: 20 }),
        async (steps, highWaterMark) => {
          const broker = await embedded({ flow: TIGHT });
          const local = broker.subscribe('>', { highWaterMark, max: steps.length });
          const peer = await natsPeer(broker);
          await peer.send('SUB > 1\r\n').settle();
          const publishers = [await natsPeer(broker), await natsPeer(broker)];
          const reading = read(local, steps.length);
          for (const { who, subject, size } of steps) {
            if (who === 2) void broker.publish(subject, 'x'.repeat(size));
            else publishers[who]!.send(pub(subject, 'x'.repeat(size)));
          }
          const heard: string[] = [];
          while (heard.length < steps.length) heard.push(await peer.next());
          const here = (await reading).map(
            ({ subject, payload }) => `MSG ${subject} 1 ${payload.length}\r\n${payload}`,
          );
          expect(here).to.deep.equal(heard);
          await broker.close({ drain: false });
        },
      ),
      { numRuns: 15 },
    );
  });

  it('ends after max messages, and is gone', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a', { max: 2 });
    for (const text of ['1', '2', '3']) await broker.publish('a', text);
    const heard: string[] = [];
    for await (const message of subscription) heard.push(message.text());
    expect(heard).to.deep.equal(['1', '2']);
    await refused(() => broker.request('a'), 'NO_RESPONDERS');
  });

  it('is over when the loop is left', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a');
    await broker.publish('a', '1');
    for await (const message of subscription) if (message.text() === '1') break;
    expect(subscription.destroyed).to.equal(true);
    await refused(() => broker.request('a'), 'NO_RESPONDERS');
  });

  it('that is unsubscribed still gives what has come', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a', { highWaterMark: 1 });
    for (let n = 0; n < 100; n++) await broker.publish('a', `${n}`);
    subscription.unsubscribe();
    await broker.publish('a', 'too late');
    const heard: string[] = [];
    for await (const message of subscription) heard.push(message.text());
    expect(heard).to.deep.equal(Array.from({ length: 100 }, (_, n) => `${n}`));
  });

  it('still gives what has come when the broker closes, which does not wait for that', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a', { highWaterMark: 1 });
    for (let n = 0; n < 100; n++) await broker.publish('a', `${n}`);
    await broker.close();
    let count = 0;
    for await (const message of subscription) expect(message.text()).to.equal(`${count++}`);
    expect(count).to.equal(100);
  });

  it('is cut off with an error by a close without drain', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a', { highWaterMark: 1 });
    for (let n = 0; n < 10; n++) await broker.publish('a', `${n}`);
    await broker.close({ drain: false });
    await refused(() => read(subscription, 10), 'SERVER_SHUTDOWN');
  });

  it('takes no more out of its outbox than highWaterMark says', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a', { highWaterMark: 3 });
    for (let n = 0; n < 10; n++) {
      await broker.publish('a', LARGE);
      await turns(1);
    }
    expect(subscription.readableLength).to.equal(3);
    expect(subscription.pending).to.deep.equal({ messages: 7, bytes: 7 * LARGE.length });
    await read(subscription, 10);
    expect(subscription.pending.messages).to.equal(0);
  });

  it('of which nothing is read for write_deadline is a slow consumer; no publisher is held any more', async () => {
    const broker = await embedded({ flow: { ...TIGHT, write_deadline: '50ms' } });
    const slow: number[] = [];
    broker.on('slowConsumer', ({ id }) => slow.push(id));
    const subscription = broker.subscribe('a');
    const all = Promise.all(Array.from({ length: 40 }, () => broker.publish('a', LARGE)));
    await soon('the publishers to be let go', all);
    await until('it is destroyed', () => subscription.destroyed);
    await refused(() => read(subscription, 1), 'SLOW_CONSUMER');
    await until('it is told', () => slow.length === 1);
  });

  it('is a slow consumer above max_pending', async () => {
    const broker = await embedded({
      nats: { enabled: false, max_payload: 5_000 },
      flow: { ...TIGHT, max_pending: '64KiB' },
    });
    const subscription = broker.subscribe('a');
    for (let n = 0; n < 40; n++) void broker.publish('a', LARGE);
    await refused(() => read(subscription, 40), 'SLOW_CONSUMER');
  });

  it('with the policy drop loses the newest and holds no publisher', async () => {
    const broker = await embedded({ flow: TIGHT });
    const subscription = broker.subscribe('a', { flow: 'drop', highWaterMark: 1 });
    for (let n = 0; n < 100; n++) await broker.publish('a', `${n}`.padEnd(4_096));
    subscription.unsubscribe();
    const heard: number[] = [];
    for await (const message of subscription) heard.push(Number(message.text()));
    expect(heard.length).to.be.within(3, 10);
    expect(heard).to.deep.equal(heard.map((_, n) => n));
  });

  it('shares a queue group with others, each message going to one', async () => {
    const broker = await embedded();
    const peer = await natsPeer(broker);
    await peer.send('SUB a q 1\r\n').settle();
    const members = [broker.subscribe('a', { queue: 'q' }), broker.subscribe('a', { queue: 'q' })];
    for (let n = 0; n < 30; n++) await broker.publish('a', `${n}`);
    await turns();
    for (const member of members) member.unsubscribe();
    const heard = await Promise.all(
      members.map(async (member) => {
        let count = 0;
        for await (const _ of member) count++;
        return count;
      }),
    );
    let others = 0;
    for (; heard[0]! + heard[1]! + others < 30; others++) await peer.next();
    expect([...heard, others]).to.deep.equal([10, 10, 10]);
    await peer.expectSilence();
  });

  it('is a Readable like any other', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a', { max: 50, highWaterMark: 1 });
    const through = new PassThrough({ objectMode: true });
    const heard: string[] = [];
    through.on('data', (message: Message) => heard.push(message.text()));
    const piping = pipeline(subscription, through);
    for (let n = 0; n < 50; n++) await broker.publish('a', `${n}`);
    await soon('the pipeline', piping);
    expect(heard).to.deep.equal(Array.from({ length: 50 }, (_, n) => `${n}`));
  });

  it('a listener may publish to what it listens to', async () => {
    const broker = await embedded();
    const heard: string[] = [];
    broker.subscribe('a', { highWaterMark: 2 }).on('data', (message: Message) => {
      heard.push(message.text());
      if (heard.length < 200) for (const end of ['l', 'r']) void broker.publish('a', message.text() + end);
    });
    await broker.publish('a', '');
    await until('all has come', () => heard.length === 399);
    expect(heard.slice(0, 7)).to.deep.equal(['', 'l', 'r', 'll', 'lr', 'rl', 'rr']);
  });

  it('ends with its signal', async () => {
    const broker = await embedded();
    const controller = new AbortController();
    const subscription = broker.subscribe('a', { signal: controller.signal });
    const [error] = (await Promise.all([once(subscription, 'error'), controller.abort()])).flat() as [Error];
    expect(error.name).to.equal('AbortError');
    await refused(() => broker.request('a'), 'NO_RESPONDERS');
    expect(() => broker.subscribe('a', { signal: controller.signal }))
      .to.throw()
      .with.property('name', 'AbortError');
  });

  const wrong: readonly (readonly [unknown, object, Parameters<typeof refused>[1], string])[] = [
    ['a b', {}, 'INVALID_SUBJECT', '"a b": not a subject'],
    ['', {}, 'INVALID_SUBJECT', '"": not a subject'],
    ['a.>.b', {}, 'INVALID_SUBJECT', '"a.>.b": not a subject'],
    [undefined, {}, 'INVALID_SUBJECT', 'not a subject'],
    ['a.b.c', {}, 'MAX_SUBJECT_TOKENS', 'a.b.c: more than 2 tokens'],
    [
      'a',
      { max: 0 },
      'CONFIG_INVALID',
      'max = 0: not a whole number in range, allowed: 1 to 9007199254740991',
    ],
    [
      'a',
      { highWaterMark: 1.5 },
      'CONFIG_INVALID',
      'highWaterMark = 1.5: not a whole number in range, allowed: 1 to 1000000',
    ],
    ['a', { queue: 'a b' }, 'CONFIG_INVALID', 'queue = "a b": not usable'],
    ['a', { queue: '_sys_' }, 'CONFIG_INVALID', 'queue = "_sys_": reserved'],
    [
      'a',
      { flow: 'stop' },
      'CONFIG_INVALID',
      'flow = "stop": not a choice, allowed: pause, drop, disconnect',
    ],
    ['a', { signal: {} }, 'CONFIG_INVALID', 'signal: not usable, allowed: an AbortSignal'],
    ['a', { queu: 'a', max: 'x' }, 'CONFIG_INVALID', 'queu: unknown option, did you mean queue?'],
  ];
  for (const [subject, options, code, message] of wrong)
    it(`refuses ${JSON.stringify(subject)} ${JSON.stringify(options)}`, async () => {
      const broker = await embedded({ limits: { max_subject_tokens: 2 } });
      await refused(() => broker.subscribe(subject as string, options), code, message);
    });
});
