import { expect } from 'chai';
import type { ConnectionSnapshot } from '../../lib/monitor/snapshot.js';
import { CERTIFICATE, closedConnection, connection, subscription, T0 } from '../support/monitor/fake.js';
import { type Fixture, fixture, type Json } from '../support/monitor/fixture.js';

interface Connz {
  readonly num_connections: number;
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly connections: readonly Json[];
}

/** Three open connections and three closed ones, different in everything one can sort by. */
const OPEN: readonly ConnectionSnapshot[] = [
  connection(8, { startedAt: T0 + 3, lastActivityAt: T0 + 9, rttMs: 5, pendingBytes: 2, inMessages: 1 }, []),
  connection(5, {
    ...{ startedAt: T0 + 1, lastActivityAt: T0 + 5, rttMs: undefined, pendingBytes: 3, inMessages: 3 },
    ...{ outMessages: 7, inBytes: 2, outBytes: 1, user: 'bob', account: '$G' },
  }),
  connection(
    6,
    {
      ...{ startedAt: T0 + 2, lastActivityAt: T0 + 7, rttMs: 1, pendingBytes: 1, inMessages: 2 },
      ...{ outMessages: 9, inBytes: 5, outBytes: 4 },
    },
    [
      subscription({ cid: 6, subject: 'x' }),
      subscription({ cid: 6, subject: 'y', queue: undefined, max: 0 }),
    ],
  ),
];
const CLOSED: readonly ConnectionSnapshot[] = [
  closedConnection(3, { stoppedAt: T0 + 30, reason: 'HEADERS_NOT_SUPPORTED', user: 'bob' }),
  closedConnection(1, { stoppedAt: T0 + 50, reason: 'AUTHORIZATION_VIOLATION', account: undefined }),
  closedConnection(2, { stoppedAt: T0 + 40, reason: 'PEER_CLOSED', account: '$G' }),
];

