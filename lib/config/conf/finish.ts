/** Settings that take more than one key of the file: addresses, the level of the log. */

import { type Address, ANY_HOST, formatAddress } from '../../domain/address.js';
import type { Item, Output } from './output.js';
import { entriesOf, list } from './readers.js';
import { goQuoted } from './rows.js';
import { plainValue } from './values.js';

/** Where nats-server listens by default. */
const DEFAULT_HOST = ANY_HOST;
const DEFAULT_PORT = 4222;

/** The item that was noted last of those names, as the later one of `listen` and `port` counts. */
function lastNoted(out: Output, ...names: readonly string[]) {
  const { noted } = out.findings;
  return [...noted].filter(([name]) => names.includes(name)).at(-1)?.[1];
}

/** {@link formatAddress} for a port of which -1 is any free one. */
function written(host: string, port: number): string {
  // nats-server listens on IPv6 as well where it is told 0.0.0.0.
  return formatAddress({ host: host === '0.0.0.0' ? ANY_HOST : host, port: Math.max(port, 0) });
}

function finishAddresses(out: Output): void {
  let host = '';
  let port = 0;
  for (const [name, { value }] of out.findings.noted) {
    if (name === 'host') host = value as string;
    if (name === 'port') port = value as number;
    if (name === 'listen') ({ host, port } = value as Address);
  }
  const named = lastNoted(out, 'listen', 'port', 'host');
  const own = host || DEFAULT_HOST;
  const address = written(own, port || DEFAULT_PORT);
  // Always set: sluice's own default is this machine only.
  out.set('listener', address, named?.item);
  const http = monitorAddress(out, 'http', 'http_port');
  const https = monitorAddress(out, 'https', 'https_port');
  if (http !== undefined && https !== undefined)
    out.refuseAs(https.item, `can't specify both HTTP (${http.port}) and HTTPs (${https.port}) ports`);
  const monitor = https ?? http;
  if (monitor === undefined) return;
  out.set('monitor.listener', written(monitor.host || own, monitor.port), monitor.item);
  if (https !== undefined) out.set('monitor.tls', true, https.item);
}

/** Where one of the monitors of nats-server listens; undefined: nowhere. */
function monitorAddress(
  out: Output,
  ...names: readonly string[]
): (Address & { readonly item: Item }) | undefined {
  const found = lastNoted(out, ...names);
  if (found === undefined) return undefined;
  const { value, item } = found;
  const address = typeof value === 'number' ? { host: '', port: value } : (value as Address);
  return address.port === 0 ? undefined : { ...address, item };
}

/** Operators are trusted by their JWTs or by their keys. */
function finishOperators(out: Output): void {
  const { noted } = out.findings;
  const keys = noted.get('trusted_keys');
  if (keys !== undefined && noted.has('operator'))
    out.refuseAs(keys.item, "conflicting options for 'TrustedKeys' and 'TrustedOperators'");
}

function finishLevel(out: Output): void {
  const { noted } = out.findings;
  const trace = [noted.get('trace'), noted.get('trace_verbose'), noted.get('trace_headers')].find(
    (each) => each?.value === true,
  );
  const debug = noted.get('debug');
  if (trace !== undefined) out.set('log.level', 'trace', trace.item);
  else if (debug?.value === true) out.set('log.level', 'debug', debug.item);
}

/** Users that are listed twice, and one login for all beside users of accounts. */
function finishUsers(out: Output): void {
  const { userLists } = out.findings;
  const single = (out.tree as { authorization?: { user?: string; token?: string } }).authorization;
  const seen = new Set<string>();
  const wrong = (item: Item, words: string) => {
    out.miss('authorization.users'); // rules about users would say it once more
    out.refuseAs(item, words);
  };
  for (const { item, isAccount, users } of userLists) {
    if (isAccount && users.length > 0 && single?.user) {
      wrong(item, 'Can not have a single user/pass and accounts');
    } else if (isAccount && users.length > 0 && single?.token) {
      wrong(item, 'Can not have a token and accounts');
    }
    for (const { kind, name } of users) {
      if (seen.has(name)) wrong(item, `Duplicate ${kind} ${goQuoted(name)} detected`);
      seen.add(name);
    }
  }
}

function finishTls(out: Output): void {
  const allow = out.findings.noted.get('allow_non_tls');
  // Without a block `tls` as well: flags may name the certificate.
  if (allow !== undefined) out.set('tls.allow_non_tls', allow.value, allow.item);
}

/** The folder of streams, where it is named beside the block. */
function finishJetstream(out: Output): void {
  const folder = out.findings.noted.get('store_dir');
  const { jetstream } = out.tree as { readonly jetstream?: { readonly store_dir?: unknown } };
  if (folder !== undefined && jetstream !== undefined && jetstream.store_dir === undefined)
    out.set('jetstream.store_dir', folder.value, folder.item);
}

/** Puts settings that are in TOML's words already over the others. */
function copy(item: Item, out: Output): void {
  if (item.value.kind !== 'map') return;
  for (const entry of entriesOf(item.value.entries.values(), item.path)) {
    if (entry.value.kind === 'map') copy(entry, out.table(entry.key, entry));
    else if (entry.value.kind === 'list') {
      const parts = list(entry, out) ?? [];
      out.setTexts(
        entry.key,
        parts.map((part) => ({ text: plainValue(part.value), item: part })),
        entry,
      );
    } else if (entry.value.kind === 'date') out.refuse(entry, 'a date, allowed: what a TOML setting holds');
    else out.set(entry.key, entry.value.value, entry);
  }
}

/** Completes the settings once every key of the file has been translated. */
export function finish(out: Output): void {
  finishAddresses(out);
  finishOperators(out);
  finishLevel(out);
  finishTls(out);
  finishJetstream(out);
  finishUsers(out);
  const own = out.findings.noted.get('sluice');
  if (own !== undefined) copy(own.item, out);
  // nats-server has no line clients, so they are off by default.
  if (!Object.hasOwn(out.tree, 'line')) out.set('line.enabled', false);
}
