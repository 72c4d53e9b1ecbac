import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import type { Steps } from '../../../lib/domain/steps.js';
import type {
  AccountSnapshot,
  ConnectionSnapshot,
  LinkSnapshot,
  Observable,
  RemoteSnapshot,
  ServerSnapshot,
  SublistSnapshot,
  SubscriptionSnapshot,
  TrafficSnapshot,
} from '../../../lib/monitor/snapshot.js';

/** The moment fakes count from: 2026-01-02T03:04:05.678Z. */
export const T0 = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A certificate of C=US, O=Sluice, CN=peer, in DER. */
export const CERTIFICATE = Buffer.from(
  'MIIBsjCCAVegAwIBAgIUAnHfi0DB2r3YDTNIQsKEcj3ueVMwCgYIKoZIzj0EAwIwLTELMAkGA1UEBhMCVVMxDzANBg' +
    'NVBAoMBlNsdWljZTENMAsGA1UEAwwEcGVlcjAgFw0yNjExMjIxNzMxNTZaGA8yMTI2MTAyOTE3MzE1NlowLTELMAkG' +
    'A1UEBhMCVVMxDzANBgNVBAoMBlNsdWljZTENMAsGA1UEAwwEcGVlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJ' +
    'mRu5dswnH9lI0C1+pVJPgMRk50psD/sOe8IO/LUlJkYdyvDk4SLN/XhnloBlBsWcBjkBqGFH0bBTlwQnzfI7ejUzBR' +
    'MB0GA1UdDgQWBBTwF9EQFCuOY0Ynvd8gvwuKCcNJfjAfBgNVHSMEGDAWgBTwF9EQFCuOY0Ynvd8gvwuKCcNJfjAPBg' +
    'NVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDBvrPu4C113Zd9HdC1+wRnlvJuN+Ijb4HUdh4SLHgRrgIh' +
    'APWNqHQ5yRHWjFNNc04MPoDOR3Db3pdH4gu7ozro3ncF',
  'base64',
);

export const TRAFFIC: TrafficSnapshot = {
  dialect: 'nats',
  transport: 'tls',
  listener: '127.0.0.1:4222',
  accepted: 12,
  open: 3,
  congested: 1,
  subscriptions: 4,
  pendingBytes: 99,
  inMessages: 5,
  inBytes: 7,
  outMessages: 6,
  outBytes: 8,
  faults: 2,
};

export const SERVER: ServerSnapshot = {
  serverId: 'NFAKE',
  serverName: 'fake',
  version: '2.10.29',
  sluice: '9.8.7',
  host: '127.0.0.1',
  port: 4222,
  startedAt: T0,
  configLoadedAt: T0,
  authRequired: true,
  tlsRequired: true,
  tlsVerify: true,
  maxConnections: 1_000,
  maxSubscriptions: 30,
  maxPayloadBytes: 1_048_576,
  maxPendingBytes: 67_108_864,
  maxControlLineBytes: 4_096,
  pingIntervalMs: 120_000,
  maxPingsOut: 2,
  writeDeadlineMs: 10_000,
  authTimeoutMs: 2_500,
  tlsTimeoutMs: 2_000,
  tags: ['a', 'b'],
  systemAccount: 'SYS',
  totalConnections: 12,
  connections: 3,
  links: 0,
  leafListener: undefined,
  subscriptions: 4,
  inMessages: 5,
  outMessages: 6,
  inBytes: 7,
  outBytes: 8,
  linkTraffic: { inMessages: 1, inBytes: 2, outMessages: 3, outBytes: 4 },
  slowConsumers: 9,
  slowLinks: 2,
  staleConnections: 4,
  staleLinks: 1,
  holds: 7,
  closedBy: new Map([['PEER_CLOSED', 5]]),
  loginsRefused: 6,
  configDigest: 'c0ffee',
  *traffic() {
    yield;
    return [TRAFFIC];
  },
  tlsExpiresAt: T0,
  lameDuck: false,
  closing: false,
};

export function subscription(given: Partial<SubscriptionSnapshot> = {}): SubscriptionSnapshot {
  return { subject: 'a.>', queue: 'q', sid: '1', delivered: 3, max: 50, cid: 7, account: 'A', ...given };
}

