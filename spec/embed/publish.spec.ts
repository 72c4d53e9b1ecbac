import { expect } from 'chai';
import type { HeadersInput, Payload } from '../../lib/index.js';
import { closeAll, embedded, natsPeer, read, refused, TIGHT } from '../support/embed/embedded.js';
import { msg, pub } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { turns } from '../support/turns.js';
import { soon, until } from '../support/until.js';

const LARGE = 'x'.repeat(4_096);

describe('publish, in process', () => {
  afterEach(closeAll);

  it('reaches NATS clients, with reply and headers, byte for byte', async () => {
    const broker = await embedded();
    const peer = await natsPeer(broker, { headers: true });
    await peer.send('SUB > 1\r\n').settle();
    await broker.publish('a.b', 'hello');
    await broker.publish('a.ä', new Uint8Array([0, 13, 10, 255]), { reply: 'r.1' });
    await broker.publish('a');
    await broker.publish('a', 'x', { headers: { h: ['1', '2'] }, reply: 'r' });
    await peer.expect(msg('a.b', 1, 'hello'));
    const binary = await peer.next();
    expect(binary.startsWith('MSG a.ä 1 r.1 4\r\n')).to.equal(true);
    await peer.expect(msg('a', 1, ''), 'HMSG a 1 r 24 25\r\nNATS/1.0\r\nh: 1\r\nh: 2\r\n\r\nx');
  });

  it('is routed when it returns, in order with all other messages', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a');
    const peer = await natsPeer(broker);
    const published: string[] = [];
    for (let n = 0; n < 300; n++) {
      if (n % 3 === 0) await peer.sendAll(pub('a', `peer ${n}`));
      else void broker.publish('a', `here ${n}`);
      published.push(n % 3 === 0 ? `peer ${n}` : `here ${n}`);
    }
    const heard = await read(subscription, 300);
    expect(heard.map((message) => message.text())).to.deep.equal(published);
  });

  it('takes a copy: what the program does with its bytes afterwards is its own affair', async () => {
    const broker = await embedded();
    const subscription = broker.subscribe('a');
    const bytes = Buffer.from('before');
    void broker.publish('a', bytes);
    bytes.write('after!');
    const [message] = await read(subscription, 1);
    expect(message!.text()).to.equal('before');
  });

  it('may be called while the core is busy: then it is routed right after', async () => {
    const published: Promise<unknown>[] = [];
    const broker = await embedded({
      authenticate: () => {
        published.push(broker.publish('a', 'within'));
        published.push(broker.publish('a b').catch((error: unknown) => error));
        published.push(broker.publish('a', 'again'));
        return true;
      },
    });
    const subscription = broker.subscribe('a', { max: 3 });
    const peer = new Peer(broker.connect(), 'nats');
    peer.send('CONNECT {"verbose":false}\r\nPUB a 1\r\nx\r\n');
    expect((await read(subscription, 3)).map((message) => message.text())).to.deep.equal([
      'x',
      'within',
      'again',
    ]);
    const outcomes = await soon('all to be settled', Promise.all(published));
    expect(outcomes[0]).to.equal(undefined);
    expect(outcomes[1]).to.have.property('code', 'INVALID_PUBLISH_SUBJECT');
    expect(outcomes[2]).to.equal(undefined);
  });

  it('waits while who gets it is congested, and only then', async () => {
    const broker = await embedded({ flow: TIGHT });
    const slow = broker.subscribe('slow', { highWaterMark: 1 });
    let sent = 0;
    let isHeld = false;
    const publishing = (async () => {
      for (; sent < 50; sent++) {
        isHeld = true;
        await broker.publish('slow', LARGE);
        isHeld = false;
      }
    })();
    await turns();
    expect(isHeld).to.equal(true);
    expect(sent).to.be.within(2, 10);
    await broker.publish('other', LARGE); // which it does not get
    const before = sent;
    await turns();
    expect(sent).to.equal(before);
    await read(slow, 50);
    await publishing;
    expect(sent).to.equal(50);
  });

  it('is let go when who held it leaves', async () => {
    const broker = await embedded({ flow: TIGHT });
    const slow = broker.subscribe('a');
    const all = Promise.all(Array.from({ length: 40 }, () => broker.publish('a', LARGE)));
    await turns();
    slow.destroy();
    await all;
  });

  it('waits for a socket that is not read as well', async () => {
    const broker = await embedded({ flow: TIGHT });
    const peer = await natsPeer(broker);
    await peer.send('SUB a 1\r\n').settle();
    peer.stall();
    let taken = 0;
    for (let n = 0; n < 50; n++) void broker.publish('a', LARGE).then(() => taken++);
    await turns();
    expect(taken).to.be.below(50);
    peer.resume();
    for (let n = 0; n < 50; n++) await peer.next();
    await until('it is let go', () => taken === 50);
  });

  it('holds socket publishers back for a subscription that is not read', async () => {
    const broker = await embedded({ flow: TIGHT });
    const slow = broker.subscribe('a', { highWaterMark: 1 });
    const peer = await natsPeer(broker);
    let taken = 0;
    const sending = (async () => {
      for (let n = 0; n < 50; n++) {
        await peer.sendAll(pub('a', LARGE));
        taken++;
      }
    })();
    await turns(50);
    expect(taken).to.be.below(50);
    await read(slow, 50);
    await sending;
  });

  it('a loop that handles one subscription does not wait for itself', async () => {
    const broker = await embedded({ flow: TIGHT });
    const first = broker.subscribe('in', { highWaterMark: 1, max: 100 });
    const second = broker.subscribe('out', { max: 100 });
    const feeding = (async () => {
      for (let n = 0; n < 100; n++) await broker.publish('in', LARGE);
    })();
    const passing = (async () => {
      for await (const message of first) await broker.publish('out', message.payload);
    })();
    await Promise.all([feeding, passing, read(second, 100)]);
  });

  const wrong: readonly (readonly [
    string,
    Payload,
    HeadersInput | undefined,
    Parameters<typeof refused>[1],
  ])[] = [
    ['', '', undefined, 'INVALID_PUBLISH_SUBJECT'],
    ['a b', '', undefined, 'INVALID_PUBLISH_SUBJECT'],
    ['a\r\nPING', '', undefined, 'INVALID_PUBLISH_SUBJECT'],
    ['a.*', '', undefined, 'INVALID_PUBLISH_SUBJECT'],
    ['a..b', '', undefined, 'INVALID_PUBLISH_SUBJECT'],
    [3 as unknown as string, '', undefined, 'INVALID_PUBLISH_SUBJECT'],
    ['a', { a: 1 } as unknown as string, undefined, 'INVALID_MESSAGE'],
    ['a', null as unknown as string, undefined, 'INVALID_MESSAGE'],
    ['a', '', { 'a b': '' }, 'INVALID_MESSAGE'],
    ['a', '', { a: '\n' }, 'INVALID_MESSAGE'],
    ['a', 'x'.repeat(101), undefined, 'MAX_PAYLOAD'],
    ['a', 'x'.repeat(80), { a: 'x'.repeat(20) }, 'MAX_PAYLOAD'],
    ['a', '', { a: 'x'.repeat(90) }, 'MAX_HEADER'],
    ['a'.repeat(600), '', undefined, 'MAX_CONTROL_LINE'],
  ];
  for (const [subject, payload, headers, code] of wrong)
    it(`refuses ${JSON.stringify(subject).slice(0, 20)} ${JSON.stringify(payload).slice(0, 9)} ${JSON.stringify(headers)}`, async () => {
      const broker = await embedded({
        nats: { enabled: false, max_payload: 100, max_header: 50, max_control_line: 512 },
      });
      const all = broker.subscribe('>', { max: 1 });
      await refused(() => broker.publish(subject, payload, { headers }), code);
      await broker.publish('next', 'fine');
      expect((await read(all, 1))[0]!.subject).to.equal('next');
    });

  it('refuses a reply subject that is the servers’ own, or none', async () => {
    const broker = await embedded();
    await refused(() => broker.publish('a', '', { reply: '_R_.x' }), 'PERMISSIONS_REPLY', '"_R_.x"');
    await refused(() => broker.publish('a', '', { reply: 'a b' }), 'INVALID_PUBLISH_SUBJECT', '"a b"');
  });

  it('refuses options it does not know', async () => {
    const broker = await embedded();
    const options = { replyTo: 'x' } as object;
    await refused(
      () => broker.publish('a', '', options),
      'CONFIG_INVALID',
      'replyTo: unknown option, did you mean reply?',
    );
    await refused(
      () => broker.publish('a', '', { account: 'a b' }),
      'CONFIG_INVALID',
      'account = "a b": not usable',
    );
  });

  it('keeps to its account', async () => {
    const broker = await embedded();
    const here = broker.subscribe('a', { account: 'A', max: 1 });
    const elsewhere = broker.subscribe('a');
    await broker.publish('a', 'default');
    await broker.publish('a', 'A', { account: 'A' });
    expect((await read(here, 1))[0]!.text()).to.equal('A');
    expect((await read(elsewhere, 1))[0]!.text()).to.equal('default');
  });

  it('is refused once the broker is closed', async () => {
    const broker = await embedded();
    await broker.publish('a');
    await broker.close();
    await refused(() => broker.publish('a'), 'SERVER_SHUTDOWN');
    expect(() => broker.subscribe('a'))
      .to.throw()
      .with.property('code', 'SERVER_SHUTDOWN');
    expect(() => broker.connect())
      .to.throw()
      .with.property('code', 'SERVER_SHUTDOWN');
    await refused(() => broker.request('a'), 'SERVER_SHUTDOWN');
  });
});
