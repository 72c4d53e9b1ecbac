import * as v from 'valibot';
import { decodeBase64Url, isPublicKey, type KeyKind, keyOf, verifies } from './nkeys.js';

/** Longer ones are refused unread. */
const MAX_JWT_CHARACTERS = 1_048_576;

const text = v.optional(v.string(), '');
const list = v.nullish(v.array(v.string()), []);
const whole = v.nullish(v.pipe(v.number(), v.safeInteger()), 0);
const flag = v.nullish(v.boolean(), false);
const revocations = v.nullish(v.record(v.string(), v.number()), {});

const rules = v.nullish(v.object({ allow: list, deny: list }), { allow: [], deny: [] });
const permissions = {
  pub: rules,
  sub: rules,
  resp: v.nullish(v.object({ max: whole, ttl: whole })),
};

/** Permissions and limits of a user. Absent numbers are 0 with nats-server, so nothing; -1 is no limit. */
const userLimits = (limit: number) => ({
  ...permissions,
  subs: v.nullish(v.pipe(v.number(), v.safeInteger()), limit),
  data: v.nullish(v.pipe(v.number(), v.safeInteger()), limit),
  payload: v.nullish(v.pipe(v.number(), v.safeInteger()), limit),
  src: v.nullish(
    v.union([
      v.array(v.string()),
      v.pipe(
        v.string(),
        v.transform((all) => all.split(',')),
      ),
    ]),
    [],
  ),
  times: v.nullish(v.array(v.object({ start: text, end: text })), []),
  times_location: text,
  /** What @nats-io/jwt calls `times_location`. */
  locale: text,
  bearer_token: flag,
  allowed_connection_types: list,
});

const scope = v.object({
  kind: v.literal('user_scope'),
  key: v.string(),
  role: text,
  template: v.optional(v.object(userLimits(-1)), {}),
});

const exported = v.object({
  subject: v.string(),
  type: v.picklist(['stream', 'service']),
  token_req: flag,
  response_type: v.optional(v.picklist(['', 'Singleton', 'Stream', 'Chunked']), ''),
  /** Nanoseconds. */
  response_threshold: v.nullish(v.number(), 0),
  account_token_position: whole,
  /** Of activation tokens, as those of users in accounts. */
  revocations,
});

const imported = v.object({
  subject: v.string(),
  account: v.string(),
  type: v.picklist(['stream', 'service']),
  token: text,
  to: text,
  local_subject: text,
});

/** Weight 0 is none given, so all of it; as in nats-server. */
const mapped = v.array(v.object({ subject: v.string(), weight: whole, cluster: text }));

/** What an account may have of streams: nothing where both kinds of storage are 0. */
const streamLimits = {
  mem_storage: whole,
  disk_storage: whole,
  streams: whole,
  consumer: whole,
  max_ack_pending: whole,
  mem_max_stream_bytes: whole,
  disk_max_stream_bytes: whole,
  max_bytes_required: flag,
};

const shapes = {
  operator: v.object({
    signing_keys: list,
    system_account: text,
    account_server_url: text,
    strict_signing_key_usage: flag,
  }),
  account: v.object({
    imports: v.nullish(v.array(imported), []),
    exports: v.nullish(v.array(exported), []),
    limits: v.nullish(
      v.object({
        subs: whole,
        payload: whole,
        imports: whole,
        exports: whole,
        wildcards: flag,
        conn: whole,
        disallow_bearer: flag,
        ...streamLimits,
        tiered_limits: v.nullish(v.record(v.string(), v.object(streamLimits)), {}),
      }),
      {},
    ),
    signing_keys: v.nullish(v.array(v.union([v.string(), scope])), []),
    revocations,
    default_permissions: v.nullish(v.object(permissions), {}),
    mappings: v.nullish(v.record(v.string(), mapped), {}),
    /** A service in the account that decides about logins to it. */
    authorization: v.nullish(v.object({ auth_users: list, allowed_accounts: list, xkey: text })),
    tags: list,
  }),
  user: v.object({ ...userLimits(0), issuer_account: text, tags: list }),
  authorization_response: v.object({ jwt: text, error: text, issuer_account: text }),
  /** What an operator asks of servers. */
  generic: v.object({ accounts: v.optional(v.array(v.string())) }),
  activation: v.object({
    subject: v.string(),
    kind: v.picklist(['stream', 'service']),
    issuer_account: text,
  }),
};

/** The key prefixes of the signer and the subject of each kind of JWT. */
const ISSUERS: Readonly<Record<ClaimKind, readonly KeyKind[]>> = {
  operator: ['O'],
  account: ['O', 'A'],
  user: ['A'],
  authorization_response: ['A'],
  generic: ['O'],
  activation: ['A', 'O'],
};
const SUBJECTS: Readonly<Record<ClaimKind, KeyKind>> = {
  operator: 'O',
  account: 'A',
  user: 'U',
  authorization_response: 'U',
  generic: 'O',
  activation: 'A',
};

