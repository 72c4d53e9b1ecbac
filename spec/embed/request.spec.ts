import { expect } from 'chai';
import { type Message, ReplyError } from '../../lib/index.js';
import { closeAll, embedded, natsPeer, refused } from '../support/embed/embedded.js';
import { msg, pub } from '../support/harness.js';
import { noResponders } from '../support/no-responders.js';
import { turns } from '../support/turns.js';
import { soon, until } from '../support/until.js';

describe('request and reply, in process', () => {
  afterEach(closeAll);

  it('ask and answer', async () => {
    const broker = await embedded();
    broker.reply('upper', (message) => message.text().toUpperCase());
    broker.reply('later', async (message) => {
      await turns(2);
      return { payload: message.payload, headers: { seen: 'yes' } };
    });
    broker.reply('nothing', () => undefined);
    expect((await broker.request('upper', 'abc')).text()).to.equal('ABC');
    const later = await broker.request('later', new Uint8Array([1, 2]));
    expect([...later.payload]).to.deep.equal([1, 2]);
    expect(later.headers!.get('seen')).to.equal('yes');
    expect((await broker.request('nothing')).payload.length).to.equal(0);
  });

  it('many at once, each gets its own', async () => {
    const broker = await embedded();
    broker.reply('n', async (message) => {
      await turns(Math.floor(Math.random() * 5));
      return message.payload;
    });
    const all = await Promise.all(Array.from({ length: 500 }, (_, n) => broker.request('n', `${n}`)));
    expect(all.map((message) => message.text())).to.deep.equal(Array.from({ length: 500 }, (_, n) => `${n}`));
  });

  it('with NATS clients at the other end', async () => {
    const broker = await embedded();
    const peer = await natsPeer(broker, { headers: true, no_responders: true });
    await peer.send('SUB svc 1\r\nSUB inbox 2\r\n').settle();
    const asked = broker.request('svc', 'q', { headers: { a: 'b' } });
    const [head = '', ...lines] = (await peer.next()).split('\r\n');
    expect(lines).to.deep.equal(['NATS/1.0', 'a: b', '', 'q']);
    const reply = head.split(' ')[3]!;
    expect(reply).to.match(/^_INBOX\.[\w-]+\.\w+$/);
    peer.send(pub(reply, 'first'), pub(reply, 'second'));
    expect((await asked).text()).to.equal('first');

    const responder = broker.reply('here', () => 'answer');
    peer.send(pub('here', 'q', 'inbox'));
    await peer.expect(msg('inbox', 2, 'answer'));
    await responder.close();
    peer.send(pub('here', 'q', 'inbox'));
    await peer.expect(noResponders('inbox', 2, 'here'));
  });

  it('NO_RESPONDERS comes at once', async () => {
    const broker = await embedded();
    await refused(
      () => broker.request('svc', '', { timeoutMs: 2 ** 31 - 1 }),
      'NO_RESPONDERS',
      'svc: it has no subscribers',
    );
  });

  it('REQUEST_TIMEOUT, and a reply that comes too late is dropped', async () => {
    const broker = await embedded();
    let asked: Message | undefined;
    broker.subscribe('svc').on('data', (message: Message) => {
      asked = message;
    });
    await refused(
      () => broker.request('svc', '', { timeoutMs: 5 }),
      'REQUEST_TIMEOUT',
      'svc: no reply within 5 ms',
    );
    await until('it is asked', () => asked !== undefined);
    expect(await asked!.respond('late')).to.equal(true);
    broker.reply('other', () => 'fine');
    expect((await broker.request('other')).text()).to.equal('fine');
  });

  it('a message that asks for no answer gets none', async () => {
    const broker = await embedded();
    const answers: boolean[] = [];
    broker
      .subscribe('a')
      .on('data', (message: Message) => void message.respond('x').then((sent) => answers.push(sent)));
    await broker.publish('a');
    await until('it is handled', () => answers.length === 1);
    expect(answers).to.deep.equal([false]);
  });

  it('SERVICE_ERROR tells what a ReplyError says', async () => {
    const broker = await embedded();
    broker.reply('svc', () => {
      throw new ReplyError('no such\r\norder', 404);
    });
    const error = await refused(() => broker.request('svc'), 'SERVICE_ERROR', 'no such order');
    expect((error.cause as Message).headers!.get('Nats-Service-Error-Code')).to.equal('404');
  });

  it('what else a responder throws is told to its own program only', async () => {
    const broker = await embedded();
    const errors: unknown[] = [];
    broker.on('error', (error) => errors.push(error));
    const secret = new Error('secret');
    broker.reply('svc', () => Promise.reject(secret));
    const error = await refused(() => broker.request('svc'), 'SERVICE_ERROR', /^internal error$/);
    expect((error.cause as Message).headers!.get('Nats-Service-Error-Code')).to.equal('500');
    await until('it is told', () => errors.length === 1);
    expect(errors).to.deep.equal([secret]);
  });

  it('one of a queue group answers', async () => {
    const broker = await embedded();
    const counts = [0, 0, 0];
    for (const n of counts.keys())
      broker.reply(
        'svc',
        () => {
          counts[n]!++;
          return `${n}`;
        },
        { queue: 'q' },
      );
    await Promise.all(Array.from({ length: 30 }, () => broker.request('svc')));
    expect(counts).to.deep.equal([10, 10, 10]);
  });

  it('handles no more at once than concurrency says', async () => {
    const broker = await embedded();
    let running = 0;
    let most = 0;
    const responder = broker.reply(
      'svc',
      async () => {
        most = Math.max(most, ++running);
        await turns(3);
        running--;
        return 'x';
      },
      { concurrency: 3 },
    );
    await Promise.all(Array.from({ length: 20 }, () => broker.request('svc')));
    expect(most).to.equal(3);
    await responder.close();
  });

  it('a responder that closes answers what has come', async () => {
    const broker = await embedded();
    const responder = broker.reply('svc', async () => {
      await turns(5);
      return 'x';
    });
    const asked = Array.from({ length: 5 }, () => broker.request('svc'));
    await soon('it to close', responder.close());
    expect((await Promise.all(asked)).length).to.equal(5);
    await refused(() => broker.request('svc'), 'NO_RESPONDERS');
    await responder.close();
  });

  it('end with their signals', async () => {
    const broker = await embedded();
    const controller = new AbortController();
    const { signal } = controller;
    broker.reply('svc', () => new Promise<undefined>(() => {}), { signal });
    const outcome = broker.request('svc', '', { signal }).catch((error: unknown) => error);
    controller.abort();
    expect(await soon('it to reject', outcome)).to.have.property('name', 'AbortError');
    await refused(() => broker.request('svc'), 'NO_RESPONDERS');
  });

  it('what waits is rejected when the broker closes', async () => {
    const broker = await embedded();
    broker.subscribe('svc');
    const outcome = refused(() => broker.request('svc'), 'SERVER_SHUTDOWN');
    await broker.close();
    await outcome;
  });

  it('refuse wrong options', async () => {
    const broker = await embedded();
    await refused(
      () => broker.request('a', '', { timeoutMs: 0 }),
      'CONFIG_INVALID',
      'timeoutMs = 0: not a whole number in range, allowed: 1 to 2147483647',
    );
    await refused(
      () => broker.reply('a', () => '', { concurrency: 0 }),
      'CONFIG_INVALID',
      'concurrency = 0: not a whole number in range, allowed: 1 to 1000000',
    );
    await refused(() => broker.reply('a', 'x' as never), 'CONFIG_INVALID', 'handler: not a function');
    await refused(() => broker.request('a b'), 'INVALID_PUBLISH_SUBJECT');
  });

  it('cross accounts as services do', async () => {
    const broker = await embedded({
      accounts: {
        SHOP: { exports: [{ service: 'price.*' }] },
        APP: { imports: [{ service: { account: 'SHOP', subject: 'price.*' } }] },
      },
    });
    broker.reply('price.*', ({ subject }) => `${subject} is 3`, { account: 'SHOP' });
    const answer = await broker.request('price.tea', '', { account: 'APP' });
    expect(answer.text()).to.equal('price.tea is 3');
    await refused(() => broker.request('price.tea'), 'NO_RESPONDERS');
  });
});
