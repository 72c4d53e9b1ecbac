/** Who takes part in a run. */
import { type Contender, onPath, peer, relay, sluice } from './brokers.js';
import { besideIdleLink, fedAsHub, linked } from './linked.js';
import type { Options } from './options.js';
import type { ReportedContender, Role } from './results.js';

/** Peers named by the user, else those found on PATH. `NATS_SERVER` may name several, with colons between. */
export function peerPaths(
  given: readonly string[],
  { NATS_SERVER }: NodeJS.ProcessEnv,
  find: (name: string) => string | undefined,
): readonly string[] {
  if (given.length > 0) return given;
  const servers = (NATS_SERVER ?? '').split(':').filter((path) => path !== '');
  const natsServers = servers.length > 0 ? servers : [find('nats-server')];
  return [...natsServers, find('redis-server')].filter((path) => path !== undefined);
}

/** The same contenders, each with a name of its own. */
export function distinct<T extends { readonly name: string }>(all: readonly T[]): readonly T[] {
  return all.map((contender, n) => {
    const before = all.slice(0, n).filter(({ name }) => name === contender.name).length;
    return before === 0 ? contender : { ...contender, name: `${contender.name} (${before + 1})` };
  });
}

/** A contender and what it is there for. */
export interface Participant {
  readonly contender: Contender;
  readonly role: Role;
}

/** All who take part, the one that the others are compared with first. Throws where one of them cannot be run. */
export function participants(options: Options, env: NodeJS.ProcessEnv): readonly Participant[] {
  const { only, websocket, leaf } = options;
  const found = only === 'sluice' ? [] : peerPaths(options.peer, env, onPath).map((path) => peer(path));
  const peers = websocket || leaf ? found.filter(({ listensFor }) => listensFor.includes('nats')) : found;
  if (leaf) return pairs(only === 'peer' ? undefined : sluice(options.sluice), peers);
  const all: readonly Participant[] = [
    ...(only === 'peer' ? [] : [{ contender: sluice(options.sluice), role: 'subject' as const }]),
    ...peers.map((contender) => ({ contender, role: 'peer' as const })),
    ...(options.relay && only === undefined && !websocket
      ? [{ contender: relay(), role: 'floor' as const }]
      : []),
  ];
  const names = distinct(all.map(({ contender }) => contender));
  return all.map(({ role, contender }, n) => ({ role, contender: names[n] ?? contender }));
}

/** Of two servers each: those of sluice alone, of sluice and a peer, of the peer alone; and sluice beside a link. */
function pairs(own: Contender | undefined, peers: readonly Contender[]): readonly Participant[] {
  const subjects =
    own === undefined
      ? []
      : [linked(own, own), ...peers.map((peer) => linked(own, peer)), ...besideIdleLink(own)];
  return [
    ...subjects.map((contender) => ({ contender, role: 'subject' as const })),
    ...peers.map((peer) => ({ contender: linked(peer, peer), role: 'peer' as const })),
    ...peers.map((peer) => ({ contender: fedAsHub(peer), role: 'floor' as const })),
  ];
}

/** What the result file says of them. */
export function reported(all: readonly Participant[]): readonly ReportedContender[] {
  return all.map(({ contender: { name, version }, role }) => ({ name, version, role }));
}

/** Whether one of them is a nats-server: without, there is little to compare with. */
export function hasNatsServer(all: readonly Participant[]): boolean {
  return all.some(({ role, contender }) => role === 'peer' && contender.listensFor.includes('nats'));
}
