/** What becomes of `leafnodes`. */
import { parseLeafUrl } from '../schema/leaf-url.js';
import { isPattern, isSeed } from '../schema/subjects.js';
import { addressIn, listenerRows } from './listener.js';
import { type Item, Output } from './output.js';
import { boolean, durationOrSeconds, list, map, seconds, text, texts } from './readers.js';
import {
  asksForNothing,
  block,
  copied,
  goQuoted,
  ignored,
  type KeyRow,
  period,
  refused,
  special,
  translateBlock,
} from './rows.js';
import { translateTls } from './translate-tls.js';

function subjects(names: KeyRow['names'], to: string): KeyRow {
  return special(names, to, '', (item, out) => {
    const found = (texts(item, out) ?? []).filter((each) => {
      if (isPattern(each.text)) return true;
      out.refuse(each.item, 'not a subject');
      return false;
    });
    if (found.length > 0) out.setTexts(to, found, item);
  });
}

const urls: KeyRow = special(
  ['urls', 'url'],
  'url',
  '`nats-leaf://`, `nats://`, `tls://`, `ws://` or `wss://`.',
  (item, out) => {
    const given =
      item.value.kind === 'list' ? (texts(item, out) ?? []) : [{ text: text(item, out) ?? '', item }];
    const found = given.filter((each) => {
      if (parseLeafUrl(each.text) !== undefined) return true;
      out.refuse(each.item, 'not a URL of a hub, allowed: such as "nats-leaf://hub.example:7422"');
      return false;
    });
    if (found.length > 0) out.setTexts('url', found, item);
  },
);

/** Keys of the block `tls` of a remote, whose TLS is a client's. */
const REMOTE_TLS: ReadonlyMap<string, string> = new Map([
  ['cert_file', 'tls_cert_file'],
  ['key_file', 'tls_key_file'],
  ['ca_file', 'tls_ca_file'],
]);

function remoteTls(item: Item, out: Output): void {
  const inner = new Output(out.findings, `${item.path}.`);
  translateTls(item, inner);
  const given = ((inner.tree as { tls?: Readonly<Record<string, unknown>> }).tls ?? {}) as Readonly<
    Record<string, unknown>
  >;
  out.set('tls', true, item);
  for (const [key, to] of REMOTE_TLS) if (given[key] !== undefined) out.set(to, given[key], item);
  if (given['handshake_first'] === true) out.set('tls_first', true, item);
  const insecure = item.value.kind === 'map' ? item.value.entries.get('insecure')?.value : undefined;
  if (insecure?.kind === 'boolean' && insecure.value) out.set('tls_insecure', true, item);
}

/** One hub. */
export const LEAF_REMOTE: readonly KeyRow[] = [
  urls,
  copied(['account', 'local'], 'account', text),
  copied(['credentials', 'creds'], 'credentials', text),
  special(['nkey', 'seed'], 'seed', 'The seed.', (item, out) => {
    const seed = text(item, out);
    if (seed === undefined) return;
    if (isSeed(seed)) out.set('seed', seed, item);
    else out.refuse(item, 'not the seed of a user nkey');
  }),
  block(['tls'], 'tls_…', 'The keys of `tls` that a client has.', remoteTls),
  subjects(['deny_imports', 'deny_import'], 'deny_imports'),
  subjects(['deny_exports', 'deny_export'], 'deny_exports'),
  copied(['no_randomize', 'dont_randomize'], 'no_randomize', boolean),
  period(['first_info_timeout'], 'first_info_timeout', durationOrSeconds),
  period(['dial_timeout'], 'dial_timeout', durationOrSeconds),
  copied(['hub'], 'hub', boolean),
  ignored(['compression'], 'links are not compressed'),
  ignored(
    ['ws_compress', 'ws_compression', 'websocket_compress', 'websocket_compression'],
    'links are not compressed',
    boolean,
  ),
  copied(['ws_no_masking', 'websocket_no_masking'], 'no_masking', boolean),
  ignored(
    ['jetstream_cluster_migrate', 'js_cluster_migrate'],
    'there is no cluster that streams could move to',
  ),
  ignored(['isolate_leafnode_interest', 'isolate'], 'it is for hubs', boolean),
  ignored(['request_isolation'], 'it is for hubs', boolean),
  copied(['ignore_discovered_servers'], 'ignore_discovered', boolean),
  refused(['proxy'], 'as there are no proxies'),
  special(['disabled'], '', 'Such a remote is passed over.', boolean),
];

/** A user of leafs. */
export const LEAF_USER: readonly KeyRow[] = [
  copied(['user', 'username'], 'user', text),
  copied(['password', 'pass'], 'password', text),
  copied(['account'], 'account', text),
  refused(['proxy_required'], 'as there are no trusted proxies', boolean),
];

const users = special(['users'], 'users', '', (item, out) => {
  for (const each of list(item, out) ?? []) translateBlock(each, LEAF_USER, out.append('users', each));
});

