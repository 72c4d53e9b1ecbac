/** The hubs that this server is a leaf of, in TOML's words: `[[leaf.remotes]]`. */
import * as v from 'valibot';
import { GLOBAL_ACCOUNT } from '../../domain/account-names.js';
import {
  LEAF_AUTH_TIMEOUT_MS,
  LEAF_DIAL_TIMEOUT_MS,
  LEAF_INFO_TIMEOUT_MS,
  LEAF_RECONNECT_MS,
  LEAF_TLS_TIMEOUT_MS,
  MAX_LEAF_RECONNECT_MS,
} from '../../domain/limits.js';
import { boolean, duration, table, text, tree, version, word } from '../kinds.js';
import { optionalAddress } from '../list-kinds.js';
import { later } from '../optional-setting.js';
import { strict } from '../strict.js';
import { formatDuration, parseDuration } from '../units.js';
import { parseLeafUrl } from './leaf-url.js';
import { accountName, isSeed, pattern } from './subjects.js';

const wrongUrl =
  'not a URL of a hub, allowed: such as "nats-leaf://hub.example:7422", with tls:// for TLS, ws:// or wss:// for WebSocket';
const mixedUrls = 'not usable, allowed: all of them with ws:// or wss://, or none';
const wrongText = 'not usable, allowed: text';
const wrongSeed = 'not usable, allowed: the seed of a user nkey, SU…';
const wrongSwitch = 'not a boolean, allowed: true or false';

const url = later(() =>
  v.pipe(
    v.string(wrongUrl),
    v.check((text) => parseLeafUrl(text) !== undefined, wrongUrl),
  ),
);

/** Whether all links would be WebSockets, or none: their hubs name different addresses for the two. */
function isOfOneKind(all: string[]): boolean {
  const webSockets = all.filter((text) => parseLeafUrl(text)?.webSocketPath !== undefined);
  return webSockets.length === 0 || webSockets.length === all.length;
}

const urls = v.lazy((input) =>
  Array.isArray(input)
    ? v.pipe(v.array(url, wrongUrl), v.minLength(1, wrongUrl), v.check(isOfOneKind, mixedUrls))
    : v.pipe(
        url,
        v.transform((one) => [one]),
      ),
);

const subjects = v.lazy((input) =>
  Array.isArray(input)
    ? v.array(pattern, 'not a list of subjects')
    : v.pipe(
        pattern,
        v.transform((one) => [one]),
      ),
);

const anyText = v.optional(v.string(wrongText));
const isOn = v.optional(v.boolean(wrongSwitch), false);

function period(fallbackMs: number) {
  const wrong = 'not a duration, allowed: 1ms to 1h, such as "2s", "500ms" or "2m"';
  return v.optional(
    v.pipe(
      v.string(wrong),
      v.transform(parseDuration),
      v.number(wrong),
      v.minValue(1, wrong),
      v.maxValue(3_600_000, wrong),
    ),
    formatDuration(fallbackMs),
  );
}

const remote = later(() =>
  strict({
    url: urls,
    account: v.optional(accountName, GLOBAL_ACCOUNT),
    user: anyText,
    password: anyText,
    token: anyText,
    credentials: anyText,
    seed: v.optional(v.pipe(v.string(wrongSeed), v.check(isSeed, wrongSeed))),
    allow: v.optional(subjects),
    deny: v.optional(subjects, []),
    deny_imports: v.optional(subjects, []),
    deny_exports: v.optional(subjects, []),
    tls: isOn,
    tls_first: isOn,
    tls_ca_file: anyText,
    tls_cert_file: anyText,
    tls_key_file: anyText,
    tls_server_name: anyText,
    tls_insecure: isOn,
    no_masking: isOn,
    no_randomize: isOn,
    ignore_discovered: isOn,
    hub: isOn,
    reconnect: period(LEAF_RECONNECT_MS),
    max_reconnect: period(MAX_LEAF_RECONNECT_MS),
    dial_timeout: period(LEAF_DIAL_TIMEOUT_MS),
    first_info_timeout: period(LEAF_INFO_TIMEOUT_MS),
  }),
);

const leafUser = later(() =>
  strict({
    user: v.pipe(v.string(wrongText), v.minLength(1, 'not usable, allowed: a name')),
    password: v.optional(v.string(wrongText), ''),
    account: v.optional(accountName, GLOBAL_ACCOUNT),
  }),
);

/** Leaf links. */
export const leaf = table({
  listener: optionalAddress('127.0.0.1', { about: 'Where servers that are leafs of this one connect.' }),
  users: tree(v.array(leafUser, 'not a list of users'), () => [], {
    about: 'Users that leafs log in as, and the accounts they take part in; none: users of clients.',
  }),
  auth_timeout: duration(
    LEAF_AUTH_TIMEOUT_MS,
    { min: 1, max: 3_600_000 },
    { about: 'Time that a leaf has to send its CONNECT.' },
  ),
  min_version: version({ about: 'Oldest version of a leaf that is let in; none: any.' }),
  tls_cert_file: text('text', { about: 'Certificate for leafs, PEM, with its chain.' }),
  tls_key_file: text('text', { about: 'Private key of that certificate, PEM.' }),
  tls_ca_file: text('text', { about: "Authorities that leafs' certificates are checked against, PEM." }),
  tls_verify: boolean(false, { about: 'Whether leafs must present a certificate of leaf.tls_ca_file.' }),
  tls_first: boolean(false, { about: 'Whether TLS comes before INFO.' }),
  tls_timeout: duration(
    LEAF_TLS_TIMEOUT_MS,
    { min: 10, max: 600_000 },
    { about: 'Time for the TLS handshake of a leaf.' },
  ),
  advertise: word({ about: 'Address that leafs are told for this listener, host:port; none: its own.' }),
  remotes: tree(v.array(remote, 'not a list of hubs'), () => [], {
    about: 'Hubs that this server is a leaf of.',
  }),
});

/** What `[leaf]` comes to. */
export type LeafSettings = v.InferOutput<typeof leaf>;
/** One hub. */
export type LeafRemoteSettings = v.InferOutput<typeof remote>;
