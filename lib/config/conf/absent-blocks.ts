/**
 * Blocks of nats-server for what sluice does not have. They are read as nats-server reads them, so that what is wrong
 * inside is an error in both; nothing of them becomes a setting.
 */
import { type Item, Output } from './output.js';
import {
  boolean,
  durationOrSeconds,
  integer,
  list,
  listen,
  map,
  port,
  seconds,
  text,
  texts,
} from './readers.js';
import { goQuoted, type KeyRow, translateBlock } from './rows.js';
import { TLS } from './translate-tls.js';
import { AUTHORIZATION, accountPermissions } from './translate-users.js';

/** Reads a value and reports what is wrong with it. */
type Check = (item: Item, out: Output) => unknown;

/** Keys of a block, aliases separated by blanks. */
type Shape = Readonly<Record<string, Check>>;

function rowsOf(shape: Shape): readonly KeyRow[] {
  return Object.entries(shape).map(([aliases, check]): KeyRow => {
    const names = aliases.split(' ') as [string, ...string[]];
    const take = (item: Item, out: Output) => void check(item, out);
    return { names, fate: 'refused', to: '', note: '', take };
  });
}

/** A block with these keys and no others. */
function block(shape: Shape): Check {
  const rows = rowsOf(shape);
  return (item, out) => translateBlock(item, rows, out);
}

/** A block that sluice has as well, read for the sake of its problems. */
function known(rows: readonly KeyRow[]): Check {
  // What it sets goes nowhere.
  return (item, out) => translateBlock(item, rows, new Output(out.findings, `${item.path}.`));
}

/** A list whose items are all of a kind. */
function listOf(check: Check): Check {
  return (item, out) => {
    for (const each of list(item, out) ?? []) check(each, out);
  };
}

/** true, false, or a block. */
function switchOr(check: Check): Check {
  return (item, out) => (item.value.kind === 'map' ? check(item, out) : boolean(item, out));
}

/** One of a few words. */
function wordOf(words: readonly string[], wrong: (given: string) => string): Check {
  return (item, out) => {
    const given = text(item, out);
    if (given !== undefined && !words.includes(given.toLowerCase())) out.refuseAs(item, wrong(given));
  };
}

/** Text without blanks, as names of clusters are. */
function nameOf(what: string): Check {
  return (item, out) => {
    if (text(item, out)?.includes(' ')) out.refuseAs(item, `${what} name cannot contain spaces`);
  };
}

/** A block of names with values of a kind. */
function namesWith(check: Check): Check {
  return (item, out) => {
    for (const each of map(item, out) ?? []) check(each, out);
  };
}

/** Whole bytes, or text such as "1G". */
const size: Check = (item, out) => {
  if (item.value.kind === 'text' && /^(?:\d+[KMGT])?$/.test(item.value.value)) return;
  integer(item, out);
};

const tls = known(TLS);
const permissions: Check = (item, out) =>
  accountPermissions.take(item, new Output(out.findings, `${item.path}.`));

/** Login of another server: one, as there is one other side. */
function serverLogin(what: string): Check {
  return (item, out) => {
    const inner = new Output(out.findings, `${item.path}.`);
    if (!translateBlock(item, AUTHORIZATION, inner)) return;
    if (Object.hasOwn(inner.tree, 'users'))
      out.refuseAs(item, `${what} authorization does not allow multiple users`);
    if (Object.hasOwn(inner.tree, 'token'))
      out.refuseAs(item, `${what} authorization does not support tokens`);
  };
}

const simpleLogin = block({ 'user username': text, 'pass password': text, token: text, timeout: seconds });

const compression: Check = (item, out) => {
  if (item.value.kind === 'text') return;
  switchOr(block({ mode: text, 'rtt_thresholds thresholds rtts rtt': listOf(durationOrSeconds) }))(item, out);
};

const writeTimeout: Check = (item, out) => {
  const given = text(item, out);
  if (given !== undefined && !['default', 'close', 'retry'].includes(given)) {
    out.refuseAs(item, "write_timeout must be 'default', 'close' or 'retry'");
  }
};

const ADDRESS = { listen, port, 'host net': text } as const;
const WRITES = { write_deadline: durationOrSeconds, write_timeout: writeTimeout } as const;

const CLUSTER = block({
  ...ADDRESS,
  ...WRITES,
  name: nameOf('cluster'),
  authorization: serverLogin('Cluster'),
  routes: listOf(text),
  tls,
  'cluster_advertise advertise': text,
  no_advertise: boolean,
  connect_retries: integer,
  connect_backoff: boolean,
  permissions,
  pool_size: integer,
  accounts: texts,
  compression,
  ping_interval: durationOrSeconds,
  ping_max: integer,
});