/** An open connection; its count of subscriptions follows the list, its cid is theirs. */
export function connection(
  cid: number,
  given: Partial<ConnectionSnapshot> = {},
  subscriptions: readonly SubscriptionSnapshot[] = [subscription({ cid })],
): ConnectionSnapshot {
  return {
    cid,
    type: 'nats',
    ip: '127.0.0.1',
    port: 50_000 + cid,
    startedAt: T0,
    lastActivityAt: T0,
    rttMs: 0.977,
    pendingBytes: 0,
    inMessages: 0,
    outMessages: 0,
    inBytes: 0,
    outBytes: 0,
    holds: 2,
    subscriptionCount: subscriptions.length,
    subscriptions: () => subscriptions,
    name: `client ${cid}`,
    lang: 'ts',
    version: '1.2.3',
    tlsVersion: 'TLSv1.3',
    tlsCipher: 'TLS_AES_128_GCM_SHA256',
    peerCertificates: () => [CERTIFICATE],
    account: 'A',
    user: 'alice',
    ...given,
  };
}

/** A connection that lived for ten seconds. */
export function closedConnection(cid: number, given: Partial<ConnectionSnapshot> = {}): ConnectionSnapshot {
  return connection(cid, { reason: 'PEER_CLOSED', stoppedAt: T0 + 10_000, ...given }, [
    subscription({ cid, max: 0 }),
  ]);
}

export const SUBLIST: SublistSnapshot = {
  subscriptions: 4,
  cacheEntries: 2,
  inserts: 10,
  removes: 6,
  matches: 8,
  cacheHits: 2,
  maxFanout: 3,
  totalFanout: 5,
};

/** The figures of a sublist, which take a step. */
export function* sublist(given: Partial<SublistSnapshot> = {}): Steps<SublistSnapshot> {
  yield;
  return { ...SUBLIST, ...given };
}

export function account(name: string, given: Partial<AccountSnapshot> = {}): AccountSnapshot {
  return {
    name,
    updatedAt: T0,
    connections: 2,
    links: 0,
    subscriptions: 4,
    inMessages: 1,
    outMessages: 2,
    inBytes: 3,
    outBytes: 4,
    linkTraffic: { inMessages: 0, inBytes: 0, outMessages: 0, outBytes: 0 },
    slowConsumers: 5,
    sublist: () => sublist(),
    ...given,
  };
}

/** A broker that is what it is told; `asked` are the names of what it was asked for. */
export class FakeBroker implements Observable {
  readonly asked: string[] = [];
  hubs: readonly RemoteSnapshot[] = [];
  snapshot: ServerSnapshot = SERVER;
  open: Iterable<ConnectionSnapshot> = [connection(7), connection(9)];
  gone: Iterable<ConnectionSnapshot> = [closedConnection(3)];
  all: readonly AccountSnapshot[] = [account('SYS', { connections: 0 }), account('A')];
  matches: (subject: string, account?: string) => Iterable<SubscriptionSnapshot> = () => [subscription()];

  server(): ServerSnapshot {
    this.asked.push('server');
    return this.snapshot;
  }

  connections(): Iterable<ConnectionSnapshot> {
    this.asked.push('connections');
    return this.open;
  }

  links(): Iterable<LinkSnapshot> {
    return [];
  }

  remotes(): Iterable<RemoteSnapshot> {
    return this.hubs;
  }

  closed(): Iterable<ConnectionSnapshot> {
    this.asked.push('closed');
    return this.gone;
  }

  accounts(): Iterable<AccountSnapshot> {
    this.asked.push('accounts');
    return this.all;
  }

  account(name: string): AccountSnapshot | undefined {
    this.asked.push('account');
    return this.all.find((each) => each.name === name);
  }

  matching(subject: string, name?: string): Iterable<SubscriptionSnapshot> {
    this.asked.push('matching');
    return this.matches(subject, name);
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One HTTP request on a connection of its own. */
export function ask(
  port: number,
  path: string,
  method = 'GET',
  headers: OutgoingHttpHeaders = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
