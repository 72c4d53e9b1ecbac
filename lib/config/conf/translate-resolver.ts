/** What becomes of `resolver` and `resolver_tls`: where the JWTs of accounts come from. */
import { type Item, Output } from './output.js';
import { boolean, duration, integer, map, text } from './readers.js';
import { ignored, type KeyRow, special } from './rows.js';
import { translateTls } from './translate-tls.js';

const NO_SERVERS = 'there are no other servers';
const NO_DIRECTORY = 'dir has no value and needs to point to a directory';

/** The block `resolver`, of types that have a directory. */
export const RESOLVER: readonly KeyRow[] = [
  special(['type'], '', '`full` or `cache`: the same, as there are no other servers.', text),
  special(['dir'], 'dir', '', (item, out) => {
    const dir = text(item, out);
    if (dir === '') out.refuseAs(item, NO_DIRECTORY);
    else if (dir !== undefined) out.set('dir', dir, item);
  }),
  special(['allow_delete'], 'deletion', '`rename`, or with `hard_delete` `remove`.', boolean),
  special(['hard_delete'], 'deletion', 'With `allow_delete` only.', boolean),
  special(['limit'], 'max_accounts', 'Of the type `full`. Not above 0: any number.', (item, out) => {
    const most = integer(item, out);
    if (most !== undefined) out.set('max_accounts', Math.max(most, 0), item);
  }),
  ignored(['ttl'], NO_SERVERS, duration),
  ignored(['interval'], NO_SERVERS, duration),
  ignored(['timeout'], NO_SERVERS, duration),
];

const ALLOWED =
  'error parsing account resolver, should be MEM or URL("url") or a map containing dir and type state=[FULL|CACHE])';

/** Translates `resolver`. */
export function translateResolver(item: Item, out: Output): void {
  const { value } = item;
  const type = value.kind === 'map' ? value.entries.get('type')?.value : value;
  const name = type?.kind === 'text' ? type.value : '';
  if (value.kind === 'map') {
    if (/^(?:full|cache)$/i.test(name)) translateDirectory(item, /^full$/i.test(name), out);
    else if (!/^mem(?:ory)?$/i.test(name)) refuse(item, out);
  } else if (!/mem/i.test(name)) translateUrl(item, name, out);
}

function refuse(item: Item, out: Output): void {
  out.miss('resolver');
  out.refuseAs(item, ALLOWED);
}

function translateUrl(item: Item, given: string, out: Output): void {
  const [whole, url] = /URL(?:\(\s*"?([^\s"]*)"?\s*\))?/i.exec(given) ?? [];
  if (whole === undefined) return refuse(item, out);
  if (url !== undefined && URL.canParse(url)) return out.table('resolver', item).set('url', url, item);
  out.miss('resolver');
  out.refuseAs(item, 'error parsing account resolver url');
}

function translateDirectory(item: Item, isFull: boolean, out: Output): void {
  const table = out.table('resolver', item);
  if (item.value.kind !== 'map') return;
  // nats-server reads the keys that it knows here, and says nothing of others.
  for (const each of map(item, out) ?? []) {
    const row = RESOLVER.find(({ names }) => names[0] === each.key);
    if (row === undefined) out.warn(each, 'ignored, as it is unknown');
    else row.take(each, table);
  }
  const entries = new Map([...item.value.entries.values()].map((each) => [each.key, each.value]));
  const isOn = (key: string): boolean => {
    const value = entries.get(key);
    return value?.kind === 'boolean' && value.value;
  };
  const refuseAs = (words: string): void => {
    out.miss('resolver');
    out.refuseAs(item, words);
  };
  if (!entries.has('dir')) refuseAs(NO_DIRECTORY);
  if (isFull) {
    if (entries.has('ttl')) refuseAs('FULL does not accept ttl');
    if (entries.has('hard_delete') && !isOn('allow_delete'))
      refuseAs('hard_delete has no effect without delete');
  } else {
    if (entries.has('interval')) refuseAs('CACHE does not accept sync');
    if (isOn('allow_delete')) refuseAs('CACHE does not accept allow_delete');
    if (entries.has('hard_delete')) refuseAs('CACHE does not accept hard_delete');
  }
  if (isOn('allow_delete')) table.set('deletion', isOn('hard_delete') ? 'remove' : 'rename', item);
  // Of a cache it says how many are kept, and here none is dropped.
  if (!isFull) delete table.tree['max_accounts'];
}

/** Translates `resolver_tls`, of which only the files mean something to a client. */
export function translateResolverTls(item: Item, out: Output): void {
  const inner = new Output(out.findings, 'resolver.');
  translateTls(item, inner);
  const { tls } = inner.tree as { readonly tls?: Readonly<Record<string, unknown>> };
  for (const key of ['ca_file', 'cert_file', 'key_file'])
    if (tls?.[key] !== undefined) out.table('resolver', item).set(key, tls[key], item);
}
