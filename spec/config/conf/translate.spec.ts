import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConf } from '../../../lib/config/conf/index.js';
import { loadConfig } from '../../../lib/config.js';
import { SluiceError } from '../../../lib/domain/errors.js';
import { key } from '../../support/config/problems.js';

/** A user's public key, its checksum right. */
const NKEY = 'UD7B6YH5BP3CMNAOQRAOKAAYGQT75NL2FGU5FHVYP5GKMYBNEK7I6LFC';

/** Public keys of an account and of a curve, likewise. */
const ACCOUNT_KEY = 'AD34MY2XBAVMYOQPNDBA32XBMQL4V7PGFBE7IOVNFPH4PNW36KVD6LT2';
const CURVE_KEY = 'XBP6BWEE6OREHON6WQSKPCB2SWCK4ZZL6FXEUZLDHCZDAS6BFHCAHTDJ';

/** What every file amounts to that says nothing else. */
const BASE = { listener: '*:4222', line: { enabled: false } };

describe('config/conf', () => {
  let directory: string;
  let file: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-conf-'));
    file = join(directory, 'n.conf');
  });
  after(() => rmSync(directory, { recursive: true }));

  function read(text: string, environment: Record<string, string> = {}) {
    writeFileSync(file, text);
    return readConf(file, environment);
  }

  const short = (text: string) => text.replaceAll(file, 'n.conf');

  /** The lines of what it says, the file's name shortened. */
  function problems(text: string): string[] {
    return read(text).problems.map(short);
  }

  const users = (...list: object[]) => ({ authorization: { users: list } });
  const permissions = (value: object) => users({ user: 'a', password: '', permissions: value });
  const right: readonly [text: string, settings: object][] = [
    ['', {}],
    // Addresses
    ['port: 4223', { listener: '*:4223' }],
    ['port: -1', { listener: '*:-1' }],
    ['port: 0', { listener: '*:4222' }],
    ['PORT: 4223', { listener: '*:4223' }],
    ['host: localhost', { listener: 'localhost:4222' }],
    ['host: 0.0.0.0', {}],
    ['listen: "0.0.0.0:1"', { listener: '*:1' }],
    ['http: "0.0.0.0:1"', { monitor: { listener: '*:1' } }],
    ['net: 127.0.0.1, port: 1', { listener: '127.0.0.1:1' }],
    ['host: ""', {}],
    ['host: "::1"', { listener: '[::1]:4222' }],
    ['listen: 127.0.0.1:1', { listener: '127.0.0.1:1' }],
    ['listen: "[::1]:1"', { listener: '[::1]:1' }],
    ['listen: ":1"', { listener: '*:1' }],
    ['listen: 1', { listener: '*:1' }],
    ['listen: "localhost:-1"', { listener: 'localhost:-1' }],
    ['listen: "localhost:0"', { listener: 'localhost:4222' }],
    ['listen: localhost:1\nport: 2', { listener: 'localhost:2' }],
    ['port: 2\nlisten: localhost:1', { listener: 'localhost:1' }],
    ['host: localhost\nlisten: 1', { listener: '*:1' }],
    ['http: 8222', { monitor: { listener: '*:8222' } }],
    ['host: ::1\nhttp: 8222', { listener: '[::1]:4222', monitor: { listener: '[::1]:8222' } }],
    ['http: "localhost:8222"', { monitor: { listener: 'localhost:8222' } }],
    ['http_port: -1', { monitor: { listener: '*:-1' } }],
    ['monitor_port: 1', { monitor: { listener: '*:1' } }],
    ['http_port: 0', {}],
    ['http_base_path: "/"', { monitor: { base_path: '/' } }],
    ['http_base_path: "//a///b"', { monitor: { base_path: '/a/b' } }],
    // Names and files
    ['server_name: n1', { server_name: 'n1' }],
    ['server_tags: A', { server_tags: ['a'] }],
    ['server_tags: [A, " b", a, "c d"]', { server_tags: ['a', 'b', 'c d'] }],
    ['max_control_line: 2', { nats: { max_control_line: 512 } }],
    [
      'accounts {A {exports: [{stream: "a b"}, {stream: c}]}}',
      { accounts: { A: { exports: [{ stream: 'c' }] } } },
    ],
    [
      'accounts {A {limits {max_subs: 10g}}}',
      { accounts: { A: { limits: { max_subscriptions: 2_147_483_647 } } } },
    ],
    ['pidfile: x', { pid_file: 'x' }],
    ['pid_file: x\nports_file_dir: y', { pid_file: 'x', ports_file_dir: 'y' }],
    // Limits, sizes and times
    ['max_connections: 5', { limits: { max_connections: 5 } }],
    ['max_conn: 1k', { limits: { max_connections: 1_000 } }],
    ['max_connections: 0', {}],
    ['max_connections: -1', { limits: { max_connections: 1_000_000 } }],
    ['max_subs: 5', { limits: { max_subscriptions: 5 } }],
    ['max_subscriptions: -1', { limits: { max_subscriptions: 10_000_000 } }],
    ['max_sub_tokens: 5', { limits: { max_subject_tokens: 5 } }],
    ['max_payload: 64kb', { nats: { max_payload: 65_536 } }],
    ['max_payload: 64k', { nats: { max_payload: 64_000 } }],
    ['max_control_line: 512', { nats: { max_control_line: 512 } }],
    ['max_pending: 2mb', { flow: { max_pending: 2_097_152 } }],
    ['max_pending: 1mb', { flow: { max_pending: 1_048_576, high_water: 524_288, low_water: 131_072 } }],
    ['max_pending: 3', { flow: { max_pending: 3, high_water: 2, low_water: 1 } }],
    ['max_pending: 0', {}],
    ['write_deadline: "2s"', { flow: { write_deadline: '2s' } }],
    ['write_deadline: "1m30s"', { flow: { write_deadline: '90s' } }],
    ['write_deadline: 10s', { flow: { write_deadline: '10s' } }],
    ['write_deadline: 2', { flow: { write_deadline: '2s' } }],
    ['write_deadline: "0s"', {}],
    ['write_deadline: "100us"', { flow: { write_deadline: '1ms' } }],
    ['ping_interval: "1.5s", ping_max: 3', { nats: { ping_interval: '1500ms', ping_max: 3 } }],
    ['ping_interval: ".5m"', { nats: { ping_interval: '30s' } }],
    ['lame_duck_duration: "30s"', { lame_duck: { duration: '30s' } }],
    ['lame_duck_grace_period: "1s"', { lame_duck: { grace_period: '1s' } }],
    // The log
    ['debug: true', { log: { level: 'debug' } }],
    ['trace: true', { log: { level: 'trace' } }],
    ['trace: true, debug: true', { log: { level: 'trace' } }],
    ['trace_verbose: true', { log: { level: 'trace' } }],
    ['debug: false, trace: no', {}],
    ['logfile: x', { log: { file: 'x' } }],
    // Who may log in
    [
      'authorization {user: a, pass: b, timeout: 1}',
      { authorization: { user: 'a', password: 'b', timeout: '1s' } },
    ],
    ['authorization {username: a, password: b}', { authorization: { user: 'a', password: 'b' } }],
    ['authorization {token: t, timeout: 0.5}', { authorization: { token: 't', timeout: '500ms' } }],
    ['authorization {timeout: 0.0001}', { authorization: { timeout: '1ms' } }],
    ['authorization {timeout: -1}', { authorization: { timeout: '1ms' } }],
    ['authorization {pass: p}', { authorization: {} }],
    ['authorization {timeout: "3s"}', { authorization: { timeout: '3s' } }],
    ['authorization {P: x, user: a, pass: $P}', { authorization: { user: 'a', password: 'x' } }],
    ['authorization {users: []}', users()],
    ['authorization {users: [{user: a, pass: b}]}', users({ user: 'a', password: 'b' })],
    [
      `authorization {users: [{nkey: ${NKEY}}, {username: c}]}`,
      users({ nkey: NKEY }, { user: 'c', password: '' }),
    ],
    [
      'authorization {users: [{user: a, clients: standard}]}',
      users({ user: 'a', password: '', allowed_connection_types: ['STANDARD'] }),
    ],
    [
      'authorization {users: [{user: a, allowed_connection_types: [Websocket, LINE]}]}',
      users({ user: 'a', password: '', allowed_connection_types: ['WEBSOCKET', 'LINE'] }),
    ],
    [
      'authorization {users: [{user: a, permission: {pub: x, sub: [y, "z q"]}}]}',
      permissions({ publish: { allow: ['x'] }, subscribe: { allow: ['y', 'z q'] } }),
    ],
    [
      'authorization {users: [{user: a, permissions: {import: {allow: x, deny: [y]}, export: {deny: z}}}]}',
      permissions({ publish: { allow: ['x'], deny: ['y'] }, subscribe: { deny: ['z'] } }),
    ],
    ['authorization {users: [{user: a, permissions: {publish: [], subscribe: {}}}]}', permissions({})],
    [
      'authorization {users: [{user: a, permissions: {allow_responses: true}}]}',
      permissions({ allow_responses: true }),
    ],
    ['authorization {users: [{user: a, permissions: {allow_responses: false}}]}', permissions({})],
    [
      'authorization {users: [{user: a, authorization: {publish_allow_responses: {max: 5, ttl: "1m"}}}]}',
      permissions({ allow_responses: { max: 5, expires: '1m' } }),
    ],
    [
      'authorization {users: [{user: a, permissions: {allow_responses: {max_msgs: -5, expires: "-1s"}}}]}',
      permissions({ allow_responses: { max: -1, expires: '0s' } }),
    ],
    [
      'authorization {users: [{user: a, permissions: {allow_responses: {max: 0, expires: "0s"}}}]}',
      permissions({ allow_responses: {} }),
    ],
    [
      'authorization {default_permission: {pub: x}}',
      { authorization: { default_permissions: { publish: { allow: ['x'] } } } },
    ],
    ['no_auth_user: a', { authorization: { no_auth_user: 'a' } }],
    // Accounts
    ['accounts: [A, B]', { accounts: { A: {}, B: {} } }],
    ['accounts {A {}, "b.c": {}}', { accounts: { A: {}, 'b.c': {} } }],
    [
      'accounts {A {users: [{user: a}], default_permissions: {sub: x}}}',
      {
        accounts: {
          A: { users: [{ user: 'a', password: '' }], default_permissions: { subscribe: { allow: ['x'] } } },
        },
      },
    ],
    [
      'accounts {V: {user: a}, A {users: [$V]}}',
      { accounts: { A: { users: [{ user: 'a', password: '' }] } } },
    ],
    [
      'accounts {A {exports: [{stream: "a.>", accounts: [B]}, {service: r, response: chunk, threshold: "1s"}]}}',
      {
        accounts: {
          A: {
            exports: [
              { stream: 'a.>', accounts: ['B'] },
              { service: 'r', response_type: 'Chunked', response_threshold: '1s' },
            ],
          },
        },
      },
    ],
    [
      'accounts {A {imports: [{stream: {account: B, subject: x}, prefix: p}, {service: {account: B, subject: y}, to: z}]}}',
      {
        accounts: {
          A: {
            imports: [
              { stream: { account: 'B', subject: 'x' }, prefix: 'p' },
              { service: { account: 'B', subject: 'y' }, to: 'z' },
            ],
          },
        },
      },
    ],
    [
      'accounts {A {exports: [{service: "a.*", account_token_position: 2}]}, B {imports: [{service: {account: A, subject: a.B}}]}}',
      {
        accounts: {
          A: { exports: [{ service: 'a.*', account_token_position: 2 }] },
          B: { imports: [{ service: { account: 'A', subject: 'a.B' } }] },
        },
      },
    ],
    [
      'accounts {A {msg_trace: t, exports: [{service: r, allow_trace: true}]}, B {trace_dest: {dest: t, sampling: "50%"}}}',
      {
        accounts: {
          A: { msg_trace: { dest: 't' }, exports: [{ service: 'r', allow_trace: true }] },
          B: { msg_trace: { dest: 't', sampling: 50 } },
        },
      },
    ],
    [
      'accounts {A {limits {max_conn: -1, max_subs: 5, max_payload: 1kb}, mappings {}}}',
      { accounts: { A: { limits: { max_connections: -1, max_subscriptions: 5, max_payload: 1_024 } } } },
    ],
    [
      'mappings {a: b, "c.*": {dest: "d.$1", weight: 20%}}\naccounts {A {maps {a.b: [{destination: x, weight: 5, cluster: e}]}}}',
      {
        mappings: { a: 'b', 'c.*': [{ dest: 'd.$1', weight: 20 }] },
        accounts: { A: { mappings: { 'a.b': [{ dest: 'x', weight: 5, cluster: 'e' }] } } },
      },
    ],
    ['log_size_limit: 1mb, logfile_max_num: 3', { log: { max_file_size: 1_048_576, max_files: 3 } }],
    ['logfile_size_limit: 0, log_max_num: -1', {}],
    [
      `authorization {auth_hook {issuer: ${ACCOUNT_KEY}, acc: A, users: [a, b], key: ${CURVE_KEY}, allowed_accounts: [B]}}`,
      {
        authorization: {
          auth_callout: {
            issuer: ACCOUNT_KEY,
            account: 'A',
            auth_users: ['a', 'b'],
            xkey: CURVE_KEY,
            allowed_accounts: ['B'],
          },
        },
      },
    ],
    ['system: SYS', { system_account: 'SYS' }],
    ['operator: op.jwt', { operator: ['op.jwt'] }],
    [`trusted_keys: ${key('O', 'B')}`, { operator: [key('O', 'B')] }],
    [`trusted: [${key('O', 'B')}, ${key('O', 'C')}]`, { operator: [key('O', 'B'), key('O', 'C')] }],
    ['trusted_keys: []', {}],
    [
      'operator: a.jwt\nresolver {type: full, dir: "./jwt", allow_delete: false}',
      { operator: ['a.jwt'], resolver: { dir: './jwt' } },
    ],
    [
      'resolver {type: full, dir: "./jwt", allow_delete: true, limit: 10}',
      { resolver: { dir: './jwt', max_accounts: 10, deletion: 'rename' } },
    ],
    [
      'resolver {type: full, dir: "./jwt", allow_delete: true, hard_delete: true, limit: -1}',
      { resolver: { dir: './jwt', max_accounts: 0, deletion: 'remove' } },
    ],
    ['default_sentinel: "eyJ"', { default_sentinel: 'eyJ' }],
    ['resolver {type: cache, dir: "./jwt", limit: 10}', { resolver: { dir: './jwt' } }],
    ['resolver {type: full, dir: "./jwt", custom: 3}', { resolver: { dir: './jwt' } }],
    ['resolver: URL(http://x/jwt/v1)', { resolver: { url: 'http://x/jwt/v1' } }],
    [
      'resolver: "url(\\"https://x\\")"\nresolver_tls {ca_file: a, cert_file: b, key_file: c, timeout: 3}',
      { resolver: { url: 'https://x', ca_file: 'a', cert_file: 'b', key_file: 'c' } },
    ],
    ['operators: [a.jwt, eyJ]\nresolver: MEMORY', { operator: ['a.jwt', 'eyJ'] }],
    ['resolver: {type: mem}\nresolver_preload {AA: eyJ}', { resolver_preload: { AA: 'eyJ' } }],
    // TLS
    [
      'tls {cert_file: c, key_file: k, ca_file: a, verify: true, verify_and_map: no}',
      { tls: { cert_file: 'c', key_file: 'k', ca_file: 'a', verify: true, verify_and_map: false } },
    ],
    ['tls {timeout: 0.5, min_version: "1.3"}', { tls: { timeout: '500ms', min_version: '1.3' } }],
    ['allow_non_tls: true', { tls: { allow_non_tls: true } }],
    ['tls {timeout: 2}\nallow_non_tls: true', { tls: { timeout: '2s', allow_non_tls: true } }],
    ['tls {handshake_first: true}', { tls: { handshake_first: true } }],
    ['tls {first: "auto_fallback"}', { tls: { handshake_first: 'auto' } }],
    ['tls {immediate: "off"}', { tls: { handshake_first: false } }],
    ['tls {handshake_first: 300ms}', { tls: { handshake_first: '300ms' } }],
    [
      'tls {cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305]}',
      { tls: { cipher_suites: ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'] } },
    ],
    [
      'tls {cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_256_CBC_SHA]}',
      { tls: { cipher_suites: ['TLS_AES_128_GCM_SHA256', 'AES256-SHA'] } },
    ],
    ['tls {curve_preferences: [X25519, CurveP256]}', { tls: { curve_preferences: ['X25519', 'P-256'] } }],
    ['tls {pinned_certs: [], ocsp_peer: false}', { tls: {} }],
    [
      'tls {certs: [{cert_file: a, key_file: b}, {cert_file: c, key_file: d}]}',
      {
        tls: {
          certificates: [
            { cert_file: 'a', key_file: 'b' },
            { cert_file: 'c', key_file: 'd' },
          ],
        },
      },
    ],
    [
      'websocket {port: 8080, same_origin: true, tls {certificates: [{cert_file: a, key_file: b}], connection_rate_limit: 5}}',
      {
        websocket: {
          listener: '*:8080',
          same_origin: true,
          tls_certificates: [{ cert_file: 'a', key_file: 'b' }],
        },
      },
    ],
    ['tls {connection_rate_limit: 100}', { tls: { handshake_rate: 100 } }],
    ['tls {connection_rate_limit: -1}', { tls: { handshake_rate: 0 } }],
    [`tls {pinned_certs: ["${'aB'.repeat(32)}"]}`, { tls: { pinned_certs: ['ab'.repeat(32)] } }],
    ['http_base_path: /x', { monitor: { base_path: '/x' } }],
    ['https_port: -1', { monitor: { listener: '*:-1', tls: true } }],
    ['https: "localhost:8443"', { monitor: { listener: 'localhost:8443', tls: true } }],
    [
      'listen: "127.0.0.1:1", https: 8443, http_port: 0',
      { listener: '127.0.0.1:1', monitor: { listener: '127.0.0.1:8443', tls: true } },
    ],
    // What asks for nothing
    ['https_port: 0, no_header_support: false, mappings: {}, jetstream: false, syslog: no', {}],
    // JetStream
    ['jetstream: enabled', { jetstream: { enabled: true } }],
    ['jetstream: disabled', {}],
    [
      'jetstream {max_mem: "1G", max_file: 10mb, domain: d, limits {max_ack_pending: 5, max_request_batch: 6, duplicate_window: "1m"}}',
      {
        jetstream: {
          ...{ enabled: true, max_memory: 2 ** 30, max_file: 10 * 2 ** 20, domain: 'd' },
          ...{ max_ack_pending: 5, max_request_batch: 6, duplicate_window: '1m' },
        },
      },
    ],
    [
      'jetstream {store_dir: "/x", sync_interval: "2m"}',
      { jetstream: { enabled: true, store_dir: '/x', sync: '2m' } },
    ],
    [
      'jetstream {store: "/x", sync: always}',
      { jetstream: { enabled: true, store_dir: '/x', sync: 'always' } },
    ],
    ['store_dir: "/x", jetstream: true', { jetstream: { enabled: true, store_dir: '/x' } }],
    ['store_dir: "/x", jetstream {store_dir: "/y"}', { jetstream: { enabled: true, store_dir: '/y' } }],
    ['store_dir: "/x"', {}],
    ['jetstream {enabled: false, max_mem: 0}', { jetstream: { enabled: false } }],
    ['accounts {A {jetstream: on}, B {jetstream: off}}', { accounts: { A: { jetstream: true }, B: {} } }],
    [
      'accounts {A {jetstream {max_mem: 1k, disk: -1, streams: 2, max_consumers: 3, max_bytes: true, max_ack_pending: 4, mem_max_stream_bytes: 5, store_max_stream_bytes: 6}}}',
      {
        accounts: {
          A: {
            jetstream: {
              ...{ max_memory: 1_000, max_file: -1, max_streams: 2, max_consumers: 3 },
              ...{ max_bytes_required: true, max_ack_pending: 4 },
              ...{ memory_max_stream_bytes: 5, file_max_stream_bytes: 6 },
            },
          },
        },
      },
    ],
    // Keys for variables
    ['TOKEN: t\nauthorization {token: $TOKEN}', { authorization: { token: 't' } }],
    // Settings in TOML's words
    ['sluice {line {listener: "[::1]:1"}}', { line: { listener: '[::1]:1' } }],
    ['sluice {line {enabled: false, max_line: 64}}', { line: { enabled: false, max_line: 64 } }],
    [
      'port: 1\nsluice {listener: ["a:1", "b:2"], log {format: json}}\ndebug: on',
      { listener: ['a:1', 'b:2'], log: { level: 'debug', format: 'json' } },
    ],
    [
      'sluice {accounts {A {users: [{user: a}]}}}\naccounts {A {exports: []}}',
      { accounts: { A: { exports: [], users: [{ user: 'a' }] } } },
    ],
    ['max_payload: -1', { nats: { max_payload: -1 } }],
    ['max_payload: 0', {}],
    ['authorization {user: a}', { authorization: { users: [{ user: 'a', password: '' }] } }],
    ['authorization {PASS: x, users: [{user: a, pass: $PASS}]}', users({ user: 'a', password: 'x' })],
    ['logtime: false', { log: { timestamps: false } }],
    ['logtime_utc: true', { log: { utc: true } }],
    [
      'default_js_domain: {"$G": HUB, A: OTHER}\naccounts {A {}}',
      {
        mappings: {
          '$JS.API.>': '$JS.HUB.API.>',
          '$KV.>': '$JS.HUB.API.$KV.>',
        },
        accounts: {
          A: {
            mappings: {
              '$JS.API.>': '$JS.OTHER.API.>',
              '$KV.>': '$JS.OTHER.API.$KV.>',
            },
          },
        },
      },
    ],
    [
      'leafnodes {remotes: [{url: "nats-leaf://ann:pw@hub:7422", account: A, deny_imports: "in.>", deny_exports: [a, b]}], reconnect: 2}',
      {
        leaf: {
          remotes: [
            {
              url: ['nats-leaf://ann:pw@hub:7422'],
              account: 'A',
              deny_imports: ['in.>'],
              deny_exports: ['a', 'b'],
              reconnect: '2000ms',
            },
          ],
        },
      },
    ],
    [
      'leafnodes {remotes: [{urls: ["tls://a:1", "tls://b:2"], credentials: "./c.creds", no_randomize: true, tls {ca_file: "ca.pem", insecure: true, handshake_first: true}}, {url: "nats://c", disabled: true}]}',
      {
        leaf: {
          remotes: [
            {
              url: ['tls://a:1', 'tls://b:2'],
              credentials: './c.creds',
              no_randomize: true,
              tls: true,
              tls_ca_file: 'ca.pem',
              tls_first: true,
              tls_insecure: true,
            },
          ],
        },
      },
    ],
    [
      'leafnodes {port: 7422, min_version: "2.10.0", dial_timeout: 3, remotes: [{url: "nats://a"}, {url: "nats://b", dial_timeout: "1s", ignore_discovered_servers: true}]}',
      {
        leaf: {
          listener: '*:7422',
          min_version: '2.10.0',
          remotes: [
            { url: ['nats://a'], dial_timeout: '3000ms' },
            { url: ['nats://b'], dial_timeout: '1s', ignore_discovered: true },
          ],
        },
      },
    ],
    [
      'leafnodes {remotes: [{url: "wss://hub:443/nats", ws_no_masking: true}]}',
      { leaf: { remotes: [{ url: ['wss://hub:443/nats'], no_masking: true }] } },
    ],
    [
      'leafnodes {port: 7422, authorization {users: [{user: a, pass: b, account: A}], timeout: 3}}',
      {
        leaf: {
          listener: '*:7422',
          auth_timeout: '3s',
          users: [{ user: 'a', password: 'b', account: 'A' }],
        },
      },
    ],
    [
      'leafnodes {listen: "127.0.0.1:7422", authorization {user: a, password: b}, tls {cert_file: c, key_file: k, timeout: 5}}',
      {
        leaf: {
          listener: '127.0.0.1:7422',
          users: [{ user: 'a', password: 'b' }],
          tls_cert_file: 'c',
          tls_key_file: 'k',
          tls_timeout: '5s',
        },
      },
    ],
    [
      'websocket {port: 8080, no_tls: true}',
      { websocket: { listener: '*:8080', no_tls: true, allowed_origins: ['*'] } },
    ],
    [
      'ws {listen: "127.0.0.1:-1", tls {cert_file: c, key_file: k, verify_and_map: true, timeout: 3}, same_origin: true}',
      {
        websocket: {
          listener: '127.0.0.1:-1',
          tls_cert_file: 'c',
          tls_key_file: 'k',
          tls_verify_and_map: true,
          same_origin: true,
        },
      },
    ],
    [
      'websocket {host: "::1", port: 1, no_tls: true, origins: ["https://a.test/", "http://b.test:81"], handshake_timeout: 3, compress: true, authentication {user: u, pass: p, token: t, timeout: 2.5}, no_auth_user: g, jwt_cookie: j, user_cookie: c, pass_cookie: d, token_cookie: e, headers {X-A: b}, ping_interval: "30s", advertise: "a:1"}',
      {
        websocket: {
          listener: '[::1]:1',
          no_tls: true,
          allowed_origins: ['https://a.test', 'http://b.test:81'],
          handshake_timeout: '3s',
          compression: true,
          user: 'u',
          password: 'p',
          token: 't',
          auth_timeout: '2500ms',
          no_auth_user: 'g',
          jwt_cookie: 'j',
          user_cookie: 'c',
          pass_cookie: 'd',
          token_cookie: 'e',
          headers: { 'X-A': 'b' },
          ping_interval: '30s',
          advertise: 'a:1',
        },
      },
    ],
  ];
  for (const [text, settings] of right) {
    it(`translates ${JSON.stringify(text)}`, () =>
      expect(read(text).settings).to.deep.equal({ ...BASE, ...settings }));
  }

  const warned: readonly [text: string, ...warnings: string[]][] = [
    ['port: 1'],
    ['jetstream: true'],
    ['jetstream: enabled'],
    ['jetstream: disabled'],
    ['jetstream {unique_tag: x, strict: false}', 'jetstream.unique_tag: ignored, there are no other servers'],
    ['Syslog: true', 'Syslog: ignored, the log goes to standard error or log_file'],
    ['client_advertise: x', 'client_advertise: ignored, there are no other servers'],
    ['max_conn: -1', 'max_conn: no limit: taken as 1000000, the most there is'],
    ['max_control_line: -1', 'max_control_line: taken as 512, the least there is'],
    ['max_pending: 20gb', 'max_pending: taken as 8589934592, the most there is'],
    ['ping_interval: "72h"', 'ping_interval: taken as 24h, the most there is'],
    ['write_deadline: "-1s"', 'write_deadline: taken as 1ms, the least there is'],
    ['authorization {timeout: -1}', 'authorization.timeout: taken as 1ms, the least there is'],
    ['authorization {timeout: 0.0001}'],
    [
      'authorization {pass: x}',
      'authorization: the password is ignored, as there is no user; clients need neither',
    ],
    ['authorization {PASS: x, users: [{user: a, pass: $PASS}]}'],
    [
      'websocket {port: 1, no_tls: true, authorization {pass: x}}',
      'websocket.authorization: the password is ignored, as there is no user; clients need neither',
    ],
    ['accounts: x', 'accounts: ignored, as it holds no accounts'],
    [
      'accounts {A {exports: [{accounts: []}, {stream: "a b"}, {service: x, threshold: "-1s"}], imports: [{to: x}]}}',
      'accounts.A.exports[0]: ignored, as it is neither a stream nor a service',
      'accounts.A.exports[1]: ignored, as no message can have the subject',
      'accounts.A.exports[2].threshold: taken as 1ms, the least there is',
      'accounts.A.imports[0]: ignored, as it is neither a stream nor a service',
    ],
    [
      'accounts {A {imports: [{stream: {account: B, subject: x}, to: y, prefix: z}, {service: {account: B, subject: x}, prefix: z}]}}',
      'accounts.A.imports[0].to: ignored, as there is a prefix',
      'accounts.A.imports[1].prefix: ignored, as it is of streams',
    ],
    ['tls {insecure: true}', 'tls.insecure: ignored, it is for connections that a server makes'],
    ['accounts {A {jetstream: on}}'],
    ['cluster {name: c}', 'cluster: ignored, as it neither listens nor connects'],
    ['leaf {port: 0, remotes: []}', 'leaf: ignored, as it neither listens nor connects'],
    ['websocket {}'],
    ['websocket {no_tls: true}', 'websocket: ignored, as it does not listen'],
  ];
  for (const [text, ...warnings] of warned) {
    it(`${warnings.length > 0 ? 'warns of' : 'does not warn of'} ${JSON.stringify(text)}`, () => {
      const said = read(text).warnings.map((line) => short(line).replace(/^n\.conf:1:\d+: /, ''));
      expect(said).to.deep.equal(warnings);
    });
  }

  const wrong: readonly [text: string, ...problems: string[]][] = [
    ['prot: 1', 'n.conf:1:0: unknown field "prot", did you mean port?'],
    ["'a\nb': 1", 'n.conf:1:1: unknown field "a\\nb", allowed: those of nats-server, and sluice { … }'],
    [
      'colourful: 1',
      'n.conf:1:0: unknown field "colourful", allowed: those of nats-server, and sluice { … }',
    ],
    [
      'authorization {colour: 1}',
      'n.conf:1:15: unknown field "colour", allowed: user, password, token, timeout, users, default_permissions, auth_callout, proxy_required',
    ],
    [
      'authorization {\n users: [{usr: a}]\n}',
      'n.conf:2:11: unknown field "usr", did you mean user?',
      'n.conf:2:11: User entry requires a user',
    ],
    ['port: x', 'n.conf:1:0: port: not a port, allowed: -1 (any free port) or 1 to 65535'],
    ['port: 70000', 'n.conf:1:0: port: not a port, allowed: -1 (any free port) or 1 to 65535'],
    ['host: "a b"', 'n.conf:1:0: host: not a host, allowed: a host name or an IP address'],
    [
      'listen: x',
      'n.conf:1:0: listen: not an address, allowed: a port, "host:port", "[ipv6]:port" or ":port"',
    ],
    [
      'server_name: 1',
      'n.conf:1:0: server_name: not text, allowed: text; quotes go around a number or a word like true',
    ],
    ['debug: 1', 'n.conf:1:0: debug: not a boolean, allowed: true or false'],
    [
      'max_payload: "1MB"',
      'n.conf:1:0: max_payload: not a whole number, allowed: a number such as 1024, 64k (64000) or 64kb (65536)',
    ],
    ['max_sub_tokens: 256', 'n.conf:1:0: max_sub_tokens value is too big'],
    ['max_sub_tokens: -1', 'n.conf:1:0: max_sub_tokens value can not be negative'],
    [
      'write_deadline: x',
      'n.conf:1:0: write_deadline: not a duration, allowed: a duration such as "10s", "500ms" or "1m30s"',
    ],
    ['max_control_line: 3000000000', 'n.conf:1:0: max_control_line value is too big'],
    ['lame_duck_grace_period: "-1s"', 'n.conf:1:0: invalid lame_duck_grace_period, needs to be positive'],
    [
      'accounts {A {exports: [{stream: x, accounts: A}]}}',
      'n.conf:1:35: accounts.A.exports[0].accounts: not a list, allowed: [ … ]',
    ],
    [
      'lame_duck_duration: 30',
      'n.conf:1:0: lame_duck_duration: not a duration, allowed: a duration such as "10s", "500ms" or "1m30s"',
    ],
    [
      'authorization {timeout: true}',
      'n.conf:1:15: authorization.timeout: not a time, allowed: a number of seconds, or a duration such as "500ms"',
    ],
    ['authorization: x', 'n.conf:1:0: authorization: not a block, allowed: { … }'],
    ['authorization {users: x}', 'n.conf:1:15: authorization.users: not a list, allowed: [ … ]'],
    [
      'authorization {users: [x, {user: a, pass: 1}]}',
      'n.conf:1:23: authorization.users[0]: not a block, allowed: { … }',
      'n.conf:1:36: authorization.users[1].pass: not text, allowed: text; quotes go around a number or a word like true',
    ],
    [
      'authorization {users: [{user: a, permissions: {pub: 1, sub: [x, 2]}}]}',
      'n.conf:1:47: authorization.users[0].permissions.pub: not text, allowed: text or a list of texts',
      'n.conf:1:64: authorization.users[0].permissions.sub[1]: not text, allowed: text; quotes go around a number or a word like true',
    ],
    [
      'authorization {auth_callout {issuer: A}}',
      'n.conf:1:29: Expected callout user to be a valid public account nkey, got "A"',
    ],
    [
      'authorization {auth_callout {users: [a], xkey: X, colour: 1}}',
      'n.conf:1:41: Expected callout xkey to be a valid public xkey, got "X"',
      'n.conf:1:50: Unknown field "colour" parsing authorization callout, allowed: issuer, account, auth_users, xkey, allowed_accounts',
    ],
    [
      'authorization {auth_callout {users: [a]}}',
      'n.conf:1:15: Authorization callouts require an issuer to be specified',
    ],
    [
      `authorization {auth_callout {issuer: ${ACCOUNT_KEY}}}`,
      'n.conf:1:15: Authorization callouts require authorized users to be specified',
    ],
    ['accounts {"$G": {}}', 'n.conf:1:11: "$G" is a Reserved Account, allowed: any other name'],
    [
      'accounts {A {limits {max_subs: "5", max_streams: 1}}}',
      'n.conf:1:21: accounts.A.limits.max_subs: not a whole number, allowed: a number such as 1024, 64k (64000) or 64kb (65536)',
      'n.conf:1:36: Unknown field "max_streams" parsing account limits, allowed: max_connections, max_subscriptions, max_payload, max_leafnodes',
    ],
    [
      'accounts {A {mappings {a: "b.$1", "a..b": c, d: 5, e: [f], g: {}}}}',
      'n.conf:1:23: Error adding mapping for "a" to "b.$1" : invalid mapping destination: wildcard index out of range in $1',
      'n.conf:1:13: Subject "a..b" is not a valid subject',
      'n.conf:1:45: Expected an entry for the mapping destination',
      'n.conf:1:55: Expected an entry for the mapping destination',
      'n.conf:1:59: Missing weight for mapping destination ""',
    ],
    [
      'mappings {a: {dest: b, weight: 101, to: c}, d: {dest: e, weight: many}, f: {dest: g, weight: 1.5}}',
      'n.conf:1:23: Invalid weight 101 for mapping destination',
      'n.conf:1:36: Unknown field "to" for mapping destination, allowed: dest, weight, cluster',
      'n.conf:1:57: Invalid weight "many" for mapping destination',
      'n.conf:1:85: mappings.f.weight: not a weight, allowed: a whole number from 0 to 100, or one such as "50%"',
    ],
    [
      'mappings {a: [{dest: b, weight: 60}, {dest: c, weight: 60}], d: [{dest: e, weight: 1}, {dest: e, weight: 1}]}',
      'n.conf:1:10: Error adding mapping for "a" : total weight needs to be <= 100',
      'n.conf:1:61: Error adding mapping for "d" : duplicate entry for "e"',
    ],
    [
      'accounts {A {exports: [{service: x, response: many}]}}',
      'n.conf:1:36: accounts.A.exports[0].response: not a kind of response, allowed: Singleton, Stream, Chunked',
    ],
    [
      'accounts {A {imports: [{service: {account: B, subject: x}, share: true}]}}',
      'n.conf:1:59: accounts.A.imports[0].share: not supported, as a request tells the account it comes from and no more; remove it',
    ],
    ['http_port: 1, https_port: 2', "n.conf:1:14: can't specify both HTTP (1) and HTTPs (2) ports"],
    [
      'no_header_support: true',
      'n.conf:1:0: no_header_support: not supported, as headers are always on; remove it',
    ],
    ['trusted_keys: [O]', 'n.conf:1:15: trust key "O" required to be a valid public operator nkey'],
    [
      `operator: op.jwt, trusted_keys: ${key('O', 'B')}`,
      "n.conf:1:18: conflicting options for 'TrustedKeys' and 'TrustedOperators'",
    ],
    ['resolver {type: full}', 'n.conf:1:0: dir has no value and needs to point to a directory'],
    ['resolver: URL(no)', 'n.conf:1:0: error parsing account resolver url'],
    [
      'resolver {type: full, dir: "", hard_delete: true, ttl: "1h"}',
      'n.conf:1:22: dir has no value and needs to point to a directory',
      'n.conf:1:0: FULL does not accept ttl',
      'n.conf:1:0: hard_delete has no effect without delete',
    ],
    [
      'resolver {type: cache, dir: x, allow_delete: true, hard_delete: true, interval: "1s"}',
      'n.conf:1:0: CACHE does not accept sync',
      'n.conf:1:0: CACHE does not accept allow_delete',
      'n.conf:1:0: CACHE does not accept hard_delete',
    ],
    ...['resolver: x', 'resolver {type: x}'].map((text): [string, string] => [
      text,
      'n.conf:1:0: error parsing account resolver, should be MEM or URL("url") or a map containing dir and type state=[FULL|CACHE])',
    ]),
    [
      'tls {min_version: 1.2}',
      'n.conf:1:5: tls.min_version: not a version, allowed: "1.2", "1.3", in quotes',
    ],
    [
      'tls {curve_preferences: [P1]}',
      'n.conf:1:25: unrecognized curve preference P1, allowed: X25519, CurveP256, CurveP384, CurveP521',
    ],
    [
      'tls {cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}',
      "n.conf:1:0: insecure cipher suites configured without 'allow_insecure_cipher_suites' option set: TLS_RSA_WITH_RC4_128_SHA",
    ],
    [
      'tls {handshake_first: x}',
      'n.conf:1:5: tls.handshake_first: unknown, allowed: true, false, auto, or a duration such as "300ms"',
    ],
    [
      'tls {certs: [{cert_file: a}]}',
      "n.conf:1:13: error parsing certificates config: both 'cert_file' and 'cert_key' options are required",
    ],
    [
      'tls {certs: [{cert_file: a, key: b}]}',
      'n.conf:1:28: error parsing tls certs config, unknown field "key", allowed: cert_file, key_file',
      "n.conf:1:13: error parsing certificates config: both 'cert_file' and 'cert_key' options are required",
    ],
    [
      'tls {cert_file: a, key_file: b, certs: [{cert_file: c, key_file: d}]}',
      "n.conf:1:0: error parsing tls config, cannot combine 'cert_file' option with 'certs' option",
    ],
    [
      'tls {pinned_certs: [x]}',
      "n.conf:1:20: error parsing tls config, 'pinned_certs' key x does not look like hex-encoded sha256 of DER encoded SubjectPublicKeyInfo",
    ],
    [
      'cluster {name: c, port: 1, routes: [x]}',
      'n.conf:1:0: cluster: not supported yet; remove the block, which has port, routes',
    ],
    [
      'gateway {gateways: [{name: g}]}',
      'n.conf:1:0: gateway: not supported yet; remove the block, which has gateways',
    ],
    ['mqtt {port: 1883}', 'n.conf:1:0: mqtt: not supported yet; remove the block, which has port'],
    ['mqtt {port: 1883}', 'n.conf:1:0: mqtt: not supported yet; remove the block, which has port'],
    ['sluice: 1', 'n.conf:1:0: sluice: not a block, allowed: { … }'],
    ['sluice {a: 2020-01-01T00:00:00Z}', 'n.conf:1:8: sluice.a: a date, allowed: what a TOML setting holds'],
    [
      'port: x\nhost: 1\nprot: 2',
      'n.conf:1:0: port: not a port, allowed: -1 (any free port) or 1 to 65535',
      'n.conf:2:1: host: not text, allowed: text; quotes go around a number or a word like true',
      'n.conf:3:1: unknown field "prot", did you mean port?',
    ],
  ];
  for (const [text, ...lines] of wrong) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(problems(text)).to.deep.equal(lines));
  }

  it('says where each setting is from, in the words of the file', () => {
    const { origins } = read(
      `http_port: 1\nauthorization {\n users: [{user: a}, {nkey: ${NKEY}, permission: {pub: [x, y]}}]\n}\nsluice {line {max_line: 64}, listener: ["a:1"]}`,
    );
    const found = Object.fromEntries([...origins].map(([key, origin]) => [key, short(origin)]));
    expect(found).to.include({
      'monitor.listener': 'n.conf:1:0: http_port',
      authorization: 'n.conf:2:1: authorization',
      'authorization.users': 'n.conf:3:2: authorization.users',
      'authorization.users[1]': 'n.conf:3:21: authorization.users[1]',
      'authorization.users[1].nkey': 'n.conf:3:22: authorization.users[1].nkey',
      'authorization.users[1].permissions.publish.allow[1]':
        'n.conf:3:108: authorization.users[1].permission.pub[1]',
      'line.max_line': 'n.conf:5:15: sluice.line.max_line',
      'listener[0]': 'n.conf:5:42: sluice.listener[0]',
    });
    expect(origins.has('line.enabled')).to.equal(false);
  });

  it('takes the environment for variables, and reads what is included', () => {
    writeFileSync(join(directory, 'more.conf'), 'debug: on\nprot: 1');
    expect(problems('include more.conf')).to.deep.equal([
      `${join(directory, 'more.conf')}:2:1: unknown field "prot", did you mean port?`,
    ]);
    expect(read('port: $P', { P: '1' }).settings).to.have.property('listener', '*:1');
  });

  it('is not fooled by an account called as what every object has', () => {
    const { accounts } = read('accounts {constructor {}, __proto__ {users: []}}').settings as {
      accounts: object;
    };
    expect(Object.keys(accounts)).to.deep.equal(['constructor', '__proto__']);
  });

  it('shows no value of what it refuses', () => {
    const said = problems('authorization {pass: 123456, token: [hunter2], users: [{nkey: {x: hunter2}}]}');
    expect(said).to.have.lengthOf(4);
    expect(said.join('\n')).not.to.match(/hunter2|123456/);
  });

  const broken: readonly (readonly [text: string, ...says: RegExp[]])[] = [
    // What is wrong by itself keeps nothing else from being looked at …
    [
      'max_pending: much\nno_auth_user: bob',
      /1:0: max_pending: not a whole/,
      /2:1: no_auth_user = "bob": no such user/,
    ],
    ['cluster { port: 1 }\nno_auth_user: bob', /1:0: cluster: not supported/, /2:1: no_auth_user/],
    [
      'max_payload: much\nauthorization { users: [{user: a, password: b, permissions: 5}] }\nlame_duck_duration: 5s',
      /lame_duck\.grace_period .*: must be below/,
      /1:0: max_payload: not a whole/,
      /2:48: .*permissions: not a block/,
    ],
    [
      'accounts { A { imports: [{stream: {account: B, subject: x}}] } }\ntls { timeout: x }',
      /1:\d+: .*B: no such account/,
      /2:7: tls\.timeout: not a duration/,
    ],
    // … but for what depends on it.
    ['authorization { users: [{user: a, password: 5}] }\nno_auth_user: a', /1:\d+: .*password: not text/],
    [
      'accounts { A: 5, B { imports: [{stream: {account: A, subject: x}}] } }',
      /1:\d+: accounts\.A: not a block/,
    ],
    ['tls { cert_file: 5, key_file: "k" }', /1:\d+: tls\.cert_file: not text/],
    ['resolver_tls { cert_file: 5, key_file: "k" }', /1:\d+: resolver_tls\.cert_file: not text/],
    [
      'websocket { port: 1, tls { cert_file: 5, key_file: "k" } }',
      /1:\d+: websocket\.tls\.cert_file: not text/,
    ],
    [
      'authorization { users: [{user: a, password: b}, {user: a, password: c}] }',
      /1:0: Duplicate user "a" detected/,
    ],
  ];
  for (const [text, ...says] of broken) {
    it(`says all that is wrong in ${JSON.stringify(text)}`, async () => {
      writeFileSync(file, text);
      const error = await loadConfig({ file }).catch((reason: Error) => reason);
      const lines = short((error as Error).message).split('\n');
      expect(lines, lines.join('\n')).to.have.lengthOf(says.length);
      for (const [index, line] of lines.entries()) expect(line).to.match(says[index]!);
    });
  }

  it('says of a file that cannot be read why', () => {
    const path = join(directory, 'none.conf');
    expect(() => readConf(path, {}))
      .to.throw(SluiceError, `${path}: no such file or directory`)
      .with.property('code', 'CONFIG_UNREADABLE');
  });
});
