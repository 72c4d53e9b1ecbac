/** What has to hold between accounts: every import has its export, and none leads back to itself. */

import { GLOBAL_ACCOUNT } from '../../domain/account-names.js';
import { covers, hasWildcard, overlap, withoutReferences } from '../../domain/subject.js';
import { closest } from '../suggest.js';
import type { AccountSettings, ImportSettings } from './accounts.js';
import type { Fault } from './fault.js';
import { mappingFault } from './patterns.js';

type Accounts = Readonly<Record<string, AccountSettings>>;

/** An import with everything that is said of it in one place. */
interface Import {
  readonly path: readonly (string | number)[];
  readonly kind: 'stream' | 'service';
  /** The importing account. */
  readonly here: string;
  /** The exporting account. */
  readonly there: string;
  readonly subject: string;
  /** The subject here, placeholders as `*`. */
  readonly local: string;
  readonly given: ImportSettings;
}

function importsOf(name: string, { imports }: AccountSettings): readonly Import[] {
  return imports.flatMap((given, index) => {
    const kind = given.stream === undefined ? 'service' : 'stream';
    const source = given.stream ?? given.service;
    if (source === undefined) return []; // the schema has refused it
    const { account, subject } = source;
    const local = given.prefix === undefined ? (given.to ?? subject) : `${given.prefix}.${subject}`;
    return {
      path: ['accounts', name, 'imports', index],
      kind,
      here: name,
      there: account,
      subject,
      local: withoutReferences(local),
      given,
    };
  });
}

/** Breaches of the rules about accounts. */
export function* accountFaults(accounts: Accounts): Iterable<Fault> {
  if (Object.hasOwn(accounts, GLOBAL_ACCOUNT)) {
    const message = 'the account of those who have no other, allowed: authorization.users for its users';
    yield { path: ['accounts', GLOBAL_ACCOUNT], message };
  }
  const sound: Import[] = [];
  for (const [name, account] of Object.entries(accounts)) {
    yield* exportFaults(accounts, name, account);
    for (const each of importsOf(name, account)) {
      const message =
        importFault(accounts, each) ??
        duplicateFault(sound, each) ??
        cycleFault(sound, each) ??
        suspectedCycle(accounts, sound, each);
      if (message === undefined) sound.push(each);
      else yield { path: [...each.path, each.kind], message };
    }
  }
}

function* exportFaults(accounts: Accounts, name: string, { exports }: AccountSettings): Iterable<Fault> {
  for (const [index, { accounts: importers = [] }] of exports.entries()) {
    for (const [position, importer] of importers.entries()) {
      if (Object.hasOwn(accounts, importer)) continue;
      const path = ['accounts', name, 'exports', index, 'accounts', position];
      yield { path, message: noSuchAccount(accounts, importer) };
    }
  }
}

function noSuchAccount(accounts: Accounts, name: string): string {
  const meant = closest(name, Object.keys(accounts));
  return meant ? `no such account, did you mean ${meant}?` : 'no such account, allowed: one of [accounts]';
}

function importFault(accounts: Accounts, { kind, here, there, subject, given }: Import): string | undefined {
  const exporter = Object.hasOwn(accounts, there) ? accounts[there] : undefined;
  if (exporter === undefined) return `${there}: ${noSuchAccount(accounts, there)}`;
  const covering = exporter.exports.flatMap(
    ({ [kind]: exported, accounts: importers = [], account_token_position: position }) =>
      exported !== undefined && covers(exported, subject) ? [{ exported, importers, position }] : [],
  );
  if (covering.length === 0) return `account ${there} exports no ${kind} that covers ${subject}`;
  // Where one export says exactly this subject, what the wider ones allow does not count.
  const exact = covering.filter(({ exported }) => exported === subject);
  const counted = exact.length > 0 ? exact : covering;
  const isFor = ({ exported, importers, position }: (typeof counted)[number]) =>
    position === undefined
      ? importers.length === 0 || importers.includes(here)
      : exported !== subject && subject.split('.')[position - 1] === here;
  if (!counted.some(isFor)) {
    return `account ${there} does not let account ${here} import ${subject}`;
  }
  if (given.to === undefined) return undefined;
  if (kind === 'stream' && !hasWildcard(subject) && hasWildcard(given.to)) {
    return `to has wildcards, and ${subject} has none`;
  }
  return mappingFault(subject, given.to);
}