describe('/connz', () => {
  let monitored: Fixture;
  beforeEach(async () => {
    monitored = await fixture();
    monitored.broker.open = OPEN;
    monitored.broker.gone = CLOSED;
  });
  afterEach(() => monitored.monitor.close());

  async function connz(parameters: string): Promise<Connz> {
    return (await monitored.json(`/connz?${parameters}`)) as unknown as Connz;
  }

  const orders: readonly (readonly [parameters: string, cids: readonly number[]])[] = [
    ['', [5, 6, 8]],
    ['sort=cid', [5, 6, 8]],
    ['sort=start', [5, 6, 8]],
    ['sort=subs', [6, 5, 8]],
    ['sort=pending', [5, 8, 6]],
    ['sort=msgs_to', [6, 5, 8]],
    ['sort=msgs_from', [5, 6, 8]],
    ['sort=bytes_to', [6, 5, 8]],
    ['sort=bytes_from', [6, 5, 8]],
    ['sort=last', [8, 6, 5]],
    ['sort=idle', [5, 6, 8]],
    ['sort=uptime', [8, 6, 5]],
    ['sort=rtt', [8, 6, 5]],
    ['sort=stop&state=closed', [1, 2, 3]],
    ['sort=reason&state=closed', [1, 2, 3]],
    ['sort=uptime&state=closed', [3, 2, 1]],
    ['sort=subs&state=closed', [1, 2, 3]],
    ['state=open', [5, 6, 8]],
    ['state=CLOSED', [1, 2, 3]],
    ['state=all', [1, 2, 3, 5, 6, 8]],
    ['state=any', [1, 2, 3, 5, 6, 8]],
    ['limit=2', [5, 6]],
    ['limit=2&offset=1', [6, 8]],
    ['limit=-2&offset=-1', [5, 6, 8]],
    ['offset=7', []],
    ['sort=pending&limit=1', [5]],
    ['cid=6', [6]],
    ['cid=6&limit=9', [6]],
    ['cid=2', []],
    ['cid=2&state=all', [2]],
    ['user=bob', [5]],
    ['user=bob&state=all', [3, 5]],
    ['acc=A', [6, 8]],
    ['acc=$G&state=all', [2, 5]],
    ['acc=A&user=bob', []],
    ['acc=nope', []],
    ['mqtt_client=x', []],
  ];
  for (const [parameters, cids] of orders) {
    it(`?${parameters} shows ${cids.join(', ') || 'none'}`, async () => {
      const answer = await connz(parameters);
      expect(answer.connections.map(({ cid }) => cid)).to.deep.equal(cids);
      expect(answer.num_connections).to.equal(cids.length);
    });
  }

  const pages: readonly (readonly [
    parameters: string,
    page: Pick<Connz, 'num_connections' | 'total' | 'offset' | 'limit'>,
  ])[] = [
    ['', { num_connections: 3, total: 3, offset: 0, limit: 1024 }],
    ['limit=1&offset=1', { num_connections: 1, total: 3, offset: 1, limit: 1 }],
    ['limit=0&offset=-4', { num_connections: 3, total: 3, offset: 0, limit: 1024 }],
    ['cid=6&limit=9&state=all', { num_connections: 1, total: 6, offset: 0, limit: 1 }],
    ['user=bob&state=all', { num_connections: 2, total: 6, offset: 0, limit: 1024 }],
    ['acc=A', { num_connections: 2, total: 2, offset: 0, limit: 1024 }],
    ['acc=nope', { num_connections: 0, total: 0, offset: 0, limit: 1024 }],
    ['mqtt_client=x', { num_connections: 0, total: 0, offset: 0, limit: 1024 }],
  ];
  for (const [parameters, page] of pages) {
    it(`?${parameters} says which page that is`, async () => {
      expect(await connz(parameters)).to.include(page);
    });
  }

  async function only(cid: number, parameters = ''): Promise<Json> {
    const [row] = (await connz(`state=all&cid=${cid}&${parameters}`)).connections;
    return row!;
  }

  it('shows a connection', async () => {
    const { uptime, idle, ...row } = await only(6);
    expect(row).to.deep.equal({
      ...{ cid: 6, kind: 'Client', type: 'nats', ip: '127.0.0.1', port: 50_006 },
      ...{ start: '2026-01-02T03:04:05.680Z', last_activity: '2026-01-02T03:04:05.685Z', rtt: '1ms' },
      ...{ pending_bytes: 1, in_msgs: 2, out_msgs: 9, in_bytes: 5, out_bytes: 4, subscriptions: 2 },
      stalls: 2,
      ...{ name: 'client 6', lang: 'ts', version: '1.2.3' },
      ...{ tls_version: '1.3', tls_cipher_suite: 'TLS_AES_128_GCM_SHA256' },
    });
    expect([uptime, idle]).to.satisfy((texts: string[]) =>
      texts.every((text) => /^(\d+[ydhms])+$/.test(text)),
    );
  });

  it('leaves out what is unknown', async () => {
    const unknown = {
      name: undefined,
      lang: '',
      version: undefined,
      tlsVersion: undefined,
      tlsCipher: undefined,
    };
    const nobody = {
      ip: undefined,
      port: undefined,
      account: undefined,
      user: undefined,
      rttMs: undefined,
      holds: 0,
    };
    monitored.broker.open = [
      connection(4, { ...unknown, ...nobody, type: 'line', tlsFirst: false, peerCertificates: () => [] }),
    ];
    const row = await only(4, 'auth=1');
    expect(Object.keys(row)).to.not.include.members(['name']);
    expect(Object.keys(row)).to.deep.equal([
      ...['cid', 'kind', 'type', 'ip', 'port', 'start', 'last_activity', 'rtt', 'uptime', 'idle'],
      ...['pending_bytes', 'in_msgs', 'out_msgs', 'in_bytes', 'out_bytes', 'subscriptions'],
    ]);
    expect(row).to.include({ type: 'line', ip: '', port: 0, rtt: '0s' });
  });

  it('says where TLS came before anything else', async () => {
    monitored.broker.open = [connection(4, { tlsFirst: true })];
    expect(await only(4)).to.include({ tls_first: true });
  });

  it('shows an IPv4 address as such', async () => {
    monitored.broker.open = [connection(4, { ip: '::ffff:10.0.0.1' }), connection(5, { ip: '::1' })];
    expect([(await only(4)).ip, (await only(5)).ip]).to.deep.equal(['10.0.0.1', '::1']);
  });

  it('counts the life of a closed connection to its end', async () => {
    monitored.broker.gone = [
      closedConnection(4, { lastActivityAt: T0 + 5_000, stoppedAt: T0 + 62_000, reason: 'WIRE_ERROR' }),
    ];
    const ended = { stop: '2026-01-02T03:05:07.678Z', uptime: '1m2s', idle: '57s', reason: 'Read Error' };
    expect(await only(4)).to.include(ended);
  });

  it('tells the slow consumers apart', async () => {
    monitored.broker.gone = [
      closedConnection(1, { reason: 'SLOW_CONSUMER', pendingBytes: 67_108_865 }),
      closedConnection(2, { reason: 'SLOW_CONSUMER', pendingBytes: 67_108_864 }),
    ];
    expect((await only(1)).reason).to.equal('Slow Consumer (Pending Bytes)');
    expect((await only(2)).reason).to.equal('Slow Consumer (Write Deadline)');
  });

  it('shows users, accounts and certificates with auth=1 only', async () => {
    const keys = ['authorized_user', 'account', 'name_tag', 'tls_peer_certs'];
    expect(await only(6)).to.not.have.any.keys(...keys);
    expect(await only(6, 'auth=1')).to.deep.include({
      authorized_user: 'alice',
      account: 'A',
      name_tag: 'A',
      tls_peer_certs: [
        {
          subject: 'CN=peer,O=Sluice,C=US',
          spki_sha256: '62556368abf97aed85de09c886d406adafe53538d3a4e47660e457970894edad',
          cert_sha256: 'ce88f6cb31c8834abb5dfc4a3fb22408c09c7d5a5e1dc8374186807db8be5136',
        },
      ],
    });
    expect(CERTIFICATE).to.have.length(438);
  });

  it('does not name the global account', async () => {
    expect(await only(5, 'auth=1')).to.include({ authorized_user: 'bob' });
    expect(await only(5, 'auth=1')).to.not.have.property('account');
  });

  it('asks for subscriptions only where they are wanted and there are some', async () => {
    let asked = 0;
    const subscriptions = () => {
      asked++;
      return [];
    };
    monitored.broker.open = [
      connection(4, { subscriptions }),
      connection(5, { subscriptionCount: 0, subscriptions }),
    ];
    await connz('');
    expect(asked).to.equal(0);
    await connz('subs=1');
    expect(asked).to.equal(1);
  });

  it('lists subjects with subs=1', async () => {
    expect((await only(6, 'subs=t')).subscriptions_list).to.deep.equal(['x', 'y']);
    expect(await only(8, 'subs=1')).to.not.have.property('subscriptions_list');
  });

  it('lists subscriptions with subs=detail, with their account once it is closed', async () => {
    expect((await only(6, 'subs=Detail')).subscriptions_list_detail).to.deep.equal([
      { subject: 'x', qgroup: 'q', sid: '1', msgs: 3, max: 50, cid: 6 },
      { subject: 'y', sid: '1', msgs: 3, cid: 6 },
    ]);
    expect((await only(3, 'subs=detail')).subscriptions_list_detail).to.deep.equal([
      { account: 'A', account_tag: 'A', subject: 'a.>', qgroup: 'q', sid: '1', msgs: 3, cid: 3 },
    ]);
  });

  for (const [filter, cids] of [
    ['x', [6]],
    ['*', [6]],
    ['a.>', []],
    ['>', [6, 8]],
  ] as const)
    it(`filter_subject=${filter} lists connections with a subscription that overlaps`, async () => {
      const { connections, total } = await connz(`acc=A&filter_subject=${filter}&limit=10`);
      expect(connections.map(({ cid }) => cid)).to.deep.equal(cids);
      expect(total).to.equal(2); // of the account, as with nats-server
    });
});
