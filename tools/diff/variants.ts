/** The configurations under which both servers are compared. */

/** One configuration, in the words of both servers, and what the generator should know of it. */
export interface Variant {
  readonly name: string;
  /** Lines of a nats-server configuration file. */
  readonly natsServer: string;
  /** Lines of a sluice configuration file. */
  readonly sluice: string;
  /** Longest arguments of a control line, in bytes. */
  readonly maxControlLineBytes: number;
  /** Largest message, in bytes. */
  readonly maxPayloadBytes: number;
  /** Fields of CONNECT with which a client is let in; none: anybody is. */
  readonly credentials?: readonly object[];
  /** Share of the clients that present credentials they have made up. Default 0.1. */
  readonly impostors?: number;
}

const USUAL = { maxControlLineBytes: 4_096, maxPayloadBytes: 1_048_576 };
const ACCESS = { publish: ['a.>', 'b', '_INBOX.>'], subscribe: ['a.>', 'b', 'c.*', '_INBOX.>'] };

export const VARIANTS: readonly Variant[] = [
  { name: 'plain', natsServer: '', sluice: '', ...USUAL },
  {
    name: 'small',
    natsServer: 'max_payload: 48\nmax_control_line: 512\nmax_subscriptions: 3',
    sluice: '[nats]\nmax_payload = 48\nmax_control_line = 512\n[limits]\nmax_subscriptions = 3',
    maxControlLineBytes: 512,
    maxPayloadBytes: 48,
  },
  {
    name: 'user',
    natsServer: 'authorization { user: u, password: p, timeout: 60 }',
    sluice: '[authorization]\nuser = "u"\npassword = "p"\ntimeout = "60s"',
    credentials: [{ user: 'u', pass: 'p' }],
    ...USUAL,
  },
  {
    name: 'token',
    natsServer: 'authorization { token: t, timeout: 60 }',
    sluice: '[authorization]\ntoken = "t"\ntimeout = "60s"',
    credentials: [{ auth_token: 't' }],
    ...USUAL,
  },
  {
    name: 'users',
    natsServer: `authorization { timeout: 60, users: [
  { user: u, password: p },
  { user: v, password: p, permissions: { publish: ${JSON.stringify(ACCESS.publish)}, subscribe: ${JSON.stringify(ACCESS.subscribe)} } },
  { user: w, password: p, permissions: { publish: { deny: ["b", "c.>"] }, subscribe: { allow: [">"], deny: ["b", "a.*", "c.> q"] } } },
  { user: x, password: p, permissions: { publish: { allow: "c.>" }, subscribe: "a.>", allow_responses: true } } ] }`,
    sluice: `[authorization]
timeout = "60s"
[[authorization.users]]
user = "u"
password = "p"
[[authorization.users]]
user = "v"
password = "p"
permissions = { publish = ${JSON.stringify(ACCESS.publish)}, subscribe = ${JSON.stringify(ACCESS.subscribe)} }
[[authorization.users]]
user = "w"
password = "p"
permissions = { publish = { deny = ["b", "c.>"] }, subscribe = { allow = [">"], deny = ["b", "a.*", "c.> q"] } }
[[authorization.users]]
user = "x"
password = "p"
permissions = { publish = { allow = ["c.>"] }, subscribe = ["a.>"], allow_responses = true }`,
    credentials: ['u', 'v', 'w', 'x'].map((user) => ({ user, pass: 'p' })),
    ...USUAL,
  },
  {
    name: 'no_auth_user',
    natsServer: `no_auth_user: v
authorization { timeout: 60, users: [ { user: u, password: p }, { user: v, password: p, permissions: { publish: ["a.>", "b"], subscribe: ["a.>", "b"] } } ] }`,
    sluice: `[authorization]
timeout = "60s"
no_auth_user = "v"
[[authorization.users]]
user = "u"
password = "p"
[[authorization.users]]
user = "v"
password = "p"
permissions = { publish = ["a.>", "b"], subscribe = ["a.>", "b"] }`,
    credentials: [{}, { user: 'u', pass: 'p' }, { user: 'v', pass: 'p' }],
    ...USUAL,
  },
];
