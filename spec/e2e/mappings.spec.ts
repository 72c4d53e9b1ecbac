import { expect } from 'chai';
import fc from 'fast-check';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { type Client, Harness, msg, pub, QUIET } from '../support/harness.js';
import { noResponders } from '../support/no-responders.js';

const half = { dest: 'x', weight: 0 };

const SETTINGS: SettingsInput = {
  mappings: { plain: 'mapped', 'orders.*': 'shop.orders.$1', 'p.*.>': 'q.{{partition(5,1)}}.$1.>' },
  accounts: {
    A: {
      users: [
        { user: 'a', password: 'p', permissions: { publish: ['in.>', 'out.ok'] } },
        { user: 'all', password: 'p' },
      ],
      mappings: { 'in.ok': 'out.ok', 'in.bad': 'out.bad', req: 'svc', lost: [{ ...half, dest: 'lost' }] },
      exports: [{ service: 'ext' }],
    },
    B: {
      users: [{ user: 'b', password: 'p' }],
      mappings: { call: 'ext', 'inbox.*': 'other.$1' },
      imports: [
        { service: { account: 'A', subject: 'ext' } },
        { service: { account: 'C', subject: 'inner' } },
      ],
    },
    C: {
      users: [{ user: 'c', password: 'p' }],
      exports: [{ service: 'inner' }],
      mappings: { inner: 'deep' },
    },
  },
};

