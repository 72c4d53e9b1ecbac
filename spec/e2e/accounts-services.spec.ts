import { expect } from 'chai';
import { ACCOUNTS, info, login, ROUND_TRIP, requestOf } from '../support/e2e/accounts.js';
import { Harness, msg, OVER, type Over, pub } from '../support/harness.js';
import { noResponders } from '../support/no-responders.js';

const FROM_B = '{"acc":"B"}';

for (const over of OVER) describe(`service imports over a ${over}`, () => services(over));

function services(over: Over): void {
  let harness: Harness;
  const as = (user: string, more: object = {}) => login(harness, user, over, more);
  beforeEach(async () => {
    harness = await Harness.start(ACCOUNTS);
  });
  afterEach(() => harness.stop());

  /** One who answers in A, and one who asks in B. */
  async function both() {
    const [a, b] = [await as('a'), await as('b')];
    await a.send('SUB req.> 1\r\nSUB str.* 2\r\nSUB chunk 3\r\n').settle();
    await b.send('SUB in.> 1\r\n').settle();
    return { a, b, asked: async () => requestOf(await a.next()) };
  }

  for (const [local, subject] of [
    ['req.one', 'req.one'],
    ['two.local', 'req.two'],
    ['w.x', 'req.w.x'],
  ] as const) {
    it(`${local} is ${subject} elsewhere`, async () => {
      const { a, b, asked } = await both();
      b.send(pub(local, 'q', 'in.1'));
      const request = await asked();
      expect(request).to.deep.include({ subject, body: `${info(FROM_B)}q` });
      expect(request.reply).to.match(/^_R_\..{8,}/);
      a.send(pub(request.reply, 'answer'), pub(request.reply, 'and again'));
      await b.expect(msg('in.1', 1, 'answer'));
      await a.settle();
      await b.expectSilence(); // a Singleton has one reply
    });
  }

  it('without a reply subject are no more than a message', async () => {
    const { a, b } = await both();
    b.send(pub('req.one', 'q'));
    const frame = await a.next();
    const [headers = ''] = /NATS.*\r\n\r\n/s.exec(frame) ?? [];
    expect(frame).to.equal(`HMSG req.one 1 ${headers.length} ${headers.length + 1}\r\n${headers}q`);
    expect(headers.replace(ROUND_TRIP, '')).to.equal(info(FROM_B));
  });

  it("say the requester's round trip time, before any PING of the server as well", async () => {
    const { a, b } = await both();
    b.send(pub('req.one', 'q'));
    const [written = ''] = ROUND_TRIP.exec(await a.next()) ?? [];
    expect(Number(written.slice(',"rtt":'.length))).to.be.above(0);
  });

  it('say where they come from, whatever the requester says of itself', async () => {
    const { b, asked } = await both();
    const lie =
      'NATS/1.0\r\nX: y\r\nnats-request-info: {"acc":"A"}\r\nNats-Request-Info: {"acc":"A"}\r\nZ: w\r\n\r\n';
    b.send(`HPUB req.one in.1 ${lie.length} ${lie.length + 1}\r\n${lie}q\r\n`);
    expect(await asked()).to.deep.include({ body: `${info(FROM_B, 'X: y', 'Z: w')}q` });
  });

  it('bring headers and large payloads, both ways', async () => {
    const { a, b, asked } = await both();
    const big = 'z'.repeat(300_000);
    const block = 'NATS/1.0\r\nX: y\r\n\r\n';
    await b.sendAll(`HPUB req.one in.1 ${block.length} ${block.length + big.length}\r\n${block}${big}\r\n`);
    const { reply, body } = await asked();
    expect(body === `${info(FROM_B, 'X: y')}${big}`).to.equal(true);
    await a.sendAll(`HPUB ${reply} ${block.length} ${block.length + big.length}\r\n${block}${big}\r\n`);
    const answer = await b.next();
    expect(answer === `HMSG in.1 1 ${block.length} ${block.length + big.length}\r\n${block}${big}`).to.equal(
      true,
    );
  });

  it('find no responder: 503 to the requester, after the +OK', async () => {
    const { a } = await both();
    const b = await as('b', { verbose: true });
    await a.send('UNSUB 1\r\n').settle();
    b.send('SUB v 9\r\n', pub('req.one', 'q', 'v'), pub('req.one', 'q'));
    await b.expect('+OK', '+OK', noResponders('v', 9, 'req.one'), '+OK');
    expect(await b.settle()).to.deep.equal([]);
  });

  it('find a responder: a verbose requester gets +OK first', async () => {
    const { a, asked } = await both();
    const b = await as('b', { verbose: true });
    b.send('SUB v 9\r\n', pub('req.one', 'q', 'v'));
    await b.expect('+OK', '+OK');
    a.send(pub((await asked()).reply, 'answer'));
    await b.expect(msg('v', 9, 'answer'));
  });

  for (const [service, type] of [
    ['str.1', 'Stream'],
    ['chunk', 'Chunked'],
  ] as const) {
    it(`of type ${type} are answered until an empty reply`, async () => {
      const { a, b, asked } = await both();
      b.send(pub(service, 'q', 'in.1'));
      const { reply } = await asked();
      await a.send(['1', '2', '', '3'].map((text) => pub(reply, text)).join('')).settle();
      expect(await b.settle()).to.deep.equal(['1', '2', ''].map((text) => msg('in.1', 1, text)));
    });
  }

  it('are answered to the requester, though no new subscription is allowed', async () => {
    const { a, b, asked } = await both();
    b.send('UNSUB 1\r\n', pub('str.1', 'q', 'in.1'));
    const { reply } = await asked();
    await a.send(pub(reply, 'nobody there')).settle();
    await b.send('SUB in.1 1\r\n').settle();
    await a.send(pub(reply, 'too late')).settle();
    await b.expectSilence();
  });

  it('go to one member of a queue group', async () => {
    const [a, a2, b] = [await as('a'), await as('a2'), await as('b')];
    for (const each of [a, a2]) await each.send('SUB req.one q 1\r\n').settle();
    await b.send(Array.from({ length: 10 }, () => pub('req.one', 'q', 'in.1')).join('')).settle();
    expect((await a.settle()).length + (await a2.settle()).length).to.equal(10);
  });

  it('that several answer get the first answer', async () => {
    const { a, b, asked } = await both();
    const a2 = await as('a2');
    await a2.send('SUB req.one 1\r\n').settle();
    b.send(pub('req.one', 'q', 'in.1'));
    const { reply } = requestOf(await a2.next());
    expect((await asked()).reply).to.equal(reply);
    await a2.send(pub(reply, 'first')).settle();
    await a.send(pub(reply, 'second')).settle();
    await b.expect(msg('in.1', 1, 'first'));
    await b.expectSilence();
  });

  it('are chains: from C by way of B to A, and back', async () => {
    const { a, b, asked } = await both();
    const c = await as('c');
    await c.send('SUB in.c 1\r\n').settle();
    c.send(pub('c.one', 'q', 'in.c'));
    const { body, reply } = await asked();
    expect(body).to.equal(`${info('{"acc":"C","svc":"B"}')}q`);
    a.send(pub(reply, 'answer'));
    await c.expect(msg('in.c', 1, 'answer'));
    await b.expectSilence();
  });

  it('may be of the account itself', async () => {
    const { a, asked } = await both();
    const a2 = await as('a2');
    a2.send('SUB in.self 1\r\n', pub('self', 'q', 'in.self'));
    const { subject, reply } = await asked();
    expect(subject).to.equal('req.one');
    a.send(pub(reply, 'answer'));
    await a2.expect(msg('in.self', 1, 'answer'));
  });

  it('do not keep who subscribed to the same subject at home from hearing it', async () => {
    const { b, asked } = await both();
    const b2 = await as('b2');
    await b2.send('SUB req.one 1\r\n').settle();
    b.send(pub('req.one', 'q', 'in.1'));
    await b2.expect(msg('req.one', 1, 'q', 'in.1'));
    expect((await asked()).subject).to.equal('req.one');
  });

  it('are heard by who subscribed to everything there, and so are the replies, but no stream import takes them', async () => {
    const { a, b, asked } = await both();
    const [all, c] = [await as('a2'), await as('c')];
    await all.send('SUB > 1\r\n').settle();
    await c.send('SUB > 1\r\n').settle();
    b.send(pub('req.one', 'q', 'in.1'));
    const { reply } = await asked();
    await a.send(pub(reply, 'answer')).settle();
    expect(requestOf(await all.next()).reply).to.equal(reply);
    await all.expect(msg(reply, 1, 'answer'));
    await c.expectSilence();
    await a.send(pub('req.one', 'a stream')).settle();
    await c.expect(msg('req.one', 1, 'a stream'));
  });

  it('take replies from no other client', async () => {
    const { a, b, asked } = await both();
    const c = await as('c');
    b.send(pub('req.one', 'q', 'in.1'));
    const { reply } = await asked();
    for (const other of [b, c]) await other.send(pub(reply, 'forged')).settle();
    const next = `${reply.slice(0, -1)}${reply.endsWith('A') ? 'B' : 'A'}`;
    await a.send(pub(next, 'to no request'), pub('_R_.x.1', 'guess')).settle();
    await b.expectSilence();
    // A client that sees two requests learns nothing of a third: what names them has nothing in common.
    b.send(pub('req.one', 'q', 'in.2'));
    const [first, second] = [reply, (await asked()).reply].map((each) => each.split('.')[2]!);
    expect(first).to.have.length(20).and.not.equal(second);
    expect(first!.slice(0, 8)).not.to.equal(second!.slice(0, 8));
    a.send(pub(reply, 'answer'));
    await b.expect(msg('in.1', 1, 'answer'));
  });

  it('may be asked back in a reply', async () => {
    const { a, b, asked } = await both();
    await a.send('SUB back 9\r\n').settle();
    b.send(pub('req.one', 'q', 'in.1'));
    a.send(pub((await asked()).reply, 'who are you?', 'back'));
    const [, subject, , back = ''] = (await b.next()).split(' ');
    expect({ subject, back: back.slice(0, 4) }).to.deep.equal({ subject: 'in.1', back: '_R_.' });
    b.send(pub(back, 'b'));
    await a.expect(msg('back', 9, 'b'));
  });
}

describe('a service and permissions', () => {
  it('who may only answer does, and once', async () => {
    const responder = {
      user: 'r',
      password: 'p',
      permissions: { subscribe: 'req.>', allow_responses: true },
    };
    const harness = await Harness.start({
      accounts: {
        A: { users: [responder], exports: [{ service: 'req.>' }] },
        B: {
          users: [{ user: 'b', password: 'p' }],
          imports: [{ service: { account: 'A', subject: 'req.one' } }],
        },
      },
    });
    try {
      const [r, b] = [await login(harness, 'r'), await login(harness, 'b')];
      await r.send('SUB req.one 1\r\n').settle();
      b.send('SUB in 1\r\n', pub('req.one', 'q', 'in'));
      const { reply } = requestOf(await r.next());
      r.send(pub(reply, 'answer'), pub(reply, 'again'));
      await r.expect(`-ERR 'Permissions Violation for Publish to "${reply}"'`);
      await b.expect(msg('in', 1, 'answer'));
      await b.expectSilence();
    } finally {
      await harness.stop();
    }
  });
});
