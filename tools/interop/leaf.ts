import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { until } from './background.js';
import type { Certificates } from './certificates.js';
import { expect } from './cli/command.js';
import { ask } from './command.js';
import type { Identities } from './identities.js';
import { survivesServer } from './leaf-cluster.js';
import { compareHubs } from './leaf-differential.js';
import { DOMAINS, domains, externalCopies } from './leaf-domains.js';
import { freePorts, type Kind, Node, natsServers, SLUICE } from './leaf-nodes.js';
import { objectOf10MiB } from './leaf-objects.js';
import type { Report } from './report.js';

/** How often a server is killed in the middle of traffic. */
const KILLS = Number(process.env['INTEROP_KILLS'] ?? 5);

/** A hub and a leaf of it, with a client at each. */
interface Pair {
  readonly hub: Node;
  readonly leaf: Node;
  readonly atHub: NatsConnection;
  readonly atLeaf: NatsConnection;
}

interface Setup {
  readonly hub: string;
  /** What the remote has beside its URL. */
  readonly remote: string;
  readonly leaf: string;
  /** In front of the URL's address. */
  readonly scheme: string;
  readonly login: string;
  readonly leafnodes: string;
  /** What the hub's WebSocket listener has, which the leaf dials then; undefined: there is none. */
  readonly webSocket: string | undefined;
}

const PLAIN: Setup = {
  hub: '',
  remote: '',
  leaf: '',
  scheme: 'nats-leaf',
  login: '',
  leafnodes: '',
  webSocket: undefined,
};

