import { JETSTREAM_API_LEVEL } from '../version.js';
import { type Endpoint, json, paging, refused } from './endpoint.js';
import type {
  JetStreamAccountSnapshot,
  JetStreamSnapshot,
  JetStreamUsage,
  Observable,
  StreamSnapshot,
} from './snapshot.js';
import { nanoseconds, timestamp } from './units.js';

/** How much is shown of each account. */
interface Detail {
  readonly streams: boolean;
  readonly consumers: boolean;
  readonly config: boolean;
}

const NOTHING: JetStreamUsage = {
  ...{ memory: 0, storage: 0, reservedMemory: 0, reservedStorage: 0 },
  ...{ requests: 0, failures: 0 },
};

/** `/jsz`: streams and consumers. */
export const jsz: Endpoint = (query, { observed, now }) => {
  const [accounts, streams, consumers, , config] = [
    'accounts',
    'streams',
    'consumers',
    'direct-consumers',
    'config',
  ].map((name) => query.bool(name));
  const { offset, limit } = paging(query);
  const leaderOnly = query.bool('leader-only');
  for (const name of ['raft', 'stream-leader-only']) query.bool(name);
  if (leaderOnly) query.refuse('filtered response: not leader');
  if (query.fault !== undefined) return refused(query.fault);
  const jetstream = observed.jetstream?.();
  const all = jetstream === undefined ? [] : [...jetstream.accounts()];
  const named = query.text('acc');
  const detail = { streams: streams || consumers, consumers, config } as Detail;
  const listed = named === '' ? all.slice(offset, offset + limit) : all.filter(({ name }) => name === named);
  const isListed = (accounts || detail.streams || named !== '') && listed.length > 0;
  return json({
    ...usageRow(jetstream ?? NOTHING, all.length),
    server_id: observed.server().serverId,
    now: timestamp(now()),
    ...(jetstream === undefined ? { disabled: true } : {}),
    config: configRow(jetstream),
    ...totals(all),
    account_details: isListed ? listed.map((account) => accountRow(account, detail)) : undefined,
    total: all.length,
  });
};

/** What one account has of JetStream; undefined: it has none. */
export function jszAccount(observed: Observable, name: string, detail: Detail): object | undefined {
  for (const account of observed.jetstream?.()?.accounts() ?? [])
    if (account.name === name) return accountRow(account, detail);
  return undefined;
}

/** What is configured, as `/varz` has it, too. */
export function configRow(jetstream: JetStreamSnapshot | undefined): object {
  if (jetstream === undefined) return { max_memory: 0, max_storage: 0 };
  const { maxMemory, maxStorage, storeDir, sync, domain } = jetstream;
  return {
    max_memory: maxMemory,
    max_storage: maxStorage,
    store_dir: storeDir,
    sync_interval: storeDir === undefined || sync === 'always' ? undefined : nanoseconds(sync),
    sync_always: storeDir !== undefined && sync === 'always' ? true : undefined,
    domain,
  };
}

/** What is kept. */
export function usageRow(usage: JetStreamUsage, accounts: number): object {
  return {
    memory: usage.memory,
    storage: usage.storage,
    reserved_memory: usage.reservedMemory,
    reserved_storage: usage.reservedStorage,
    accounts,
    ha_assets: 0,
    api: { level: JETSTREAM_API_LEVEL, total: usage.requests, errors: usage.failures },
  };
}

function totals(accounts: readonly JetStreamAccountSnapshot[]): object {
  const sum = { streams: 0, consumers: 0, messages: 0, bytes: 0 };
  for (const account of accounts)
    for (const { state } of account.streams()) {
      sum.streams++;
      sum.consumers += state.consumer_count;
      sum.messages += state.messages;
      sum.bytes += state.bytes;
    }
  return sum;
}

function accountRow(account: JetStreamAccountSnapshot, detail: Detail): object {
  return {
    name: account.name,
    id: account.name,
    ...usageRow(account, 0),
    stream_detail: detail.streams
      ? mapped(account.streams(), (stream) => streamRow(stream, detail))
      : undefined,
  };
}

function streamRow({ name, created, config, state, consumers }: StreamSnapshot, detail: Detail): object {
  return {
    name,
    created,
    config: detail.config ? config : undefined,
    state,
    consumer_detail: detail.consumers && state.consumer_count > 0 ? consumers() : undefined,
  };
}

/** Made as it is written. */
function* mapped<T>(items: Iterable<T>, row: (item: T) => object): Iterable<object> {
  for (const item of items) yield row(item);
}
