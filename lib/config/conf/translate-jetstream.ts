/** What becomes of `jetstream`: of the server, and of an account. */
import { formatDuration } from '../units.js';
import { ABSENT } from './absent-blocks.js';
import { type Item, Output } from './output.js';
import { boolean, durationOrSeconds, integer, text } from './readers.js';
import { block, copied, ignored, type KeyRow, period, refused, special, translateBlock } from './rows.js';

/** Longest time that what was written may wait to be made durable. */
const MOST_SYNC_MS = 3_600_000;
const NO_CLUSTER = 'there are no other servers';
const UNIT_BYTES: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4 };

/** Whole bytes, or text such as "1G"; undefined: what is wrong with it has been reported. */
function size(item: Item, out: Output): number | undefined {
  const { value } = item;
  if (value.kind !== 'text') return integer(item, out);
  const [, digits, unit = ''] = /^(\d+)([KMGT])$/.exec(value.value) ?? [];
  if (digits !== undefined) return Number(digits) * 1_024 ** (UNIT_BYTES[unit] ?? 0);
  return value.value === '' ? undefined : integer(item, out);
}

/** Bytes, of which 0 and less is the default. */
function mostBytes(names: KeyRow['names'], to: string): KeyRow {
  return special(names, to, '', (item, out) => {
    const most = size(item, out);
    if (most !== undefined && most > 0) out.setWithin(to, most, item, Number);
  });
}

/** A number, of which 0 and less is none. */
function mostOf(names: KeyRow['names'], to: string): KeyRow {
  return special(names, to, '', (item, out) => {
    const most = integer(item, out);
    if (most !== undefined && most > 0) out.setWithin(to, most, item, Number);
  });
}

/** The block `limits` within it. */
export const JETSTREAM_LIMITS: readonly KeyRow[] = [
  mostOf(['max_ack_pending'], 'max_ack_pending'),
  ignored(['max_ha_assets'], NO_CLUSTER),
  mostOf(['max_request_batch'], 'max_request_batch'),
  period(['duplicate_window'], 'duplicate_window', durationOrSeconds),
  ignored(['batch'], 'there are no atomic batches'),
];

/** The block `jetstream`. */
export const JETSTREAM: readonly KeyRow[] = [
  copied(['store_dir', 'store', 'storedir'], 'store_dir', text, 'Without it nothing is kept in files.'),
  special(['sync_interval', 'sync'], 'sync', '`always`, the default here, or a time.', (item, out) => {
    const { value } = item;
    if (value.kind === 'text' && value.value.toLowerCase() === 'always') out.set('sync', 'always', item);
    else {
      const ms = durationOrSeconds(item, out);
      if (ms !== undefined && ms > 0) out.set('sync', formatDuration(Math.min(ms, MOST_SYNC_MS)), item);
    }
  }),
  mostBytes(['max_memory_store', 'max_mem_store', 'max_mem'], 'max_memory'),
  mostBytes(['max_file_store', 'max_file'], 'max_file'),
  copied(['domain'], 'domain', text),
  copied(['enabled', 'enable'], 'enabled', boolean),
  ignored(['strict'], 'as unknown fields of requests are left out'),
  refused(['key', 'ek', 'encryption_key'], 'as streams are not encrypted'),
  refused(['prev_key', 'prev_ek', 'prev_encryption_key'], 'as streams are not encrypted'),
  refused(['cipher'], 'as streams are not encrypted'),
  refused(['tpm'], 'as streams are not encrypted'),
  ignored(['extension_hint'], NO_CLUSTER),
  block(['limits'], '', '`max_ack_pending`, `max_request_batch` and `duplicate_window`.', (item, out) => {
    translateBlock(item, JETSTREAM_LIMITS, out);
  }),
  ignored(['unique_tag'], NO_CLUSTER),
  ...[
    'max_outstanding_catchup',
    'max_buffered_size',
    'max_buffered_msgs',
    'request_queue_limit',
    'info_queue_limit',
    'meta_compact',
    'meta_compact_size',
    'meta_compact_sync',
    'max_concurrent_io',
  ].map((name) => ignored([name], 'it is of how nats-server works inside')),
];

/** Whether a value switches on or off by itself; undefined: it is a block, or wrong. */
function switched({ value }: Item): boolean | undefined {
  if (value.kind === 'boolean') return value.value;
  if (value.kind !== 'text') return undefined;
  if (/^enabled?$/i.test(value.value)) return true;
  return /^disabled?$/i.test(value.value) ? false : undefined;
}

/** Whether it is a block in which nats-server finds nothing wrong; what it finds is reported. */
function isSound(item: Item, out: Output, check: (item: Item, out: Output) => unknown): boolean {
  const { problems } = out.findings;
  const before = problems.length;
  check(item, out);
  return item.value.kind === 'map' && problems.length === before;
}

/** Translates `jetstream` of the server: a switch, or a block, which switches it on. */
export function translateJetstream(item: Item, out: Output): void {
  const isOn = switched(item);
  if (isOn !== undefined) {
    if (isOn) out.table('jetstream', item).set('enabled', true, item);
    return;
  }
  if (!isSound(item, out, ABSENT.jetstream)) return;
  const inner = new Output(out.findings, 'jetstream.');
  translateBlock(item, JETSTREAM, inner);
  const table = out.table('jetstream', item);
  table.set('enabled', true);
  for (const [key, value] of Object.entries(inner.tree)) table.set(key, value);
}

/** A limit of an account; -1: none. */
function accountLimit(names: KeyRow['names'], to: string): KeyRow {
  return special(names, to, '-1: no limit.', (item, out) => {
    const most = size(item, out);
    if (most !== undefined) out.set(to, Math.max(most, -1), item);
  });
}

/** The block `jetstream` of an account. */
export const ACCOUNT_JETSTREAM: readonly KeyRow[] = [
  accountLimit(['max_memory', 'max_mem', 'mem', 'memory'], 'max_memory'),
  accountLimit(['max_store', 'max_file', 'max_disk', 'store', 'disk'], 'max_file'),
  accountLimit(['max_streams', 'streams'], 'max_streams'),
  accountLimit(['max_consumers', 'consumers'], 'max_consumers'),
  copied(['max_bytes_required', 'max_stream_bytes', 'max_bytes'], 'max_bytes_required', boolean),
  accountLimit(['mem_max_stream_bytes', 'memory_max_stream_bytes'], 'memory_max_stream_bytes'),
  accountLimit(['disk_max_stream_bytes', 'store_max_stream_bytes'], 'file_max_stream_bytes'),
  accountLimit(['max_ack_pending'], 'max_ack_pending'),
  ignored(['cluster_traffic'], NO_CLUSTER),
];

/** Translates `jetstream` of an account. */
export function translateAccountJetstream(item: Item, out: Output): void {
  const isOn = switched(item);
  if (isOn !== undefined) {
    if (isOn) out.set('jetstream', true, item);
    return;
  }
  if (isSound(item, out, ABSENT.accountJetstream))
    translateBlock(item, ACCOUNT_JETSTREAM, out.table('jetstream', item));
}