async function withPair(
  hubKind: Kind,
  leafKind: Kind,
  given: Partial<Setup>,
  scenario: (pair: Pair) => Promise<void>,
  isLinked: (pair: Pair) => Promise<void> = linked,
): Promise<void> {
  const {
    hub: hubConf,
    remote,
    leaf: leafConf,
    scheme,
    login,
    leafnodes,
    webSocket,
  } = { ...PLAIN, ...given };
  const directory = mkdtempSync(join(TMPDIR, 'sluice-leaf-'));
  const [hubPort = 0, leafPort = 0, linkPort = 0, webSocketPort = 0] = await freePorts(4);
  const webSockets =
    webSocket === undefined ? '' : `websocket { listen: "127.0.0.1:${webSocketPort}", ${webSocket} }\n`;
  const hub = new Node(
    hubKind,
    directory,
    'hub',
    hubPort,
    `leafnodes {\n  listen: "127.0.0.1:${linkPort}"\n  ${leafnodes}\n}\n${webSockets}${hubConf.replaceAll('DIRECTORY', directory)}`,
  );
  const url = `${scheme}://${login === '' ? '' : `${login}@`}127.0.0.1:${webSocket === undefined ? linkPort : webSocketPort}`;
  const leaf = new Node(
    leafKind,
    directory,
    'leaf',
    leafPort,
    `leafnodes {\n  remotes: [ { url: "${url}" ${remote} } ]\n  reconnect: 1\n}\n${leafConf.replaceAll('DIRECTORY', directory)}`,
  );
  try {
    const pair = { hub, leaf, atHub: await hub.connect(), atLeaf: await leaf.connect() };
    try {
      await isLinked(pair);
      await scenario(pair);
    } catch (error) {
      throw new Error(
        `${String(error)}\n--- hub\n${hub.log.slice(-1_500)}\n--- leaf\n${leaf.log.slice(-1_500)}`,
      );
    } finally {
      await Promise.all([pair.atHub.close(), pair.atLeaf.close()]);
    }
  } finally {
    await Promise.all([hub.stop(), leaf.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Waits until what is published at each end arrives at the other. */
async function linked({ atHub, atLeaf }: Pair): Promise<void> {
  await reaches(atHub, atLeaf);
  await reaches(atLeaf, atHub);
}

async function reaches(from: NatsConnection, to: NatsConnection): Promise<void> {
  const subject = `interop.linked.${Math.random().toString(36).slice(2)}`;
  let isThere = false;
  const subscription = to.subscribe(subject, {
    callback: () => {
      isThere = true;
    },
  });
  await until(
    () => {
      if (!from.isClosed()) from.publish(subject);
      return isThere;
    },
    () => 'the link',
  );
  subscription.unsubscribe();
}

/** Waits until a request for `subject` has, or has not, a responder as `from` sees it. */
async function responders(from: NatsConnection, subject: string, wanted: boolean): Promise<void> {
  let has = !wanted;
  for (const end = Date.now() + 20_000; has !== wanted && Date.now() < end; ) {
    try {
      await from.request(subject, 'probe', { timeout: 1_000 });
      has = true;
    } catch (error) {
      has = !/no responders/i.test(String((error as Error).message));
    }
  }
  expect(has === wanted, `${subject}: ${wanted ? 'no' : 'still a'} responder`);
}

async function messages({ atHub, atLeaf }: Pair): Promise<void> {
  for (const [from, to] of [
    [atHub, atLeaf],
    [atLeaf, atHub],
  ] as const) {
    const seen: string[] = [];
    to.subscribe('m.*.x', {
      callback: (_, m) => void seen.push(`*${m.headers?.get('A') ?? ''} ${m.data.length} ${m.reply ?? ''}`),
    });
    to.subscribe('m.>', { callback: (_, m) => void seen.push(`> ${m.data.length}`) });
    await to.flush();
    await reaches(from, to);
    const h = headers();
    h.set('A', 'b');
    from.publish('m.1.x', new Uint8Array(0));
    from.publish('m.1.x', new Uint8Array(200_000), { headers: h, reply: 're.1' });
    from.publish('m.other', 'abc');
    from.publish('n.1.x', 'abc');
    await from.flush();
    await until(
      () => seen.length >= 5,
      () => `5 messages, there are ${seen.join(', ')}`,
    );
    await reaches(from, to);
    expect(
      seen.sort().join('|') === ['* 0 ', '*b 200000 re.1', '> 0', '> 200000', '> 3'].sort().join('|'),
      seen.join('|'),
    );
    for (const connection of [from, to]) await connection.flush();
  }
}

/** Both, as rows of links that differ in what carries them. */
async function messagesAndRequests(pair: Pair): Promise<void> {
  await messages(pair);
  await requests(pair);
}

async function requests({ atHub, atLeaf }: Pair): Promise<void> {
  for (const [from, to] of [
    [atHub, atLeaf],
    [atLeaf, atHub],
  ] as const) {
    await responders(from, 'svc.echo', false);
    const service = to.subscribe('svc.echo', {
      queue: 'workers',
      callback: (_, m) => void m.respond(`re ${m.string()}`),
    });
    await to.flush();
    await responders(from, 'svc.echo', true);
    for (let i = 0; i < 200; i++) {
      const answer = await from.request('svc.echo', `${i}`, { timeout: 5_000 });
      expect(answer.string() === `re ${i}`, answer.string());
    }
    service.unsubscribe();
    await to.flush();
    await responders(from, 'svc.echo', false);
  }
}

async function queueGroups({ atHub, atLeaf, leaf }: Pair): Promise<void> {
  const counts = { hub: 0, leaf: 0, other: 0 };
  const other = await leaf.connect();
  try {
    const count = (connection: NatsConnection, who: keyof typeof counts) =>
      connection.subscribe('job', {
        queue: 'q',
        callback: () => {
          counts[who]++;
        },
      });
    count(atLeaf, 'leaf');
    const second = count(other, 'other');
    for (const connection of [atLeaf, other]) await connection.flush();
    await reaches(atHub, atLeaf);
    const total = (): number => counts.hub + counts.leaf + counts.other;
    const send = async (from: NatsConnection, count: number): Promise<void> => {
      const before = total();
      for (let i = 0; i < count; i++) from.publish('job', 'x');
      await from.flush();
      await until(
        () => total() >= before + count,
        () => `${count} messages, there are ${total() - before}`,
      );
    };
    await send(atHub, 400);
    expect(counts.leaf > 100 && counts.other > 100, `members of the leaf share: ${JSON.stringify(counts)}`);
    second.unsubscribe();
    await other.flush();
    await reaches(atHub, atLeaf);
    await send(atHub, 100);
    const before = counts.leaf;
    const here = count(atHub, 'hub');
    await atHub.flush();
    await reaches(atLeaf, atHub);
    await send(atHub, 100);
    expect(
      counts.hub === 100 && counts.leaf === before,
      `members here come first: ${JSON.stringify(counts)}`,
    );
    await send(atLeaf, 100);
    expect(
      counts.hub === 100 && counts.leaf === before + 100,
      `at the leaf as well: ${JSON.stringify(counts)}`,
    );
    here.unsubscribe();
    await atHub.flush();
    await reaches(atLeaf, atHub);
    expect(total() === 700, `each message once: ${JSON.stringify(counts)}`);
  } finally {
    await other.close();
  }
}

/** A subscriber counts numbers, while a server is killed again and again: none comes twice, and the link always comes back. */
async function crashes({ hub, leaf, atHub, atLeaf }: Pair): Promise<void> {
  for (let round = 0; round < KILLS; round++) {
    const victim = round % 2 === 0 ? hub : leaf;
    const seen = new Map<number, number>();
    const subscription = atLeaf.subscribe(`count.${round}`, {
      callback: (_, m) => void seen.set(Number(m.string()), (seen.get(Number(m.string())) ?? 0) + 1),
    });
    let number = 0;
    const timer = setInterval(() => {
      for (let i = 0; i < 20; i++) if (!atHub.isClosed()) atHub.publish(`count.${round}`, `${number++}`);
    }, 5);
    try {
      await until(
        () => seen.size > 50,
        () => 'messages before the crash',
      );
      await victim.crash();
      const size = seen.size;
      await until(
        () => seen.size > size + 50,
        () => 'messages after the crash',
      );
    } finally {
      clearInterval(timer);
      subscription.unsubscribe();
    }
    const twice = [...seen].filter(([, times]) => times > 1);
    expect(twice.length === 0, `came twice: ${twice.length}`);
  }
  await linked({ hub, leaf, atHub, atLeaf });
  await responders(atHub, 'svc.nobody', false);
  await responders(atLeaf, 'svc.nobody', false);
}

/** A hub that does not answer: what is local goes on, and the link comes back. */
async function frozen({ hub, leaf, atHub, atLeaf }: Pair): Promise<void> {
  hub.signal('SIGSTOP');
  try {
    const other = await leaf.connect();
    await reaches(other, atLeaf);
    await other.close();
  } finally {
    hub.signal('SIGCONT');
  }
  await linked({ hub, leaf, atHub, atLeaf });
}

/** A hub that takes nothing is disconnected; what is local goes on, and the link comes back. */
async function slowHub({ hub, leaf, atHub, atLeaf }: Pair): Promise<void> {
  atHub.subscribe('far');
  await atHub.flush();
  await responders(atLeaf, 'far', true);
  const payload = new Uint8Array(60_000);
  hub.signal('SIGSTOP');
  try {
    for (const end = Date.now() + 60_000; !/slow consumer/i.test(leaf.log); ) {
      expect(Date.now() < end, 'the hub is not disconnected');
      for (let i = 0; i < 20; i++) atLeaf.publish('far', payload);
      await atLeaf.flush();
    }
    const other = await leaf.connect();
    await reaches(other, atLeaf);
    await other.close();
  } finally {
    hub.signal('SIGCONT');
  }
  await linked({ hub, leaf, atHub, atLeaf });
}

/** Subjects that nats-server keeps to itself: a client that subscribes to them costs the link nothing. */
async function keptSubjects({ hub, leaf, atHub, atLeaf }: Pair): Promise<void> {
  for (const connection of [atHub, atLeaf]) {
    for (const subject of ['$JS.API.INFO', '$KV.b.k', '$OBJ.b.k', '$JS.HUB.API.INFO'])
      connection.subscribe(subject, { callback: () => {} });
    await connection.flush();
  }
  for (let round = 0; round < 5; round++) {
    await reaches(atHub, atLeaf);
    await reaches(atLeaf, atHub);
  }
  for (const { log } of [hub, leaf]) expect(!/violation/i.test(log), log.slice(-500));
}

/** An account whose streams and services are used by another one. */
const EXPORTER = 'exports: [ {stream: "ex.>"}, {service: "svc.a"} ]';
const IMPORTER = `imports: [
  {stream: {account: A, subject: "ex.>"}, prefix: "from"}, {service: {account: A, subject: "svc.a"}, to: "svc.b"}
]`;
/** Clients are in B, which imports from A; links are in A. */
const IMPORTS = `accounts {
  A { users: [ { user: edge, password: secret } ], ${EXPORTER} }
  B { users: [ { user: client, password: pw } ], ${IMPORTER} }
}
no_auth_user: client`;

/** Clients of `importing` are in another account than the link: they get its streams, and use its services. */
async function imports(importing: NatsConnection, other: NatsConnection): Promise<void> {
  const seen: string[] = [];
  importing.subscribe('from.ex.*', { callback: (_, m) => void seen.push(m.subject) });
  other.subscribe('svc.a', { callback: (_, m) => void m.respond(`re ${m.string()}`) });
  await Promise.all([importing.flush(), other.flush()]);
  await until(
    () => {
      other.publish('ex.1');
      return seen.includes('from.ex.1');
    },
    () => 'a message that is imported',
  );
  await responders(importing, 'svc.b', true);
  for (let i = 0; i < 50; i++) {
    const answer = await importing.request('svc.b', `${i}`, { timeout: 5_000 });
    expect(answer.string() === `re ${i}`, answer.string());
  }
}

async function jetStream({ atLeaf }: Pair, domain?: string): Promise<void> {
  const options = domain === undefined ? {} : { domain };
  const manager = await jetstreamManager(atLeaf, options);
  await manager.streams.add({ name: 'S', subjects: ['s.>'] });
  const js = jetstream(atLeaf, options);
  for (let i = 0; i < 20; i++) await js.publish(`s.${i}`, `m${i}`);
  await manager.consumers.add('S', { durable_name: 'C', ack_policy: 'explicit' });
  const consumer = await js.consumers.get('S', 'C');
  const subjects: string[] = [];
  for await (const message of await consumer.fetch({ max_messages: 20, expires: 5_000 })) {
    subjects.push(message.subject);
    await message.ackAck();
  }
  expect(subjects.join() === Array.from({ length: 20 }, (_, i) => `s.${i}`).join(), subjects.join());
  const { num_ack_pending: left } = await manager.consumers.info('S', 'C');
  expect(left === 0, `not acknowledged: ${left}`);
  const ordered = await js.consumers.get('S');
  let count = 0;
  for await (const _ of await ordered.consume()) if (++count === 20) break;
  if (domain === undefined) return;
  const kv = await new Kvm(js).create('B');
  await kv.put('a', '1');
  expect((await kv.get('a'))?.string() === '1', 'the value of a key');
  const keys: string[] = [];
  const watch = await kv.watch();
  await kv.put('b', '2');
  for await (const { key } of watch) if (keys.push(key) === 2) break;
  expect(keys.join() === 'a,b', keys.join());
}

/** What a hub lets its leaf publish and subscribe to. */
const PERMITTED = `permissions: { publish: ["m.>", "interop.>", "_INBOX.>", "_R_.>"], subscribe: ["in.>", "interop.>", "_INBOX.>", "$LDS.>"] }`;

async function permissions({ atHub, atLeaf }: Pair): Promise<void> {
  const seen: string[] = [];
  const note = (who: string) => (_: Error | null, m: { readonly subject: string }) =>
    void seen.push(`${who} ${m.subject}`);
  atHub.subscribe('m.*', { callback: note('hub') });
  atHub.subscribe('n.*', { callback: note('hub') });
  atLeaf.subscribe('in.*', { callback: note('leaf') });
  atLeaf.subscribe('out.*', { callback: note('leaf') });
  await atHub.flush();
  await atLeaf.flush();
  await reaches(atHub, atLeaf);
  await reaches(atLeaf, atHub);
  for (const subject of ['m.1', 'n.1']) atLeaf.publish(subject);
  for (const subject of ['in.1', 'out.1']) atHub.publish(subject);
  await atLeaf.flush();
  await atHub.flush();
  await reaches(atHub, atLeaf);
  await reaches(atLeaf, atHub);
  expect(seen.sort().join() === 'hub m.1,leaf in.1', seen.join());
}

interface Check {
  readonly setup: Partial<Setup>;
  readonly run: (pair: Pair) => Promise<void>;
  /** Whether the hub has to be a nats-server. */
  readonly needsJetStream?: boolean;
  /** The first version of nats-server that has what is set up. */
  readonly since?: readonly [major: number, minor: number];
  /** The same of one that is the leaf. */
  readonly leafSince?: readonly [major: number, minor: number];
  /** Whether it takes the `nats` command. */
  readonly needsNats?: boolean;
  /** Whether clients of one side are in another account than the link, so that not everything passes. */
  readonly isPartial?: boolean;
}

function checks(identities: Identities, certificates: Certificates | undefined): ReadonlyMap<string, Check> {
  const users = `accounts { A { users: [ { user: edge, password: secret } ] } }\nno_auth_user: edge`;
  const seed = execFileSync('cat', [identities.seed], { encoding: 'utf8' }).trim();
  const all: [string, Check][] = [
    ['messages', { setup: {}, run: messages }],
    ['requests', { setup: {}, run: requests }],
    ['queue-groups', { setup: {}, run: queueGroups }],
    ['hub-that-dials', { setup: { remote: ', hub: true' }, run: requests }],
    ['kept-subjects', { setup: {}, run: keptSubjects }],
    ['kept-subjects-hub-dials', { setup: { remote: ', hub: true' }, run: keptSubjects }],
    [
      'kept-subjects-domain',
      {
        setup: { hub: 'jetstream { store_dir: "DIRECTORY/js", domain: HUB }' },
        run: keptSubjects,
        needsJetStream: true,
      },
    ],
    ['user', { setup: { hub: users, login: 'edge:secret' }, run: requests }],
    [
      'leaf-user',
      {
        setup: { leafnodes: 'authorization { users: [ { user: link, password: pw } ] }', login: 'link:pw' },
        run: requests,
      },
    ],
    [
      'nkey',
      {
        setup: {
          hub: `authorization { users: [ { nkey: ${identities.publicKey} }, { user: client, password: pw } ] }\nno_auth_user: client`,
          remote: `, nkey: "${seed}"`,
        },
        leafSince: [2, 10],
        run: requests,
      },
    ],
    [
      'permissions',
      {
        setup: {
          hub: `authorization { users: [ { user: edge, password: secret, ${PERMITTED} }, { user: client, password: pw } ] }\nno_auth_user: client`,
          login: 'edge:secret',
        },
        run: permissions,
      },
    ],
    ...(['on', 's2_auto', 's2_best'] as const).map((mode): [string, Check] => [
      `compression-${mode}`,
      {
        setup: { leafnodes: `compression: ${mode}`, remote: `, compression: ${mode}` },
        run: messagesAndRequests,
        since: [2, 10],
      },
    ]),
    ...Object.entries({
      websocket: ['no_tls: true', ''],
      'websocket-compressed': ['no_tls: true, compression: true', ', ws_compression: true'],
      'websocket-unmasked': ['no_tls: true', ', ws_no_masking: true'],
    }).map(([name, [webSocket = '', remote = '']]): [string, Check] => [
      name,
      { setup: { webSocket, remote, scheme: 'ws' }, run: messagesAndRequests },
    ]),
    ['websocket-crashes', { setup: { webSocket: 'no_tls: true', scheme: 'ws' }, run: crashes }],
    ['crashes', { setup: {}, run: crashes }],
    ['frozen', { setup: {}, run: frozen }],
    ['slow-hub', { setup: { leaf: 'max_pending: 4000000\nwrite_deadline: "2s"' }, run: slowHub }],
    [
      'imports-at-hub',
      {
        setup: { hub: IMPORTS, login: 'edge:secret' },
        run: ({ atHub, atLeaf }) => imports(atHub, atLeaf),
        isPartial: true,
      },
    ],
    [
      'imports-at-leaf',
      {
        setup: { leaf: IMPORTS, remote: ', account: A' },
        run: ({ atHub, atLeaf }) => imports(atLeaf, atHub),
        isPartial: true,
      },
    ],
    [
      'jetstream',
      { setup: { hub: 'jetstream { store_dir: "DIRECTORY/js" }' }, run: jetStream, needsJetStream: true },
    ],
    [
      'jetstream-domain',
      {
        setup: { hub: 'jetstream { store_dir: "DIRECTORY/js", domain: HUB }' },
        run: (pair) => jetStream(pair, 'HUB'),
        needsJetStream: true,
      },
    ],
    ['domains', { setup: DOMAINS, run: ({ atHub, atLeaf }) => domains(atHub, atLeaf) }],
    ['external', { setup: DOMAINS, run: ({ atHub, atLeaf }) => externalCopies(atHub, atLeaf) }],
    [
      'object-10MiB',
      {
        setup: { hub: 'jetstream { store_dir: "DIRECTORY/js", domain: HUB }' },
        run: ({ leaf }) => objectOf10MiB(leaf.port, 'HUB'),
        needsJetStream: true,
        needsNats: true,
      },
    ],
  ];
  if (certificates !== undefined) {
    const { ca, server } = certificates;
    const tls = `tls { cert_file: "${server.cert}", key_file: "${server.key}" }`;
    const remote = `, tls { ca_file: "${ca}" }`;
    all.push(['wss', { setup: { webSocket: tls, scheme: 'wss', remote }, run: messagesAndRequests }]);
    all.push(['tls', { setup: { leafnodes: tls, scheme: 'tls', remote }, run: requests }]);
  }
  return new Map(all);
}

/** How many random sessions a hub is compared in, and their first seed. */
const {
  INTEROP_SESSIONS = '20',
  INTEROP_SEED = String(Date.now() % 1_000_000),
  TMPDIR = '/tmp',
} = process.env;
const SESSIONS = Number(INTEROP_SESSIONS);
const SEED = Number(INTEROP_SEED);

/** A leaf must learn the same interest of sluice as a hub as of a nats-server, and get the same messages. */
async function differential(server: Kind): Promise<void> {
  const directory = mkdtempSync(join(TMPDIR, 'sluice-leaf-'));
  const [a = 0, aLeaf = 0, b = 0, bLeaf = 0] = await freePorts(4);
  const hub = (kind: Kind, name: string, port: number, leafPort: number): Node =>
    new Node(kind, directory, name, port, `leafnodes { listen: "127.0.0.1:${leafPort}" }`);
  const nodes = [hub(SLUICE, 'one', a, aLeaf), hub(server, 'two', b, bLeaf)];
  try {
    for (const node of nodes) await (await node.connect()).close();
    await compareHubs({ port: a, leafPort: aLeaf }, { port: b, leafPort: bLeaf }, SESSIONS, SEED);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}

function isSince(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return version === SLUICE.name || ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** Links sluice with each nats-server, each as the leaf of the other, and with itself. */
export async function leafChecks(
  report: Report,
  identities: Identities,
  certificates: Certificates | undefined,
  isWanted: (scenario: string) => boolean,
): Promise<void> {
  const servers = natsServers();
  if (servers.length === 0)
    report.missing({
      name: 'leaf links',
      reason: 'no nats-server on the PATH, and none in INTEROP_NATS_SERVERS',
    });
  for (const server of servers) {
    if (!isWanted('differential')) continue;
    report.begin({ name: 'sluice as hub beside nats-server', version: server.name });
    try {
      await differential(server);
      report.add('differential', { kind: 'passed' });
    } catch (error) {
      report.add('differential', { kind: 'failed', reason: String((error as Error).message) });
    }
  }
  for (const server of servers) {
    if (!isWanted('cluster')) continue;
    report.begin({ name: 'sluice as leaf of three nats-servers', version: server.name });
    try {
      await survivesServer(server);
      report.add('cluster', { kind: 'passed' });
    } catch (error) {
      report.add('cluster', { kind: 'failed', reason: String((error as Error).message) });
    }
  }
  const pairs = servers.flatMap((server) => [[server, SLUICE] as const, [SLUICE, server] as const]);
  for (const [hub, leaf] of [...pairs, [SLUICE, SLUICE] as const]) {
    const [title, version] = hub === SLUICE ? ['leaf', leaf] : ['hub', hub];
    report.begin({
      name: hub === leaf ? 'sluice as leaf of sluice' : `nats-server as ${title}`,
      version: version.name,
    });
    for (const [name, { setup, run, needsJetStream, needsNats, isPartial, since, leafSince }] of checks(
      identities,
      certificates,
    )) {
      if (since !== undefined && !isSince(version.name, since)) continue;
      if (leafSince !== undefined && !isSince(leaf.name, leafSince)) continue;
      if (!isWanted(name) || (needsJetStream === true && hub === SLUICE)) continue;
      if (needsNats === true && (await ask('nats', '--version')) === undefined) {
        report.add(name, { kind: 'skipped', reason: 'no nats command on the PATH' });
        continue;
      }
      try {
        await withPair(hub, leaf, setup, run, isPartial === true ? async () => {} : linked);
        report.add(name, { kind: 'passed' });
      } catch (error) {
        report.add(name, { kind: 'failed', reason: String((error as Error).message) });
      }
    }
  }
}