function duplicateFault(earlier: readonly Import[], { path: _, ...each }: Import): string | undefined {
  const other = earlier.find(
    ({ kind, here, there, subject, local }) =>
      kind === each.kind &&
      here === each.here &&
      there === each.there &&
      (kind === 'stream' ? subject === each.subject : local === each.local),
  );
  if (other === undefined) return undefined;
  const what = each.kind === 'stream' ? each.subject : each.local;
  return `${what} of account ${each.there} is imported already, by imports[${other.path.at(-1)}]`;
}

/** Whether what goes through the first import may go on through the second. */
function leadsOn(first: Import, second: Import): boolean {
  if (first.kind !== second.kind) return false;
  // A request goes from the importer to the exporter, a stream's message the other way.
  return first.kind === 'service'
    ? first.there === second.here && meet(first.subject, second.local)
    : first.here === second.there && meet(first.local, second.subject);
}

function meet(one: string, other: string): boolean {
  return overlap(one.split('.'), other.split('.'));
}

function cycleFault(earlier: readonly Import[], start: Import): string | undefined {
  const seen = new Set<Import>();
  const next = [start];
  for (let from = next.pop(); from !== undefined; from = next.pop()) {
    // What an account imports from itself under the same subject arrives there once more, and goes no further.
    const isItself = from === start && start.here === start.there;
    if (!isItself && leadsOn(from, start)) return 'import forms a cycle: what it takes comes back to it';
    for (const each of earlier) {
      if (seen.has(each) || !leadsOn(from, each)) continue;
      seen.add(each);
      next.push(each);
    }
  }
  return undefined;
}

/** Most accounts that a search for a cycle passes, as in nats-server. */
const MAX_SEARCH_DEPTH = 1_024;

/**
 * What nats-server takes for a cycle: it compares the importing account's subject, of a stream that of the exporting account
 * as well, with those that the exporting account imports, which finds cycles that no message could go round. What is
 * refused there is refused here.
 */
function suspectedCycle(accounts: Accounts, earlier: readonly Import[], start: Import): string | undefined {
  const { kind, there, local, subject, given } = start;
  // The subject here is compared as it is written: its placeholders meet no other token.
  const compared = kind === 'stream' ? [given.to ?? local, subject] : [local];
  return compared.some((each) => leadsToVisited(accounts, earlier, start, there, each))
    ? 'import forms a cycle'
    : undefined;
}

/** Whether nats-server's search from `account` comes to an account again. */
function leadsToVisited(
  accounts: Accounts,
  earlier: readonly Import[],
  start: Import,
  account: string,
  subject: string,
  visited = new Set([start.here]),
): boolean {
  const { kind, here } = start;
  if (visited.size >= MAX_SEARCH_DEPTH) return true;
  const exports = accounts[account]?.exports ?? [];
  const exportsIt = exports.some(({ stream }) => stream !== undefined && covers(stream, subject));
  if (kind === 'stream' && !exportsIt) return false;
  for (const each of earlier) {
    if (each.kind !== kind || each.here !== account) continue;
    // There it depends on chance which account comes first, so what another one imports from itself is accepted.
    if (each.there === account && account !== here) continue;
    if (!meet(subject, kind === 'stream' ? each.local : each.subject)) continue;
    if (visited.has(each.there)) return true;
    visited.add(account);
    if (covers(subject, each.local)) subject = each.local; // and so it stays for the imports after this one
    if (leadsToVisited(accounts, earlier, start, each.there, subject, visited)) return true;
  }
  return false;
}
