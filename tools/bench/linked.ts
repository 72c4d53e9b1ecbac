/** Two servers, of which one is the leaf of the other. */
import { type Contender, freePorts, type RunningBroker, start } from './brokers.js';
import type { Link } from './cells.js';
import { InterestBarrier } from './interest-barrier.js';

const HOST = '127.0.0.1';

/** Under which names the leaf and the hub leave their CPU profiles, where they leave any. */
export const PROFILES = { leaf: 'leaf.cpuprofile', hub: 'hub.cpuprofile' } as const;

function flagsOf(server: keyof typeof PROFILES, nodeFlags: readonly string[]): readonly string[] {
  return nodeFlags.length === 0 ? [] : [...nodeFlags, `--cpu-prof-name=${PROFILES[server]}`];
}

async function startPair(
  leaf: Contender,
  hub: Contender,
  link: Link,
  nodeFlags: readonly string[],
): Promise<RunningBroker> {
  const [port = 0] = await freePorts(1);
  const listen = { text: `leafnodes { listen: "${HOST}:${port}" }`, port };
  const dial = { text: `leafnodes { remotes: [ { url: "nats-leaf://${HOST}:${port}" } ] }` };
  const hubServer = await start(hub, flagsOf('hub', nodeFlags), 'tcp', listen);
  let leafServer: RunningBroker | undefined;
  let barrier: InterestBarrier;
  try {
    leafServer = await start(leaf, flagsOf('leaf', nodeFlags), 'tcp', dial);
    barrier = await InterestBarrier.open(leafServer.ports.nats, hubServer.ports.nats);
    await barrier.passed();
  } catch (error) {
    await leafServer?.stop().catch(() => {});
    await hubServer.stop().catch(() => {});
    throw error;
  }
  const stop = async (): Promise<void> => {
    barrier.close();
    try {
      await leafServer.stop();
    } finally {
      await hubServer.stop();
    }
  };
  if (link === 'idle') return { ...leafServer, stop };
  const [publishing, receiving] = link === 'down' ? [hubServer, leafServer] : [leafServer, hubServer];
  return { ...publishing, receiving, interestArrived: () => barrier.passed(), stop };
}

/** A contender of two servers: what is published on the one is received on the other. */
export function linked(leaf: Contender, hub: Contender): Contender {
  return {
    ...leaf,
    name: `${leaf.name} – ${hub.name}`,
    version: hub.version,
    runs: ({ link }) => link === 'up' || link === 'down',
    startAll: (link, nodeFlags) => startPair(leaf, hub, link, nodeFlags),
  };
}

/**
 * A hub alone: what a leaf would send it is ready in memory, one connection for each publisher. No leaf makes the hub faster than that.
 */
export function fedAsHub(hub: Contender): Contender {
  return {
    ...hub,
    name: `${hub.name} alone, fed`,
    runs: ({ link }) => link === 'up',
    startAll: async (_, nodeFlags) => {
      const [port = 0] = await freePorts(1);
      const server = await start(hub, nodeFlags, 'tcp', {
        text: `leafnodes { listen: "${HOST}:${port}" }`,
        port,
      });
      return { ...server, publishing: { ports: { ...server.ports, nats: port }, rendering: 'leaf' } };
    },
  };
}

/** A contender alone, and the same with a leaf link to another one that nothing passes over. */
export function besideIdleLink(contender: Contender): readonly [linked: Contender, alone: Contender] {
  const { name } = contender;
  const runs: Contender['runs'] = ({ link }) => link === 'idle';
  return [
    {
      ...contender,
      name: `${name} with a link`,
      runs,
      startAll: (link, nodeFlags) => startPair(contender, contender, link, nodeFlags),
    },
    { ...contender, name: `${name} without`, runs },
  ];
}
