import type { Member } from '../broker/member.js';
import type { DialectName } from '../domain/dialect-name.js';
import { SluiceError } from '../domain/errors.js';
import { listed } from './wait.js';

/** A client as it was when asked about. */
export interface TestClient {
  /** Unique among all brokers of one `startTestBroker`'s life but for a `restart`. */
  readonly id: number;
  readonly dialect: DialectName;
  /** What it calls itself. */
  readonly name: string | undefined;
  readonly user: string | undefined;
  readonly account: string;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly subscriptions: readonly TestSubscription[];
  /** Bytes for it that it has not been sent yet. */
  readonly pendingBytes: number;
}

export interface TestSubscription {
  readonly subject: string;
  readonly queue: string | undefined;
}

/** Which client: the one with this id or, if none is given, with this name and user. */
export interface ClientQuery {
  readonly id?: number | undefined;
  readonly name?: string | undefined;
  readonly user?: string | undefined;
}

/** A client as a test sees it. */
export function describeClient({ client, dialect }: Member): TestClient {
  return {
    id: client.id,
    dialect,
    name: client.peer.name,
    user: client.rights.user,
    account: client.account.name,
    remoteAddress: client.peer.remoteAddress,
    remotePort: client.peer.remotePort,
    subscriptions: [...client.subscriptions.values()].map(({ subject, queue }) => ({ subject, queue })),
    pendingBytes: client.outbox.pendingBytes,
  };
}

/** A client in words. */
export function titleOf({ client }: Member): string {
  const { id, peer, rights } = client;
  const { name } = peer;
  const { user } = rights;
  return `client ${id}${name === undefined ? '' : ` ${JSON.stringify(name)}`}${user === undefined ? '' : `, user ${user}`}`;
}

function fits({ client }: Member, { id, name, user }: ClientQuery): boolean {
  if (id !== undefined) return client.id === id;
  return (
    (name === undefined || client.peer.name === name) && (user === undefined || client.rights.user === user)
  );
}

/**
 * The one that is meant.
 * @throws SluiceError NO_SUCH_CLIENT where it is none, or one of several
 */
export function findMember(members: readonly Member[], query: ClientQuery): Member {
  const { id, name, user } = query;
  const found = members.filter((member) => fits(member, query));
  const [member, other] = found;
  if (member !== undefined && other === undefined) return member;
  const asked = JSON.stringify(id === undefined ? { name, user } : { id });
  throw new SluiceError(
    'NO_SUCH_CLIENT',
    member === undefined
      ? `no client is ${asked}; there are:${listed(members.map(titleOf))}`
      : `${found.length} clients are ${asked}:${listed(found.map(titleOf))}`,
  );
}
