import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Authenticator } from '../auth/grant.js';
import type { Address, Config } from '../config.js';
import type { Connection } from '../connection/connection.js';
import type { Dialect } from '../dialects/codec.js';
import { LOOP_PREFIX } from '../dialects/leaf/session.js';
import { formatAddress, shownHost } from '../domain/address.js';
import { LeafHub } from '../links/leaf-hub.js';
import { LeafRemote } from '../links/leaf-remote.js';
import type { LeafRemoteOptions } from '../links/leaf-remote-options.js';
import type { Wire } from '../transport/wire.js';
import { NATS_LEVEL } from '../version.js';
import { clusterNameOf } from './cluster-name.js';
import type { ConnectionFactory } from './connection-factory.js';
import type { Connections } from './connections.js';
import type { ServerFacts } from './server-facts.js';

/** What the links of a broker need of it. */
export interface LeafLinksOptions {
  readonly log: Logger;
  readonly serverId: string;
  readonly config: () => Config;
  readonly remotes: () => readonly LeafRemoteOptions[];
  /** Whether leafs have to log in. */
  readonly isRequired: () => boolean;
  readonly factory: () => ConnectionFactory;
  readonly connections: Connections;
  /** Whether further connections are served. */
  readonly isOpen: () => boolean;
  readonly closed: (connection: Connection) => void;
  /** What INFO says of this server. */
  readonly facts: ServerFacts;
  /** Where leafs connect. */
  readonly address: () => Address | undefined;
  /** Told when a link comes up or goes down. */
  readonly changed: (remote: LeafRemote) => void;
}

/** Bytes of the random part of a loop subject. */
const LOOP_BYTES = 16;

/** The leaf links of one broker: those that it has dialled. */
export class LeafLinks {
  remotes: readonly LeafRemote[] = [];
  private readonly options: LeafLinksOptions;
  private readonly loopSubjects = new Map<string, string>();

  /** The leafs that have connected here. */
  readonly hub: LeafHub;

  constructor(options: LeafLinksOptions) {
    this.options = options;
    const { config } = options;
    this.hub = new LeafHub({
      info: (secured) => this.info(secured),
      authTimeoutMs: () => config().leaf.authTimeoutMs,
      minVersion: () => config().leaf.minVersion,
      maxPayloadBytes: () => config().nats.maxPayloadBytes,
      jetstream: () => config().jetstream,
      loopSubject: this.loopSubject,
      replace: (id, message) => this.replace(id, message),
    });
  }

  /** What INFO says to leafs. https://github.com/nats-io/nats-server/blob/main/server/leafnode.go */
  private info(secured: boolean): Readonly<Record<string, unknown>> {
    const { config, facts, address, isRequired } = this.options;
    const { leaf, websocket, jetstream } = config();
    const listener = address();
    const { websocketAddress: webSocketAddress } = facts.serverState;
    const { server_id, server_name, version, sluice, proto, go, max_payload } = facts.info(secured);
    return {
      ...{ server_id, server_name, version, sluice, proto, go, max_payload },
      host: listener?.host,
      port: listener?.port,
      headers: true,
      info_on_connect: true,
      jetstream: jetstream === undefined ? undefined : true,
      domain: jetstream?.domain,
      auth_required: isRequired() || undefined,
      tls_required: leaf.tls === undefined ? undefined : true,
      leafnode_urls: urlsOf(leaf.advertise, listener),
      ...(webSocketAddress && { ws_connect_urls: urlsOf(websocket.advertise, webSocketAddress) }),
    };
  }

  /** Another link has taken the place of the one with this id. */
  private replace(id: number, message: string): void {
    for (const member of this.options.connections.links) {
      if (member.client.id !== id) continue;
      member.client.send({ op: '-ERR', message });
      member.close('LEAF_REFUSED');
    }
  }

  /** Begins to connect to the hubs of the configuration, and ends links to those that it has no more, or otherwise. */
  apply(): void {
    const wanted = this.options.remotes();
    const kept: LeafRemote[] = [];
    for (const remote of this.remotes) {
      const isWanted = wanted.some((options) => isSame(options, remote.options));
      if (isWanted) kept.push(remote);
      else void remote.close();
    }
    const added = wanted.filter((options) => !kept.some((remote) => isSame(options, remote.options)));
    this.remotes = [...kept, ...added.map((options) => this.dial(options))];
  }

  private dial(options: LeafRemoteOptions): LeafRemote {
    const { log, serverId, config, changed } = this.options;
    const remote = new LeafRemote(options, {
      log,
      connect: (...link) => this.connect(...link),
      changed,
      loopSubject: this.loopSubject,
      maxPayloadBytes: () => config().nats.maxPayloadBytes,
      jetstream: () => config().jetstream,
      identity: () => {
        const name = config().serverName ?? serverId;
        const cluster = clusterNameOf(config(), serverId) ?? name;
        return { id: serverId, name, version: NATS_LEVEL, cluster };
      },
    });
    remote.start();
    return remote;
  }

  /** Stops connecting to hubs. Links that are open close with the broker's other connections. */
  async stop(): Promise<void> {
    await Promise.all(this.remotes.map((remote) => remote.close()));
  }

  /** Serves a connection to a hub; undefined where it could not be made. */
  private connect(
    wire: Wire,
    dialect: Dialect,
    authenticator: Authenticator,
    ended: (connection: Connection) => void,
  ): Connection | undefined {
    const { factory, connections, isOpen, closed, log } = this.options;
    if (!isOpen()) return undefined;
    try {
      const connection = factory().link(connections.nextId(), wire, dialect, authenticator, (link) => {
        ended(link);
        closed(link);
      });
      connections.add(connection);
      return connection;
    } catch (error) {
      log.error({ err: error, dialect: dialect.name }, 'internal error, closing this connection');
      return undefined;
    }
  }

  /** See `LeafSessionOptions`. */
  readonly loopSubject = (account: string): string => {
    let subject = this.loopSubjects.get(account);
    if (subject === undefined) {
      subject = LOOP_PREFIX + randomBytes(LOOP_BYTES).toString('base64url');
      this.loopSubjects.set(account, subject);
    }
    return subject;
  };
}

/** What leafs are told for a listener; none where there is none. */
function urlsOf(advertised: string | undefined, listener: Address | undefined): readonly string[] {
  const own = listener && formatAddress({ ...listener, host: shownHost(listener.host) });
  return [advertised ?? own].filter((url) => url !== undefined);
}

/** Whether two remotes are configured alike, logins and certificates included. */
function isSame(one: LeafRemoteOptions, other: LeafRemoteOptions): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
