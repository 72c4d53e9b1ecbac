import { expect } from 'chai';
import { account, connection, SERVER, sublist, subscription, T0 } from '../support/monitor/fake.js';
import { type Fixture, fixture } from '../support/monitor/fixture.js';

const FIGURES = {
  num_subscriptions: 4,
  num_cache: 2,
  num_inserts: 10,
  num_removes: 6,
  num_matches: 8,
  cache_hit_rate: 0.25,
  max_fanout: 3,
  avg_fanout: 2.5,
};

describe('monitoring', () => {
  let monitored: Fixture;
  beforeEach(async () => {
    monitored = await fixture();
  });
  afterEach(() => monitored.monitor.close());

  describe('/varz', () => {
    it('shows configuration and counters', async () => {
      const answer = await monitored.json('/varz');
      expect(answer).to.deep.include({
        ...{ server_id: 'NFAKE', server_name: 'fake', version: '2.10.29', sluice: '9.8.7', proto: 1 },
        ...{ go: `node ${process.version}`, host: '127.0.0.1', port: 4222 },
        ...{ auth_required: true, tls_required: true, tls_verify: true },
        ...{ max_connections: 1_000, max_subscriptions: 30, max_payload: 1_048_576, max_pending: 67_108_864 },
        ...{ max_control_line: 4_096, ping_interval: 120e9, ping_max: 2, write_deadline: 10e9 },
        ...{ auth_timeout: 2.5, tls_timeout: 2, http_host: '127.0.0.1' },
        ...{ http_port: monitored.monitor.address.port, start: '2026-01-02T03:04:05.678Z' },
        ...{ config_load_time: '2026-01-02T03:04:05.678Z', connections: 3, total_connections: 12 },
        ...{ in_msgs: 5, out_msgs: 6, in_bytes: 7, out_bytes: 8, slow_consumers: 9, subscriptions: 4 },
        ...{ in_client_msgs: 4, out_client_msgs: 3, in_client_bytes: 5, out_client_bytes: 4 },
        ...{ stale_connections: 4, stalled_clients: 7, config_digest: 'sha256:c0ffee' },
        tls_cert_not_after: '2026-01-02T03:04:05.678Z',
        stale_connection_stats: { clients: 3, routes: 0, gateways: 0, leafs: 1 },
        ...{ tags: ['a', 'b'], system_account: 'SYS' },
        slow_consumer_stats: { clients: 7, routes: 0, gateways: 0, leafs: 2 },
      });
      expect(answer.mem).to.be.greaterThan(1e6);
      expect(answer.cores).to.be.at.least(1);
      expect(answer.gomaxprocs).to.equal(answer.cores);
    });

    it('leaves out what says nothing', async () => {
      const plain = {
        authRequired: false,
        tlsRequired: false,
        tlsVerify: false,
        tlsExpiresAt: undefined,
        maxSubscriptions: 0,
        tags: [],
      };
      monitored.broker.snapshot = { ...SERVER, ...plain, systemAccount: undefined };
      expect(await monitored.json('/varz')).to.not.have.any.keys(
        ...['auth_required', 'tls_required', 'tls_verify', 'max_subscriptions', 'tags', 'system_account'],
      );
    });

    it('counts uptime from the start', async () => {
      monitored.broker.snapshot = { ...SERVER, startedAt: Date.now() - 90_500 };
      expect((await monitored.json('/varz')).uptime).to.match(/^1m3\ds$/);
    });
  });

  describe('/healthz', () => {
    const sick = 'failed to be ready for connections after 1ms: server';
    for (const state of ['lameDuck', 'closing'] as const) {
      it(`answers 500 while it is ${state}`, async () => {
        monitored.broker.snapshot = { ...SERVER, [state]: true };
        const { status, body } = await monitored.ask('/healthz?js-enabled-only=1');
        expect({ status, body }).to.deep.equal({ status: 500, body: `{"status":"error","error":"${sick}"}` });
        expect(await monitored.json('/healthz?details=true')).to.deep.equal({
          status: 'error',
          errors: [{ type: 'CONNECTION', error: sick }],
        });
      });
    }
  });

  describe('/healthz with leaf-remotes-connected', () => {
    const remote = { hub: 'hub', dropped: {}, error: undefined };
    const up = { ...remote, account: '$G', urls: ['nats-leaf://a:1'], upSince: 1 };
    const down = {
      ...remote,
      account: 'B',
      urls: ['nats-leaf://b:1', 'nats-leaf://c:1'],
      upSince: undefined,
    };
    const error =
      'leafnode remote for account "B" (urls=["nats-leaf://b:1","nats-leaf://c:1"]) is not connected';

    it('answers 503 while a link to a hub is down, in the words of nats-server', async () => {
      monitored.broker.hubs = [up, down, { ...down, account: 'C' }];
      const { status, body } = await monitored.ask('/healthz?leaf-remotes-connected=1');
      expect({ status, body: JSON.parse(body) as unknown }).to.deep.equal({
        status: 503,
        body: { status: 'unavailable', error },
      });
      const detailed = await monitored.ask('/healthz?leaf-remotes-connected=true&details=1');
      expect(detailed.status).to.equal(503);
      expect(JSON.parse(detailed.body)).to.deep.equal({
        status: 'error',
        errors: [
          { type: 'CONNECTION', error },
          { type: 'CONNECTION', error: error.replace('"B"', '"C"') },
        ],
      });
    });

    it('answers 200 while all are up, and to those that do not ask', async () => {
      monitored.broker.hubs = [up];
      expect((await monitored.ask('/healthz?leaf-remotes-connected=1')).status).to.equal(200);
      monitored.broker.hubs = [down];
      expect((await monitored.ask('/healthz')).status).to.equal(200);
      expect((await monitored.ask('/healthz?leaf-remotes-connected=0')).status).to.equal(200);
    });
  });

  describe('/subsz', () => {
    const list = [
      subscription({ cid: 7, subject: 'x', account: 'A' }),
      subscription({ cid: 7, sid: '2', subject: 'y', account: 'A', queue: undefined, max: 0 }),
      subscription({ cid: 9, subject: 'z', account: 'SYS' }),
    ];
    beforeEach(() => {
      monitored.broker.open = [
        connection(7, {}, list.slice(0, 2)),
        connection(9, { account: 'SYS' }, list.slice(2)),
      ];
    });

    async function subjects(parameters: string): Promise<unknown> {
      const rows = (await monitored.json(`/subsz?subs=1&${parameters}`)).subscriptions_list;
      return (rows as { subject: string }[] | undefined)?.map(({ subject }) => subject);
    }

    it('adds up the figures of all accounts', async () => {
      monitored.broker.all = [
        account('A'),
        account('B', { sublist: () => sublist({ cacheEntries: 3, matches: 2, maxFanout: 9 }) }),
      ];
      expect(await monitored.json('/subsz')).to.deep.include({
        ...{ num_subscriptions: 8, num_cache: 5, num_inserts: 20, num_removes: 12, num_matches: 10 },
        ...{ cache_hit_rate: 0.4, max_fanout: 9, avg_fanout: 2 },
      });
    });

    it('shows the figures of one account', async () => {
      monitored.broker.all = [account('A'), account('B', { sublist: () => expect.fail('not asked for') })];
      expect(await monitored.json('/subsz?acc=A')).to.deep.include(FIGURES);
    });

    it('has no rates where nothing was looked up', async () => {
      monitored.broker.all = [];
      const none = Object.fromEntries(Object.keys(FIGURES).map((key) => [key, 0]));
      expect(await monitored.json('/subsz?acc=nope')).to.deep.include(none);
    });

    it('does not walk the subscriptions for its figures', async () => {
      await monitored.ask('/subsz');
      expect(monitored.broker.asked).to.deep.equal(['server', 'accounts']);
    });

    it('lists subscriptions with subs=1', async () => {
      const { now, ...answer } = await monitored.json('/subsz?subs=1&acc=A');
      expect(now).to.be.a('string');
      expect(answer).to.deep.equal({
        ...{ server_id: 'NFAKE', ...FIGURES, total: 2, offset: 0, limit: 1024 },
        subscriptions_list: [
          { account: 'A', account_tag: 'A', subject: 'x', qgroup: 'q', sid: '1', msgs: 3, max: 50, cid: 7 },
          { account: 'A', account_tag: 'A', subject: 'y', sid: '2', msgs: 3, cid: 7 },
        ],
      });
    });

    for (const [parameters, expected] of [
      ['', ['x', 'y', 'z']],
      ['limit=2', ['x', 'y']],
      ['limit=1&offset=1', ['y']],
      ['offset=2', ['z']],
      ['acc=SYS', ['z']],
      ['acc=A&offset=1', ['y']],
    ] as const) {
      it(`?subs=1&${parameters} lists ${expected.join(', ')}`, async () => {
        expect(await subjects(parameters)).to.deep.equal(expected);
      });
    }

    it('leaves an empty list out', async () => {
      const answer = await monitored.json('/subsz?subs=1&offset=3');
      expect(answer).to.have.all.keys(
        'server_id',
        'now',
        ...Object.keys(FIGURES),
        'total',
        'offset',
        'limit',
      );
      expect(answer).to.include({ total: 0, offset: 3 });
    });

    it('lists who would get a message, without walking all', async () => {
      const questions: unknown[] = [];
      monitored.broker.matches = (...question) => {
        questions.push(question);
        return list;
      };
      expect(await subjects('test=a.b&limit=2')).to.deep.equal(['x', 'y']);
      expect(await subjects('test=a.b&acc=SYS')).to.deep.equal(['z']);
      expect(questions).to.deep.equal([
        ['a.b', undefined],
        ['a.b', 'SYS'],
      ]);
      expect(monitored.broker.asked).to.not.include('connections');
    });
  });

  describe('accounts', () => {
    it('are listed by name', async () => {
      const answer = await monitored.json('/accountz');
      expect(answer.accounts).to.deep.equal(['SYS', 'A']);
      expect(answer.system_account).to.equal('SYS');
    });

    it('are shown in detail', async () => {
      expect((await monitored.json('/accountz?acc=A')).account_detail).to.deep.equal({
        ...{
          account_name: 'A',
          name_tag: 'A',
          update_time: new Date(T0).toISOString(),
          expired: false,
          complete: true,
        },
        ...{ jetstream_enabled: false, leafnode_connections: 0, client_connections: 2, subscriptions: 4 },
        sublist_stats: FIGURES,
      });
      expect((await monitored.json('/accountz?acc=SYS')).account_detail).to.include({ is_system: true });
    });

    it('have statistics where they have connections, or all with unused=1', async () => {
      const none = { msgs: 0, bytes: 0 };
      const others = { gateways: none, routes: none, leafs: none };
      expect((await monitored.json('/accstatz')).account_statz).to.deep.equal([
        {
          ...{ acc: 'A', name: 'A', conns: 2, leafnodes: 0, total_conns: 2, num_subscriptions: 4 },
          ...{ sent: { msgs: 2, bytes: 4, ...others }, received: { msgs: 1, bytes: 3, ...others } },
          slow_consumers: 5,
        },
      ]);
      const all = (await monitored.json('/accstatz?unused=1')).account_statz as { acc: string }[];
      expect(all.map(({ acc }) => acc)).to.deep.equal(['SYS', 'A']);
    });
  });
});