const GATEWAY = block({
  ...ADDRESS,
  ...WRITES,
  name: nameOf('gateway'),
  authorization: serverLogin('Gateway'),
  tls,
  advertise: text,
  connect_retries: integer,
  connect_backoff: boolean,
  gateways: listOf(block({ name: text, tls, url: text, urls: listOf(text) })),
  'reject_unknown reject_unknown_cluster': boolean,
});

const MQTT = block({
  ...ADDRESS,
  tls,
  'authorization authentication': simpleLogin,
  no_auth_user: text,
  'ack_wait ackwait': durationOrSeconds,
  'js_api_timeout api_timeout': durationOrSeconds,
  'max_ack_pending max_pending max_inflight': (item, out) => {
    const most = integer(item, out) ?? 0;
    if (most < 0 || most > 0xffff) out.refuseAs(item, `invalid value ${most}, should in [0..65535] range`);
  },
  js_domain: text,
  stream_replicas: integer,
  consumer_replicas: (item, out) => {
    const words = 'consumer replicas setting ignored in this server version';
    out.caution(item, `invalid use of field "consumer_replicas": ${words}`);
  },
  consumer_memory_storage: boolean,
  'consumer_inactive_threshold consumer_auto_cleanup': durationOrSeconds,
  reject_qos2_publish: boolean,
  downgrade_qos2_subscribe: boolean,
});

const cipher = wordOf(['chacha', 'chachapoly', 'aes'], (given) => `Unknown cipher type: ${goQuoted(given)}`);

const syncInterval: Check = (item, out) => {
  if (item.value.kind === 'text' && item.value.value.toLowerCase() === 'always') return;
  durationOrSeconds(item, out);
};

const JETSTREAM_BLOCK = block({
  strict: boolean,
  'store store_dir storedir': text,
  'sync sync_interval': syncInterval,
  'max_memory_store max_mem_store max_mem': size,
  'max_file_store max_file': size,
  domain: text,
  'enable enabled': boolean,
  'key ek encryption_key': text,
  'prev_key prev_ek prev_encryption_key': text,
  cipher,
  extension_hint: text,
  limits: block({
    max_ack_pending: integer,
    max_ha_assets: integer,
    max_request_batch: integer,
    duplicate_window: durationOrSeconds,
    batch: block({
      max_inflight_per_stream: integer,
      max_inflight_total: integer,
      max_msgs: integer,
      timeout: durationOrSeconds,
    }),
  }),
  tpm: block({ keys_file: text, encryption_password: text, srk_password: text, pcr: integer, cipher }),
  unique_tag: text,
  max_outstanding_catchup: size,
  max_buffered_size: size,
  max_buffered_msgs: integer,
  request_queue_limit: integer,
  info_queue_limit: integer,
  meta_compact: integer,
  meta_compact_size: size,
  meta_compact_sync: boolean,
  max_concurrent_io: integer,
});

/** `true`, `"enabled"`, or a block. */
function enabledOr(inside: Check): Check {
  return (item, out) => {
    const { value } = item;
    if (value.kind === 'text' && !/^(?:en|dis)abled?$/i.test(value.value)) {
      const given = value.value.replace(/[^\w .-]/g, '?');
      out.refuseAs(item, `Expected 'enabled' or 'disabled' for string value, got '${given}'`);
    } else if (value.kind !== 'text') switchOr(inside)(item, out);
  };
}

/** How each block is read. */
export const ABSENT = {
  cluster: CLUSTER,
  gateway: GATEWAY,
  mqtt: MQTT,
  jetstream: enabledOr(JETSTREAM_BLOCK),
  accountJetstream: enabledOr(
    block({
      'max_memory max_mem mem memory': integer,
      'max_store max_file max_disk store disk': integer,
      'max_streams streams': integer,
      'max_consumers consumers': integer,
      'max_bytes_required max_stream_bytes max_bytes': boolean,
      'mem_max_stream_bytes memory_max_stream_bytes': integer,
      'disk_max_stream_bytes store_max_stream_bytes': integer,
      max_ack_pending: integer,
      cluster_traffic: text,
    }),
  ),
  ocsp: switchOr(block({ mode: text, url: text, urls: texts })),
  metadata: namesWith(text),
  featureFlags: namesWith(boolean),
  writeTimeout,
  proxies: block({ trusted: listOf(block({ 'key public_key': text })) }),
} as const satisfies Readonly<Record<string, Check>>;