/** What nats-server 2.15.3 does as well. */
describe('subject mappings', () => {
  let harness: Harness;
  const stopped = () => harness.stop();
  const as = (user: string, more: object = {}) =>
    harness.connect('nats', {
      options: { ...QUIET, headers: true, no_responders: true, user, pass: 'p', ...more },
    });

  describe('of the account that users without another are in', () => {
    let reader: Client;
    let writer: Client;
    beforeEach(async () => {
      harness = await Harness.start({ mappings: SETTINGS.mappings! });
      reader = await harness.connect('nats', { options: { ...QUIET, headers: true } });
      writer = await harness.connect('nats', { options: { ...QUIET, headers: true } });
      await reader.send('SUB > 1\r\n').settle();
    });
    afterEach(stopped);

    it('name published messages anew, with reply subject and headers', async () => {
      const block = 'NATS/1.0\r\nA: b\r\n\r\n';
      writer.send(pub('plain', 'one', 're'), pub('other', 'two'), pub('orders.5', 'three'));
      writer.send(`HPUB plain ${block.length} ${block.length + 4}\r\n${block}four\r\n`);
      await reader.expect(
        msg('mapped', 1, 'one', 're'),
        msg('other', 1, 'two'),
        msg('shop.orders.5', 1, 'three'),
        `HMSG mapped 1 ${block.length} ${block.length + 4}\r\n${block}four`,
      );
    });

    it('name them once, whatever the new name would be mapped to', async () => {
      await harness.broker.reload(
        configFrom({
          listener: '127.0.0.1:0',
          line: { listener: '127.0.0.1:0' },
          limits: { max_connections: 1_000 },
          mappings: { a: 'b', b: 'c' },
        }),
      );
      writer.send(pub('a', '1'), pub('b', '2'), pub('plain', '3'));
      await reader.expect(msg('b', 1, '1'), msg('c', 1, '2'), msg('plain', 1, '3'));
    });

    it('are for line clients as well', async () => {
      const line = await harness.connect('line');
      line.send('PUB orders.9 hello\n');
      await reader.expect(msg('shop.orders.9', 1, 'hello'));
    });

    it('name payloads anew that came in pieces', async () => {
      const large = 'x'.repeat(200_000);
      writer.send(pub('plain', large, 're'), pub('plain', 'small'));
      await reader.expect(msg('mapped', 1, large, 're'), msg('mapped', 1, 'small'));
    });

    it('keep every message and the order, whatever is published and however it is cut', async () => {
      const subject = fc.constantFrom('plain', 'other', 'orders.1', 'orders.22', 'p.a.b', 'p.cc.d.e', 'z.z');
      const message = fc.tuple(subject, fc.string({ unit: 'binary-ascii', maxLength: 40 }), fc.boolean());
      const names = new Map([
        ['plain', 'mapped'],
        ['orders.1', 'shop.orders.1'],
        ['orders.22', 'shop.orders.22'],
        ['p.a.b', 'q.0.a.b'],
        ['p.cc.d.e', 'q.2.cc.d.e'],
      ]);
      await fc.assert(
        fc.asyncProperty(
          fc.array(message, { minLength: 1, maxLength: 60 }),
          fc.integer({ min: 1, max: 2_000 }),
          async (messages, piece) => {
            const bytes = messages
              .map(([to, payload, others]) => pub(to, payload) + (others ? 'SUB never 9\r\nUNSUB 9\r\n' : ''))
              .join('');
            for (let at = 0; at < bytes.length; at += piece) writer.send(bytes.slice(at, at + piece));
            await writer.settle();
            expect(await reader.settle()).to.deep.equal(
              messages.map(([to, payload]) => msg(names.get(to) ?? to, 1, payload)),
            );
          },
        ),
        { numRuns: 40 },
      );
    });
  });

  describe('of accounts', () => {
    beforeEach(async () => {
      harness = await Harness.start(SETTINGS);
    });
    afterEach(stopped);

    it('come before permissions, which are asked for the new name', async () => {
      const reader = await as('all');
      const writer = await as('a');
      await reader.send('SUB out.> 1\r\n').settle();
      writer.send(pub('in.ok', '1'), pub('in.bad', '2'));
      await writer.expect('-ERR \'Permissions Violation for Publish to "out.bad"\'');
      await reader.expect(msg('out.ok', 1, '1'));
      await reader.expectSilence();
    });

    it('are named in what a requester without a responder is told', async () => {
      const writer = await as('all');
      await writer.send('SUB _IN.> 1\r\n').settle();
      writer.send(pub('req', '', '_IN.1'), pub('lost', '', '_IN.2'));
      await writer.expect(noResponders('_IN.1', 1, 'svc'), noResponders('_IN.2', 1, ''));
    });

    it('lose a message for good, also where a subscriber takes all', async () => {
      const reader = await as('all');
      await reader.send('SUB > 1\r\n', pub('lost', '1'), pub('kept', '2')).expect(msg('kept', 1, '2'));
    });

    it('lead to services of other accounts, and map requests and replies that come from them', async () => {
      const requester = await as('b', { headers: false, no_responders: false });
      const responder = await as('c', { headers: false, no_responders: false });
      const other = await as('all', { headers: false, no_responders: false });
      await other.send('SUB ext 1\r\n').settle();
      await requester.send(pub('call', 'hello')).settle();
      expect(await other.next()).to.equal(msg('ext', 1, 'hello'));
      await responder.send('SUB > 2\r\n').settle();
      await requester.send('SUB inbox.* 3\r\nSUB other.* 4\r\n', pub('inner', 'hi', 'inbox.9')).settle();
      const [, subject, , reply] = (await responder.next())!.split(/[ \r]/);
      expect(subject).to.equal('deep');
      await responder.send(pub(reply!, 'yes')).settle();
      await requester.expect(msg('other.9', 4, 'yes'));
    });

    it('are those of the account that a CONNECT in the same read leads to', async () => {
      const reader = await as('all');
      await reader.send('SUB > 1\r\n').settle();
      const other = await as('c');
      await other.send('SUB > 2\r\n').settle();
      const login = (user: string) => `CONNECT ${JSON.stringify({ ...QUIET, user, pass: 'p' })}\r\n`;
      const writer = await harness.connect('nats', { options: false });
      await writer.next();
      writer.send(
        login('all') + pub('req', '1') + pub('inner', '2') + login('c') + pub('req', '3') + pub('inner', '4'),
      );
      await reader.expect(msg('svc', 1, '1'), msg('inner', 1, '2'));
      await other.expect(msg('req', 2, '3'), msg('deep', 2, '4'));
    });

    it('are those of a trace: what was published, and the name it has got', async () => {
      const client = await as('all');
      const block = 'NATS/1.0\r\nNats-Trace-Dest: trace\r\n\r\n';
      await client.send('SUB trace 1\r\nSUB svc 2\r\n').settle();
      client.send(`HPUB req ${block.length} ${block.length}\r\n${block}\r\n`);
      await client.next();
      const frame = (await client.next())!;
      const { events } = JSON.parse(frame.slice(frame.indexOf('{'))) as { events: { type: string }[] };
      expect(
        events.map(({ type, subj, to, sub }: Record<string, string>) => ({ type, subj, to, sub })),
      ).to.deep.equal([
        { type: 'in', subj: 'req', to: undefined, sub: undefined },
        { type: 'sm', subj: undefined, to: 'svc', sub: undefined },
        { type: 'eg', subj: undefined, to: undefined, sub: 'svc' },
      ]);
    });
  });
});
