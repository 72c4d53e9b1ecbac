/** What becomes of `accounts`, their exports and their imports. */
import { GLOBAL_ACCOUNT } from '../../domain/account-names.js';
import { isPattern } from '../schema/subjects.js';
import { type Item, Output } from './output.js';
import { isPublicNkey } from './public-key.js';
import { boolean, duration, integer, list, map, type Reader, text, texts } from './readers.js';
import {
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
import { translateAccountJetstream } from './translate-jetstream.js';
import { mappings } from './translate-mappings.js';
import { accountPermissions, users } from './translate-users.js';

const RESPONSE_TYPES: Readonly<Record<string, string>> = {
  single: 'Singleton',
  singleton: 'Singleton',
  stream: 'Stream',
  chunk: 'Chunked',
  chunked: 'Chunked',
};

/** A duration of which nats-server takes one below nothing for over at once; milliseconds. */
const threshold: Reader<number> = (item, out) => {
  const ms = duration(item, out);
  if (ms === undefined || ms >= 0) return ms;
  out.warn(item, 'taken as 1ms, the least there is');
  return 1;
};

/** One of `exports`. */
export const EXPORT: readonly KeyRow[] = [
  copied(['stream'], 'stream', text),
  copied(['service'], 'service', text),
  special(['accounts'], 'accounts', '', (item, out) => {
    const found = list(item, out) === undefined ? undefined : texts(item, out);
    if (found !== undefined) out.setTexts('accounts', found, item);
  }),
  special(['response_type', 'response'], 'response_type', '', (item, out) => {
    const type = text(item, out);
    if (type === undefined) return;
    const known = Object.hasOwn(RESPONSE_TYPES, type.toLowerCase()) && RESPONSE_TYPES[type.toLowerCase()];
    if (known) out.set('response_type', known, item);
    else out.refuse(item, 'not a kind of response, allowed: Singleton, Stream, Chunked');
  }),
  period(
    ['response_threshold', 'threshold', 'response_max_time', 'response_time'],
    'response_threshold',
    threshold,
  ),
  refused(['latency'], 'as nothing measures services'),
  special(
    ['account_token_position'],
    'account_token_position',
    'An account may import it with its own name in that place.',
    (item, out) => {
      const position = integer(item, out);
      if (position !== undefined && position > 0) out.set('account_token_position', position, item);
    },
  ),
  copied(['allow_trace'], 'allow_trace', boolean, 'Of a service.'),
];

/** Whose, and which: what `stream` and `service` of an import hold. */
export const IMPORTED: readonly KeyRow[] = [
  copied(['account'], 'account', text),
  copied(['subject'], 'subject', text),
];

const imported = (name: string): KeyRow =>
  block([name], name, '`{ account, subject }`.', (item, out) => {
    translateBlock(item, IMPORTED, out.table(name, item));
  });

/** One of `imports`. */
export const IMPORT: readonly KeyRow[] = [
  imported('stream'),
  imported('service'),
  copied(['to'], 'to', text),
  copied(['prefix'], 'prefix', text),
  refused(['share'], 'as a request tells the account it comes from and no more'),
  copied(['allow_trace'], 'allow_trace', boolean, 'Of a stream.'),
];

/** Looks at one of a list as a whole. @returns why nats-server takes no notice of it; undefined: it does */
type Finish = (item: Item, out: Output) => string | undefined;

const all = (name: string, rows: readonly KeyRow[], finish: Finish): KeyRow =>
  block([name], name, 'A list.', (item, out) => {
    const found = list(item, out);
    if (found === undefined) return;
    out.set(name, [], item);
    for (const each of found) {
      const inner = out.append(name, each);
      const ignored = translateBlock(each, rows, inner) ? finish(each, inner) : undefined;
      if (ignored === undefined) continue;
      out.warn(each, `ignored, ${ignored}`);
      out.dropLast(name);
    }
  });

const NEITHER = 'as it is neither a stream nor a service';

const finishExport: Finish = (_item, { tree }) => {
  const { stream, service } = tree as { stream?: string; service?: string };
  const subject = stream ?? service;
  if (subject === undefined) return NEITHER;
  return isPattern(subject) ? undefined : 'as no message can have the subject';
};

const finishImport: Finish = (item, out) => {
  const tree = out.tree as { stream?: object; service?: object; to?: string; prefix?: string };
  if (tree.stream === undefined && tree.service === undefined) return NEITHER;
  const leaveOut = (key: 'to' | 'prefix', why: string): void => {
    out.warn({ ...item, path: `${item.path}.${key}` }, `ignored, ${why}`);
    delete tree[key];
  };
  if (tree.prefix === undefined) return undefined;
  if (tree.stream === undefined) leaveOut('prefix', 'as it is of streams');
  else if (tree.to !== undefined) leaveOut('to', 'as there is a prefix');
  return undefined;
};

/** Largest limit of an account. */
const MOST = 2 ** 31 - 1;

/** A limit of one account. */
const accountLimit = (names: KeyRow['names'], note: string): KeyRow =>
  special(names, names[0], note, (item, out) => {
    const most = integer(item, out);
    // nats-server takes the lower 32 bits for it, and -1 alone for no limit.
    if (most !== undefined) out.set(names[0], Math.min(Math.max(most, -1), MOST), item);
  });

/** The block `limits` of an account. */
export const ACCOUNT_LIMITS: readonly KeyRow[] = [
  accountLimit(['max_connections', 'max_conn'], '-1: no limit.'),
  accountLimit(['max_subscriptions', 'max_subs'], 'Of each connection. -1: no limit.'),
  accountLimit(['max_payload', 'max_pay'], '-1: no limit.'),
  ignored(['max_leafnodes', 'max_leafs'], 'leafs are not counted by account'),
];

/** The block `msg_trace`. A sampling without a destination is without effect, and nats-server warns. */
const TRACE: readonly KeyRow[] = [
  copied(['dest'], 'dest', text),
  special(['sampling'], 'sampling', 'Percent, 50 or "50%".', (item, out) => {
    const { value } = item;
    const percent = value.kind === 'text' && /^\d{1,3}%?$/.test(value.value);
    const sampling = percent ? Number.parseInt(value.value, 10) : integer(item, out);
    if (sampling === undefined) return;
    if (sampling >= 1 && sampling <= 100) out.set('sampling', sampling, item);
    else out.refuseAs(item, `Ttrace destination sampling value ${sampling} is invalid, needs to be [1..100]`);
  }),
];

function traceDestination(item: Item, out: Output): void {
  const { value } = item;
  if (value.kind === 'text') {
    const dest = text(item, out);
    if (dest !== undefined) out.table('msg_trace', item).set('dest', dest, item);
  } else if (value.kind === 'map' && ![...value.entries.keys()].some((key) => /^dest$/i.test(key))) {
    translateBlock(item, TRACE, new Output(out.findings));
    out.caution(item, 'Trace destination sampling ignored since no destination was set');
  } else translateBlock(item, TRACE, out.table('msg_trace', item));
}

/** One account. */
export const ACCOUNT: readonly KeyRow[] = [
  users,
  accountPermissions,
  all('exports', EXPORT, finishExport),
  all('imports', IMPORT, finishImport),
  block(['limits'], 'limits', '', (item, out) => {
    translateBlock(
      item,
      ACCOUNT_LIMITS,
      out.table('limits', item),
      (key) => `Unknown field ${goQuoted(key)} parsing account limits`,
    );
  }),
  block(['jetstream'], 'jetstream', 'true, false, or a block.', translateAccountJetstream),
  ignored(['nkey'], 'an account is known by its name', (item, out) => {
    const key = text(item, out);
    if (key !== undefined && !isPublicNkey(key, 'A')) {
      out.refuseAs(item, `Not a valid public nkey for an account: ${goQuoted(key)}`);
    }
  }),
  block(['msg_trace', 'trace_dest'], 'msg_trace', 'A subject, or `{ dest, sampling }`.', traceDestination),
  mappings,
];

function account(name: string, item: Item, out: Output): Output | undefined {
  if (name !== GLOBAL_ACCOUNT) return out.table(name, item);
  out.refuseAs(item, `${goQuoted(name)} is a Reserved Account`, ', allowed: any other name');
  return undefined;
}

/** The block `accounts`: names with what they hold, or a list of names. */
export const accounts: KeyRow = block(
  ['accounts'],
  'accounts',
  'Names with blocks, or a list of names.',
  (item, out) => {
    if (item.value.kind !== 'list' && item.value.kind !== 'map') {
      out.warn(item, 'ignored, as it holds no accounts');
      return;
    }
    const table = out.table('accounts', item);
    if (item.value.kind === 'list') {
      const names = new Set<string>();
      for (const { text: name, item: named } of texts(item, out) ?? []) {
        if (names.has(name)) out.refuseAs(named, `Duplicate Account Entry: ${name}`);
        names.add(name);
        account(name, named, table);
      }
      return;
    }
    for (const entry of map(item, out) ?? []) {
      // A value that stands here for a variable to refer to is not an account.
      if (entry.referenced) continue;
      const inner = account(entry.key, entry, table);
      if (inner !== undefined) translateBlock(entry, ACCOUNT, inner);
    }
  },
);
