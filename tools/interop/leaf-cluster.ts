import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from './cli/command.js';
import { freePorts, type Kind, Node, SLUICE } from './leaf-nodes.js';

const SERVERS = [0, 1, 2];
/** Messages while each server crashes. */
const MESSAGES = 100;
const PATIENCE_MS = 60_000;

/** Tries again, for a minute, what fails while the cluster elects a leader or the link is down. */
async function persistently<T>(what: string, action: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    try {
      return await action();
    } catch (error) {
      if (Date.now() > end) throw new Error(`${what}: ${String(error)}`);
      await sleep(50);
    }
  }
}

/** Publishes at the leaf until `count` messages have been acknowledged; returns the ids of those. */
async function publish(atLeaf: NatsConnection, from: number, count: number): Promise<string[]> {
  const js = jetstream(atLeaf, { timeout: 2_000 });
  const ids: string[] = [];
  for (let n = from; n < from + count; n++) {
    const msgID = `m${n}`;
    await persistently('publish', () => js.publish(`r3.${n}`, msgID, { msgID }));
    ids.push(msgID);
  }
  return ids;
}

/** Pulls until the stream has no message left that was not acknowledged; returns what came. */
async function pull(atLeaf: NatsConnection, manager: JetStreamManager): Promise<Set<string>> {
  const seen = new Set<string>();
  await persistently('pull', async () => {
    const consumer = await jetstream(atLeaf, { timeout: 2_000 }).consumers.get('R3', 'C');
    for await (const message of await consumer.fetch({ max_messages: 500, expires: 2_000 })) {
      seen.add(message.string());
      message.ack();
    }
    const { num_pending: pending, num_ack_pending: unacknowledged } = await manager.consumers.info('R3', 'C');
    expect(pending + unacknowledged === 0, `${pending} not pulled, ${unacknowledged} not acknowledged`);
  });
  return seen;
}

/**
 * sluice is the leaf of a cluster of three, with a stream of three replicas. One server after the other is killed while a client
 * of the leaf publishes, that of the link first: whatever was acknowledged is in the stream, and is pulled.
 */
export async function survivesServer(kind: Kind): Promise<void> {
  const directory = mkdtempSync(join(process.env['TMPDIR'] ?? '/tmp', 'sluice-leaf-'));
  const ports = await freePorts(10);
  const [routes, leafs] = [ports.slice(3, 6), ports.slice(6, 9)];
  const routeList = routes.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
  const hubs = SERVERS.map(
    (n) =>
      new Node(
        kind,
        directory,
        `hub${n}`,
        ports[n] ?? 0,
        `jetstream { store_dir: "${join(directory, String(n))}" }
leafnodes { listen: "127.0.0.1:${leafs[n]}" }
cluster { name: C, listen: "127.0.0.1:${routes[n]}", routes: [ ${routeList} ] }`,
      ),
  );
  const urls = leafs.map((port) => `"nats-leaf://127.0.0.1:${port}"`).join(', ');
  const remotes = `leafnodes { remotes: [ { urls: [ ${urls} ], no_randomize: true } ], reconnect: "100ms" }`;
  const leaf = new Node(SLUICE, directory, 'leaf', ports[9] ?? 0, remotes);
  try {
    const atLeaf = await leaf.connect();
    try {
      const manager = await persistently('JetStream', () => jetstreamManager(atLeaf, { timeout: 2_000 }));
      const stream = { name: 'R3', subjects: ['r3.>'], num_replicas: 3 };
      await persistently('a stream', () => manager.streams.add(stream));
      await persistently('a consumer', () =>
        manager.consumers.add('R3', { durable_name: 'C', ack_policy: 'explicit', ack_wait: 3_000_000_000 }),
      );
      const acknowledged: string[] = [];
      const seen = new Set<string>();
      for (const [round, victim] of hubs.entries()) {
        const publishing = publish(atLeaf, round * MESSAGES, MESSAGES);
        const pulling = pull(atLeaf, manager);
        // In the middle of it, wherever that is.
        await sleep(100);
        await victim.crash();
        acknowledged.push(...(await publishing));
        for (const id of await pulling) seen.add(id);
      }
      for (const id of await pull(atLeaf, manager)) seen.add(id);
      const { state } = await persistently('the stream', () => manager.streams.info('R3'));
      expect(state.messages === acknowledged.length, `${state.messages} of ${acknowledged.length} stored`);
      const missing = acknowledged.filter((id) => !seen.has(id));
      expect(missing.length === 0, `never pulled: ${missing.join()}`);
    } finally {
      await atLeaf.close();
    }
  } finally {
    await Promise.all([...hubs, leaf].map((node) => node.stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}
