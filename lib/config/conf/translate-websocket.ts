/** What becomes of `websocket`. */
import { addressIn, listenerRows } from './listener.js';
import { type Item, Output } from './output.js';
import { boolean, durationOrSeconds, map, seconds, text, texts } from './readers.js';
import { asksForNothing, block, copied, type KeyRow, period, special, translateBlock } from './rows.js';
import { TLS, translateTls } from './translate-tls.js';
import { PASSWORD_ALONE } from './translate-users.js';

/** One login for all clients. */
const LOGIN: readonly KeyRow[] = [
  copied(['user', 'username'], 'user', text),
  copied(['pass', 'password'], 'password', text),
  copied(['token'], 'token', text),
  period(['timeout'], 'auth_timeout', seconds),
];

/** The origin of a URL; undefined where it has none. */
function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, host } = new URL(text);
  return /^https?:$/.test(protocol) && host !== '' ? `${protocol}//${host}` : undefined;
}

/** The block `websocket`. */
export const WEBSOCKET: readonly KeyRow[] = [
  ...listenerRows('websocket'),
  copied(['advertise'], 'advertise', text),
  copied(['no_tls'], 'no_tls', boolean),
  block(
    ['tls'],
    'tls_…',
    'The keys of `tls`; `handshake_first` and `timeout` say nothing here, see `handshake_timeout`.',
    translateWebSocketTls,
  ),
  copied(['same_origin'], 'same_origin', boolean),
  special(
    ['allowed_origins', 'allowed_origin', 'allow_origins', 'allow_origin', 'origins', 'origin'],
    'allowed_origins',
    'Where neither this nor `same_origin` is set, pages of any origin may connect: `["*"]`.',
    (item, out) => {
      const found = (texts(item, out) ?? []).flatMap((each) => {
        const origin = originOf(each.text);
        if (origin !== undefined) return [{ text: origin, item: each.item }];
        out.refuse(each.item, 'not an origin, allowed: an absolute URL with http or https');
        return [];
      });
      if (found.length > 0) out.setTexts('allowed_origins', found, item);
    },
  ),
  period(['handshake_timeout'], 'handshake_timeout', seconds),
  copied(['compression', 'compress'], 'compression', boolean),
  block(['authorization', 'authentication'], '', '`user`, `password`, `token`, `timeout`.', (item, out) => {
    if (!translateBlock(item, LOGIN, out)) return;
    const login = out.tree as { user?: string; password?: string };
    if (login.user || login.password === undefined) return;
    // nats-server takes no notice of it.
    delete login.password;
    out.warn(item, PASSWORD_ALONE);
  }),
  copied(['jwt_cookie'], 'jwt_cookie', text),
  copied(['user_cookie'], 'user_cookie', text),
  copied(['pass_cookie'], 'pass_cookie', text),
  copied(['token_cookie'], 'token_cookie', text),
  copied(['no_auth_user'], 'no_auth_user', text),
  special(['headers'], 'headers', '', (item, out) => {
    const headers = out.table('headers', item);
    for (const each of map(item, out) ?? []) {
      const value = text(each, out);
      if (value !== undefined) headers.set(each.key, value, each);
    }
  }),
  period(['ping_interval'], 'ping_interval', durationOrSeconds),
];

/** Keys of `tls` that WebSockets have no settings for: TLS always comes first, and within `handshake_timeout`. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'handshake_first',
  'timeout',
  'allow_non_tls',
  'handshake_rate', // nats-server does not count handshakes of WebSockets
]);

/** The block `tls` within it, whose keys become keys of the table. */
function translateWebSocketTls(item: Item, out: Output): void {
  const inner = new Output(out.findings, `${item.path}.`);
  translateTls(item, inner);
  const tls = (inner.tree as Given).tls;
  for (const [key, value] of Object.entries(tls ?? {})) {
    const row = TLS.find(({ to }) => to === key);
    if (key === 'pinned_certs') out.refuse(item, 'tls.pinned_certs is not supported here; remove it');
    else if (row !== undefined && !ELSEWHERE.has(key)) out.set(`tls_${key}`, value, item);
  }
}

/** What is looked at of what was read. */
interface Given {
  readonly tls?: Readonly<Record<string, unknown>>;
  readonly same_origin?: unknown;
  readonly allowed_origins?: unknown;
}

/** Translates the block. One without a port listens nowhere, and nothing else of it counts, as with nats-server. */
export function translateWebSocket(item: Item, out: Output): void {
  const table = new Output(out.findings, 'websocket.');
  if (!translateBlock(item, WEBSOCKET, table)) return;
  const address = addressIn('websocket', table);
  if (address === undefined) {
    if (!asksForNothing(item)) out.warn(item, 'ignored, as it does not listen');
    return;
  }
  const target = out.table('websocket', item);
  for (const [key, value] of Object.entries(table.tree)) target.set(key, value);
  target.set('listener', address.text, address.item);
  const { same_origin: isSame, allowed_origins: allowed }: Given = table.tree;
  const isAnyOrigin = isSame !== true && allowed === undefined;
  if (isAnyOrigin) target.set('allowed_origins', ['*']);
}