/** `authorization` of leafs: one user, or a list. */
export const LEAF_LOGIN: readonly KeyRow[] = [
  special(['user', 'username'], 'users', 'One user.', (item, out) => {
    const name = text(item, out);
    if (name !== undefined) out.note('leafnodes.user', name, item);
  }),
  special(['password', 'pass'], 'users', '', (item, out) => {
    const password = text(item, out);
    if (password !== undefined) out.note('leafnodes.password', password, item);
  }),
  special(['account'], 'users', '', (item, out) => {
    const account = text(item, out);
    if (account !== undefined) out.note('leafnodes.account', account, item);
  }),
  refused(['nkey'], 'as leafs log in with nkeys of users'),
  period(['timeout'], 'auth_timeout', seconds),
  users,
  refused(['proxy_required'], 'as there are no trusted proxies', boolean),
];

/** A period that each remote has which says nothing else; its first name is that of the remote's. */
function ofEachRemote(names: readonly [string, ...string[]]): KeyRow {
  return special(names, 'remotes', 'Of each remote.', (item, out) => {
    const ms = durationOrSeconds(item, out);
    if (ms !== undefined && ms > 0) out.note(`leafnodes.${names[0]}`, ms, item);
  });
}

function isDisabled({ value }: Item): boolean {
  const given = value.kind === 'map' ? value.entries.get('disabled')?.value : undefined;
  return given?.kind === 'boolean' && given.value;
}

/** The block `leafnodes`. */
export const LEAFNODES: readonly KeyRow[] = [
  ...listenerRows('leafnodes'),
  block(['authorization'], '', '', (item, out) => {
    if (!translateBlock(item, LEAF_LOGIN, out)) return;
    const { noted: found } = out.findings;
    const name = found.get('leafnodes.user');
    if (name === undefined) return;
    const only = out.append('users', name.item);
    only.set('user', name.value, name.item);
    for (const key of ['password', 'account']) {
      const given = found.get(`leafnodes.${key}`);
      if (given !== undefined) only.set(key, given.value, given.item);
    }
  }),
  block(['tls'], 'tls_…', 'The keys of `tls`.', (item, out) => {
    const inner = new Output(out.findings, `${item.path}.`);
    translateTls(item, inner);
    const given = (inner.tree as { tls?: Readonly<Record<string, unknown>> }).tls ?? {};
    for (const [key, value] of Object.entries(given)) {
      if (key === 'handshake_rate') continue; // nats-server does not count handshakes of leafs
      const to = { handshake_first: 'tls_first', timeout: 'tls_timeout' }[key] ?? `tls_${key}`;
      if (
        ['tls_cert_file', 'tls_key_file', 'tls_ca_file', 'tls_verify', 'tls_first', 'tls_timeout'].includes(
          to,
        )
      )
        out.set(to, key === 'handshake_first' ? value !== false : value, item);
      else out.refuse(item, `tls.${key} is not supported here; remove it`);
    }
  }),
  copied(['leafnode_advertise', 'advertise'], 'advertise', text),
  ignored(['no_advertise'], 'there is one address', boolean),
  special(['remotes'], 'remotes', '', (item, out) => {
    for (const each of list(item, out) ?? []) {
      if (isDisabled(each)) continue;
      if (map(each, out) !== undefined) translateBlock(each, LEAF_REMOTE, out.append('remotes', each));
    }
  }),
  ofEachRemote(['reconnect', 'reconnect_delay', 'reconnect_interval']),
  ofEachRemote(['dial_timeout']),
  ignored(['compression'], 'links are not compressed'),
  copied(['min_version', 'minimum_version'], 'min_version', text),
  ignored(['isolate_leafnode_interest', 'isolate'], 'leafs hear of each other', boolean),
  ignored(['write_deadline', 'write_timeout'], 'flow.write_deadline says it'),
];

/** Translates the block. One that neither listens nor connects does nothing, as with nats-server. */
export function translateLeaf(item: Item, out: Output): void {
  const table = new Output(out.findings, 'leaf.');
  const unknown = (key: string) => `unknown field ${goQuoted(key)}`;
  if (!translateBlock(item, LEAFNODES, table, unknown)) return;
  const address = addressIn('leafnodes', table);
  const { remotes } = table.tree as { remotes?: Record<string, unknown>[] };
  if (address === undefined && remotes === undefined) {
    if (!asksForNothing(item)) out.warn(item, 'ignored, as it neither listens nor connects');
    return;
  }
  for (const key of ['reconnect', 'dial_timeout']) {
    const ms = out.findings.noted.get(`leafnodes.${key}`)?.value as number | undefined;
    if (ms !== undefined)
      for (const remote of remotes ?? []) remote[key] ??= `${Math.max(1, Math.round(ms))}ms`;
  }
  const target = out.table('leaf', item);
  for (const [key, value] of Object.entries(table.tree)) target.set(key, value);
  if (address !== undefined) target.set('listener', address.text, address.item);
}
