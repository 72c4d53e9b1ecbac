import { randomBytes } from 'node:crypto';
import { closeReasonText } from '../domain/close-reason.js';
import { LEAF_DIALECT } from '../domain/dialect-name.js';
import { statRow } from '../monitor/accounts.js';
import type { AccountSnapshot, ConnectionSnapshot } from '../monitor/snapshot.js';
import { nanoseconds, timestamp } from '../monitor/units.js';
import { accountNameOf } from './account-name.js';

/*
 * Events as nats-server has them: https://github.com/nats-io/jsm.go, schemas/server/advisory/v1. `server` is put in when an
 * event is published.
 */
const TYPE = 'io.nats.server.advisory.v1';

const ID_LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 22;

export function connectEvent(server: object, connection: ConnectionSnapshot): object {
  return { ...head('client_connect', Date.now()), server, client: clientOf(connection) };
}

/**
 * @param maxPendingBytes tells the two kinds of slow consumer apart
 */
export function disconnectEvent(
  server: object,
  connection: ConnectionSnapshot,
  maxPendingBytes: number,
): object {
  const { rttMs, stoppedAt = Date.now(), reason = 'PEER_CLOSED', pendingBytes } = connection;
  return {
    ...head('client_disconnect', stoppedAt),
    server,
    client: {
      ...clientOf(connection),
      ...(rttMs === undefined ? {} : { rtt: nanoseconds(rttMs) }),
      stop: timestamp(stoppedAt),
    },
    // As seen from the client.
    sent: { msgs: connection.inMessages, bytes: connection.inBytes },
    received: { msgs: connection.outMessages, bytes: connection.outBytes },
    reason: closeReasonText(reason, pendingBytes, maxPendingBytes),
  };
}

/** @param id of the event, which is published on two subjects */
export function accountConnectionsEvent(
  server: object,
  account: AccountSnapshot,
  id = makeEventId(),
): object {
  const { sluice: _, ...row } = statRow(account) as { readonly sluice?: unknown };
  return { ...head('account_connections', Date.now(), id), server, ...row };
}

function head(type: string, atMs: number, id = makeEventId()): object {
  return { type: `${TYPE}.${type}`, id, timestamp: timestamp(atMs) };
}

function clientOf(connection: ConnectionSnapshot): object {
  const { cid, ip, startedAt, user, name, lang, version, type } = connection;
  const isLink = type === LEAF_DIALECT;
  const account = accountNameOf(connection);
  return {
    start: timestamp(startedAt),
    ...(ip === undefined ? {} : { host: ip }),
    id: cid,
    acc: account,
    ...(user ? { user } : {}),
    ...(name ? { name } : {}),
    ...(lang ? { lang } : {}),
    ...(version ? { ver: version } : {}),
    name_tag: account,
    kind: isLink ? 'Leafnode' : 'Client',
    ...(isLink ? {} : { client_type: type }),
  };
}

/** A random id in the shape of nats-server's. */
export function makeEventId(): string {
  let id = '';
  for (const byte of randomBytes(ID_LENGTH)) id += ID_LETTERS[byte % ID_LETTERS.length];
  return id;
}