const envelope = v.object({
  iss: v.string(),
  sub: v.string(),
  aud: text,
  name: text,
  iat: whole,
  exp: whole,
  nbf: whole,
  nats: v.looseObject({ type: v.optional(v.string(), 'generic'), version: v.literal(2) }),
});
const header = v.object({ typ: v.string(), alg: v.string() });
/** By version. */
const ALGORITHMS = ['', 'ed25519', 'ed25519-nkey'] as const;

/** What is no part of `nats` yet in the first version, whose limits, if absent, are none. */
const firstVersion = v.looseObject({
  type: v.string(),
  tags: list,
  issuer_account: text,
  nats: v.optional(v.looseObject({}), {}),
});

/** The body of a JWT of the first version as the second has it; any other as it is. */
function asSecondVersion(body: unknown): { readonly body: unknown; readonly isFirst: boolean } {
  const parsed = v.safeParse(firstVersion, body);
  if (!parsed.success) return { body, isFirst: false };
  const { type, tags, issuer_account, nats } = parsed.output;
  const more =
    type === 'user'
      ? { subs: -1, data: -1, payload: -1 }
      : type === 'activation'
        ? { kind: nats['type'] }
        : {};
  return {
    body: { ...parsed.output, nats: { ...more, ...nats, type, tags, issuer_account, version: 2 } },
    isFirst: true,
  };
}

/** What a JWT is about. */
export type ClaimKind = keyof typeof shapes;

/** A JWT whose signature is that of `iss`. Whether `iss` may say such things is another question. */
export interface Claims<Kind extends ClaimKind> {
  readonly iss: string;
  readonly sub: string;
  /** The audience; empty where absent. */
  readonly aud: string;
  readonly name: string;
  /** Seconds of Unix time; 0 where absent. */
  readonly iat: number;
  readonly exp: number;
  readonly nbf: number;
  readonly nats: v.InferOutput<(typeof shapes)[Kind]>;
}

/** What one may do, as user JWTs, scopes and accounts' defaults say it. */
export type PermissionClaims = Pick<Claims<'user'>['nats'], 'pub' | 'sub' | 'resp'>;
/** Permissions and limits of a user, or a template of them. */
export type UserLimits = v.InferOutput<v.ObjectSchema<ReturnType<typeof userLimits>, undefined>>;

/**
 * Reads a JWT and verifies its signature by the key it names as its issuer.
 * Returns what is wrong with it, in a few words, where something is. Never throws.
 */
export function readClaims<Kind extends ClaimKind>(jwt: string, kind: Kind): Claims<Kind> | string {
  if (jwt.length > MAX_JWT_CHARACTERS) return 'too long';
  const chunks = jwt.split('.');
  const [head, body, signature] = chunks.map(decodeBase64Url);
  if (chunks.length !== 3 || head === undefined || body === undefined || signature === undefined)
    return 'not a JWT';
  const { body: content, isFirst } = asSecondVersion(json(body));
  const parsedHead = v.safeParse(header, json(head));
  const algorithm = ALGORITHMS[isFirst ? 1 : 2];
  const { typ, alg } = parsedHead.success ? parsedHead.output : { typ: '', alg: '' };
  if (typ.toUpperCase() !== 'JWT' || alg !== algorithm) return `not a JWT of ${algorithm}`;
  const parsed = v.safeParse(envelope, content);
  if (!parsed.success) return 'not a JWT of NATS, version 1 or 2';
  const claims = parsed.output;
  if (claims.nats.type !== kind)
    return `not the JWT of a${/^[aeio]/.test(kind) ? 'n' : ''} ${kind.replace('_', ' ')}`;
  if (!ISSUERS[kind].some((letter) => isPublicKey(claims.iss, letter)))
    return 'issued by the wrong kind of key';
  if (!isPublicKey(claims.sub, SUBJECTS[kind])) return `its subject is not the public key of such`;
  // The first version signs its body only.
  const signed = Buffer.from(jwt.slice(isFirst ? jwt.indexOf('.') + 1 : 0, jwt.lastIndexOf('.')));
  if (!verifies(keyOf(claims.iss), signed, signature)) return 'its signature is wrong';
  // Only now is its content worth reading.
  const nats = v.safeParse(shapes[kind], claims.nats);
  if (!nats.success) return `${v.getDotPath(nats.issues[0]) ?? 'nats'}: ${nats.issues[0].message}`;
  return { ...claims, nats: nats.output as Claims<Kind>['nats'] };
}

/** The JWT in `contents`, which may be a file with lines of dashes around it and a key after it. */
export function undecorated(contents: string): string {
  return /-{3,}[^\n]*-{3,}\r?\n([\w\-.=]+)\r?\n-{3,}[^\n]*-{3,}/.exec(contents)?.[1] ?? contents.trim();
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
