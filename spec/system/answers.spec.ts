import { gunzipSync } from 'node:zlib';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { MAX_SYSTEM_ANSWER_BYTES } from '../../lib/domain/limits.js';
import { LEFT_OUT, SEEN_ANSWERS, SEEN_ERRORS } from '../support/fixtures/system.js';
import { ACCOUNTS, type Answer, fieldsOf, SystemFixture } from '../support/system/clients.js';
import { until } from '../support/until.js';

/** Fields of sluice alone. */
const OURS = /\.(sluice|sluice_flow|max_subscriptions|memstats)[.:]/;

describe('requests to the system account', () => {
  let system: SystemFixture;
  let sys: NatsConnection;
  let ann: NatsConnection;
  const clientOf = { sys: () => sys, ann: () => ann };

  before(async () => {
    system = await SystemFixture.start({
      accounts: {
        ...ACCOUNTS,
        SYS: { ...ACCOUNTS.SYS, exports: [{ service: '$SYS.REQ.SERVER.PING.SUBSZ' }] },
        A: {
          ...ACCOUNTS.A,
          imports: [{ service: { account: 'SYS', subject: '$SYS.REQ.SERVER.PING.SUBSZ' }, to: 'subsz' }],
        },
      },
    });
    sys = await system.connect('sys');
    ann = await system.connect('ann');
    ann.subscribe('foo.*', { queue: 'q' });
    ann.publish('foo.x', 'hi');
    await ann.flush();
  });
  after(() => system.stop());

  describe('have the fields and types of nats-server', () => {
    for (const { who, subject, body = {}, fields } of SEEN_ANSWERS) {
      const isOfAnyServer = subject.startsWith('$SYS.REQ.SERVER.PING.') && who === 'sys';
      for (const name of isOfAnyServer ? [subject, subject.replace('.PING.', '.ID.')] : [subject])
        it(`${name} ${JSON.stringify(body)} of ${who}`, async () => {
          const answer = await system.ask(clientOf[who](), name, body);
          const theirs = fields.filter((field) => !LEFT_OUT.test(field));
          const ours = fieldsOf(answer).filter((field) => !OURS.test(field) && !LEFT_OUT.test(field));
          expect(ours).to.have.members(theirs);
        });
    }
  });

  for (const [subject, body, code, description] of SEEN_ERRORS)
    it(`${subject} ${JSON.stringify(body)} fails as with nats-server`, async () => {
      expect((await system.ask(sys, subject, body)).error).to.deep.equal({ code, description });
    });

  for (const [what, body] of [
    ['no JSON', 'x'],
    ['a list', '[]'],
    ['a field of another type', '{"limit":"x"}'],
    ['a body that is too long', `{"sort":"${'x'.repeat(16 * 1024)}"}`],
  ] as const)
    it(`refuse ${what} with 400`, async () => {
      expect((await system.ask(sys, '$SYS.REQ.SERVER.PING.CONNZ', body)).error?.code).to.equal(400);
    });

  it('say who the server is, and count what it says', async () => {
    const [one, other] = [
      await system.ask(sys, '$SYS.REQ.SERVER.PING'),
      await system.ask(sys, '$SYS.REQ.SERVER.PING'),
    ];
    expect(one.server).to.include({ name: 'spec', id: system.broker.serverId, jetstream: false });
    expect(other.server.seq).to.equal(one.server.seq! + 1);
    const bare = (await system.request(sys, '$SYS.REQ.SERVER.PING.IDZ')).json();
    expect(bare).to.have.all.keys('name', 'host', 'id');
  });

  it('have no responder for the users of other accounts, but about these themselves', async () => {
    for (const subject of [
      '$SYS.REQ.SERVER.PING',
      '$SYS.REQ.SERVER.PING.VARZ',
      '$SYS.REQ.SERVER.ID.CONNZ',
      '$SYS.REQ.SERVER.ID.KICK',
      '$SYS.REQ.SERVER.ID.RELOAD',
      '$SYS.REQ.ACCOUNT.SYS.CONNZ',
      '$SYS.REQ.ACCOUNT.A.INFO',
    ]) {
      const outcome = await system.ask(ann, subject).catch((error: Error) => error);
      expect(outcome, subject)
        .to.be.instanceOf(Error)
        .with.property('message')
        .that.matches(/no responders/);
    }
    for (const subject of ['$SYS.REQ.SERVER.PING.CONNZ', '$SYS.REQ.ACCOUNT.PING.CONNZ']) {
      const { data } = await system.ask(ann, subject, { acc: 'SYS', auth: true });
      expect(data).to.include({ num_connections: 1, total: 1 });
      expect(data?.connections?.[0]?.account).to.equal('A');
    }
    const { data } = await system.ask(ann, '$SYS.REQ.ACCOUNT.PING.STATZ', {
      accounts: ['SYS'],
      include_unused: true,
    });
    expect(data?.account_statz?.map(({ acc }) => acc)).to.deep.equal(['A']);
  });

  it('are answered for those servers only that they are for', async () => {
    const heard: Answer[] = [];
    sys.subscribe('heard', { callback: (_error, message) => void heard.push(message.json<Answer>()) });
    for (const filter of [
      { server_name: 'other' },
      { server_name: 'spe', exact_match: true },
      { host: 'elsewhere' },
      { cluster: 'c' },
      { tags: ['t'] },
      { domain: 'd' },
    ])
      sys.publish('$SYS.REQ.SERVER.PING.IDZ', JSON.stringify(filter), { reply: 'ignored' });
    for (const filter of [{ server_name: 'other' }, { cluster: 'c' }, { tags: ['t'] }])
      sys.publish('$SYS.REQ.SERVER.PING.VARZ', JSON.stringify(filter), { reply: 'heard' });
    sys.publish('$SYS.REQ.SERVER.PING.VARZ', JSON.stringify({ server_name: 'spe' }), { reply: 'heard' });
    await until('the last one is answered', () => heard.length > 0);
    expect(heard).to.have.length(1);
  });

  it('list connections in pages, and by the subject of their subscriptions', async () => {
    const page = (await system.ask(sys, '$SYS.REQ.SERVER.PING.CONNZ', { limit: 1, offset: 1, sort: 'cid' }))
      .data;
    expect(page).to.include({ num_connections: 1, total: 2, offset: 1, limit: 1 });
    const with_ = async (subject: string) => {
      const answer = await system.ask(sys, '$SYS.REQ.ACCOUNT.A.CONNZ', { filter_subject: subject });
      return answer.data?.num_connections;
    };
    expect([await with_('foo.>'), await with_('*.x'), await with_('bar'), await with_('>')]).to.deep.equal([
      1, 1, 0, 1,
    ]);
  });

  it('are compressed where that is asked for', async () => {
    const asking = async (encoding: string) => {
      const asked = headers();
      asked.set('Accept-Encoding', encoding);
      const reply = await sys.request('$SYS.REQ.SERVER.PING.VARZ', '', { timeout: 40_000, headers: asked });
      return { encoding: reply.headers?.get('Content-Encoding'), data: Buffer.from(reply.data) };
    };
    const zipped = await asking('gzip');
    expect(zipped.encoding).to.equal('gzip');
    expect(JSON.parse(gunzipSync(zipped.data).toString()).data.server_name).to.equal('spec');
    const plain = await asking('snappy');
    expect(plain.encoding).to.equal('identity');
    expect(JSON.parse(plain.data.toString()).data.server_name).to.equal('spec');
  });

  it('are answered whole where the answer is long, also through an import', async () => {
    const bob = await system.connect('bob');
    const long = 'x'.repeat(400);
    for (let n = 0; n < 1_000; n++) bob.subscribe(`${n}.${long}`);
    await bob.flush();
    const all = { subscriptions: true, account: 'B' };
    for (const [client, subject] of [
      [sys, '$SYS.REQ.SERVER.PING.SUBSZ'],
      [ann, 'subsz'],
    ] as const) {
      const { data } = await system.ask(client, subject, all);
      expect(data?.subscriptions_list, subject).to.have.length(1_000);
    }
    await bob.close();
  });

  it('are refused where the answer would be too long', async () => {
    const long = 'x'.repeat(4_000);
    const count = Math.ceil(MAX_SYSTEM_ANSWER_BYTES / long.length) + 1;
    const bob = await system.connect('bob');
    for (let n = 0; n < count; n++) bob.subscribe(`${n}.${long}`);
    await bob.flush();
    const all = { subscriptions: true, account: 'B', limit: count };
    expect((await system.ask(sys, '$SYS.REQ.SERVER.PING.SUBSZ', all)).error?.description).to.match(
      /in pages|a page/,
    );
    const some = await system.ask(sys, '$SYS.REQ.SERVER.PING.SUBSZ', { ...all, limit: 2 });
    expect(some.data?.subscriptions_list).to.have.length(2);
    await bob.close();
  });

  it('say so where nothing can be reloaded', async () => {
    const { error } = await system.ask(sys, '$SYS.REQ.SERVER.ID.RELOAD');
    expect(error?.description).to.match(/can only reload config when a file is provided/);
    system.running.reloadSource = async () => 'a: is wrong';
    expect((await system.ask(sys, '$SYS.REQ.SERVER.ID.RELOAD')).error).to.deep.equal({
      code: 500,
      description: 'a: is wrong',
    });
    system.running.reloadSource = async () => undefined;
    expect(await system.ask(sys, '$SYS.REQ.SERVER.ID.RELOAD')).to.have.all.keys('server');
  });
});
