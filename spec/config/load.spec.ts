import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseArguments } from '../../lib/cli/arguments.js';
import { FIELDS } from '../../lib/config/fields.js';
import { type Config, configFrom, loadConfig } from '../../lib/config.js';
import { SluiceError } from '../../lib/domain/errors.js';

describe('config/load', () => {
  let directory: string;
  let file: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-config-'));
    file = join(directory, 'c.toml');
  });
  after(() => rm(directory, { recursive: true }));

  interface Case {
    readonly toml?: string;
    readonly environment?: Record<string, string>;
    readonly words?: string;
  }

  async function load({ toml, environment = {}, words = '' }: Case) {
    if (toml !== undefined) await writeFile(file, toml);
    const args = await parseArguments(words.split(' ').filter(Boolean), '0');
    return loadConfig({ ...args, file: toml === undefined ? undefined : file, environment });
  }

  /** The lines of what it says, with the file's name as it is in the tables below, and without places. */
  async function problems(source: Case): Promise<string[]> {
    try {
      await load(source);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      const lines = error.message.replaceAll(file, 'c.toml').split('\n');
      return lines.map((line) => line.replace(/\bc\.toml:\d+:\d+: (?!not TOML)/, 'c.toml: '));
    }
    return [];
  }

  it('needs nothing', async () => {
    const { config } = await load({});
    expect(config).to.deep.equal(configFrom());
    expect(config.nats.listeners).to.deep.equal([{ host: '127.0.0.1', port: 4222 }]);
    expect(config.line.listeners).to.deep.equal([{ host: '0.0.0.0', port: 8889 }]);
    expect(config.authorization.token).to.equal(undefined);
  });

  it('is frozen all through', async () => {
    const { config } = await load({});
    for (const part of [config, config.nats, config.nats.listeners[0], config.flow])
      expect(part).to.be.frozen;
  });

  const port = ({ nats }: Config) => nats.listeners[0]?.port;
  const level = ({ log }: Config) => log.level;
  const right: readonly (Case & { readonly reads: (config: Config) => unknown; readonly as: unknown })[] = [
    {
      toml: 'listener = "127.0.0.1:4223"',
      reads: ({ nats }) => nats.listeners[0],
      as: { host: '127.0.0.1', port: 4223 },
    },
    { toml: 'listener = 4223', reads: port, as: 4223 },
    { toml: 'listener = "127.0.0.1:-1"', reads: port, as: 0 },
    { toml: 'listener = ":4223"', reads: ({ nats }) => nats.listeners[0]?.host, as: '0.0.0.0' },
    {
      toml: 'line.listener = "[::1]:1"',
      reads: ({ line }) => line.listeners[0],
      as: { host: '::1', port: 1 },
    },
    { toml: 'server_name = ""', reads: ({ serverName }) => serverName, as: undefined },
    { toml: 'server_name = "a"', reads: ({ serverName }) => serverName, as: 'a' },
    { toml: '[nats]\nmax_payload = "64KiB"', reads: ({ nats }) => nats.maxPayloadBytes, as: 65_536 },
    { toml: '[nats]\nmax_payload = 65536', reads: ({ nats }) => nats.maxPayloadBytes, as: 65_536 },
    { toml: '[flow]\nwrite_deadline = "500ms"', reads: ({ flow }) => flow.writeDeadlineMs, as: 500 },
    { environment: { SLUICE_LISTENER: '4223' }, reads: port, as: 4223 },
    { environment: { SLUICE_LINE_ENABLED: 'no' }, reads: ({ line }) => line.enabled, as: false },
    { environment: { SLUICE_NATS_PING_MAX: '5' }, reads: ({ nats }) => nats.maxPingsOut, as: 5 },
    {
      environment: { SLUICE_LIMITS_MAX_CONNECTIONS: '' },
      reads: ({ limits }) => limits.maxConnections,
      as: 65_536,
    },
    {
      environment: { SLUICE_AUTHORIZATION_TOKEN: 't' },
      reads: ({ authorization }) => authorization.token,
      as: 't',
    },
    { toml: 'listener = "1.1.1.1:1"', environment: { SLUICE_LISTENER: '2.2.2.2:2' }, reads: port, as: 2 },
    {
      toml: 'listener = "1.1.1.1:1"',
      environment: { SLUICE_LISTENER: '2.2.2.2:2' },
      words: '-p 3',
      reads: port,
      as: 3,
    },
    {
      toml: 'listener = "1.1.1.1:1"',
      words: '-p 3',
      reads: ({ nats }) => nats.listeners[0]?.host,
      as: '1.1.1.1',
    },
    {
      toml: 'listener = "1.1.1.1:1"',
      words: '-a ::1',
      reads: ({ nats }) => nats.listeners[0],
      as: { host: '::1', port: 1 },
    },
    { words: '-p -1', reads: port, as: 0 },
    {
      toml: 'listener = ["1.1.1.1:1", "[::1]:2"]',
      reads: ({ nats }) => nats.listeners,
      as: [
        { host: '1.1.1.1', port: 1 },
        { host: '::1', port: 2 },
      ],
    },
    {
      toml: 'line.listener = [1, ":2"]',
      reads: ({ line }) => line.listeners.map((each) => each.port),
      as: [1, 2],
    },
    {
      environment: { SLUICE_LISTENER: '1.1.1.1:1, :2' },
      reads: ({ nats }) => nats.listeners.map((each) => each.host),
      as: ['1.1.1.1', '0.0.0.0'],
    },
    {
      toml: 'listener = ["1.1.1.1:1", "[::1]:2"]',
      words: '-p 3',
      reads: ({ nats }) => nats.listeners,
      as: [
        { host: '1.1.1.1', port: 3 },
        { host: '::1', port: 3 },
      ],
    },
    {
      toml: 'listener = ["1.1.1.1:1", "[::1]:2"]',
      words: '-a 2.2.2.2 -p 3',
      reads: ({ nats }) => nats.listeners,
      as: [{ host: '2.2.2.2', port: 3 }],
    },
    { toml: 'server_tags = ["a", "b c"]', reads: ({ serverTags }) => serverTags, as: ['a', 'b c'] },
    {
      environment: { SLUICE_SERVER_TAGS: 'a,b, c' },
      reads: ({ serverTags }) => serverTags,
      as: ['a', 'b', 'c'],
    },
    { toml: 'ports_file_dir = "/x"', reads: ({ portsFileDir }) => portsFileDir, as: '/x' },
    { toml: 'limits.max_subject_tokens = 16', reads: ({ limits }) => limits.maxSubjectTokens, as: 16 },
    {
      toml: 'tls = { cert_file = "c", key_file = "k" }\nline.tls = true',
      reads: ({ line }) => line.tls,
      as: true,
    },
    {
      environment: { SLUICE_TLS_CERT_FILE: 'c', SLUICE_TLS_KEY_FILE: 'k' },
      reads: ({ tls }) => tls?.certFile,
      as: 'c',
    },
    {
      environment: {
        SLUICE_TLS_CERT_FILE: 'c',
        SLUICE_TLS_KEY_FILE: 'k',
        SLUICE_TLS_HANDSHAKE_FIRST: 'true',
      },
      reads: ({ tls }) => tls?.handshakeFirst,
      as: true,
    },
    { toml: '', reads: ({ monitor }) => monitor.listener, as: undefined },
    { toml: 'monitor.listener = ""', reads: ({ monitor }) => monitor.listener, as: undefined },
    {
      toml: 'monitor.listener = 8222',
      reads: ({ monitor }) => monitor.listener,
      as: { host: '127.0.0.1', port: 8222 },
    },
    { toml: '', reads: ({ lameDuck }) => lameDuck, as: { durationMs: 120_000, graceMs: 10_000 } },
    {
      toml: 'lame_duck = { duration = "30s", grace_period = "0s" }',
      reads: ({ lameDuck }) => lameDuck,
      as: { durationMs: 30_000, graceMs: 0 },
    },
    { toml: 'log.format = "nats"', reads: ({ log }) => log.format, as: 'nats' },
    {
      words: '127.0.0.1:7777',
      reads: ({ line }) => line.listeners[0],
      as: { host: '127.0.0.1', port: 7777 },
    },
    { toml: 'line.enabled = false', words: '--line :7', reads: ({ line }) => line.enabled, as: true },
    { words: '--no-line', reads: ({ line }) => line.enabled, as: false },
    { words: '--no-nats', reads: ({ nats }) => nats.enabled, as: false },
    { words: '-D', reads: level, as: 'debug' },
    { words: '-V', reads: level, as: 'trace' },
    { words: '-DV', reads: level, as: 'trace' },
    { words: '-D --log-level warn', reads: level, as: 'warn' },
    { toml: 'log.level = "fatal"', words: '-D', reads: level, as: 'debug' },
    { words: '--log-format json', reads: ({ log }) => log.format, as: 'json' },
    { words: '-l x.log', reads: ({ log }) => log.file, as: 'x.log' },
    { words: '-P x.pid', reads: ({ pidFile }) => pidFile, as: 'x.pid' },
    { words: '--name n', reads: ({ serverName }) => serverName, as: 'n' },
    {
      words: '--user u --pass p',
      reads: ({ authorization: { user, password } }) => user! + password,
      as: 'up',
    },
    { words: '--auth t', reads: ({ authorization }) => authorization.token, as: 't' },
  ];
  for (const { reads, as, ...source } of right) {
    it(`reads ${JSON.stringify(source)} as ${JSON.stringify(as)}`, async () =>
      expect(reads((await load(source)).config)).to.deep.equal(as));
  }

  const wrong: readonly (Case & { readonly says: readonly string[] })[] = [
    {
      toml: 'flow.write_deadlin = "2s"',
      says: ['c.toml: flow.write_deadlin: unknown key, did you mean flow.write_deadline?'],
    },
    {
      toml: 'write_deadline = "2s"',
      says: ['c.toml: write_deadline: unknown key, did you mean flow.write_deadline?'],
    },
    {
      toml: 'limits.colour = 1',
      says: [
        'c.toml: limits.colour: unknown key, allowed: limits.max_connections, limits.max_connections_per_address, limits.accept_rate, limits.accept_burst, limits.ingress_messages, limits.ingress_bytes, limits.ingress_burst, limits.max_subscriptions, limits.max_subject_tokens',
      ],
    },
    {
      toml: 'colour = 1',
      says: [
        'c.toml: colour: unknown key, allowed: listener, server_name, server_tags, pid_file, ports_file_dir, banner, system_account, default_sentinel, operator, accounts, mappings, resolver_preload',
      ],
    },
    { toml: '[flwo]\nhigh_water = 1', says: ['c.toml: flwo: unknown table, did you mean [flow]?'] },
    { toml: 'flow = 3', says: ['c.toml: flow = 3: not a table, allowed: [flow]'] },
    {
      toml: '[listener]\nport = 4222',
      says: [
        'c.toml: listener = {"port":4222}: not an address, allowed: host:port, [ipv6]:port, :port (every interface), *:port (IPv6 as well) or a port; port -1 is any free one',
      ],
    },
    {
      toml: 'line.listener = "nowhere"',
      says: [
        'c.toml: line.listener = "nowhere": not an address, allowed: host:port, [ipv6]:port, :port (every interface), *:port (IPv6 as well) or a port; port -1 is any free one',
      ],
    },
    {
      toml: 'flow.write_deadline = 2',
      says: [
        'c.toml: flow.write_deadline = 2: not a duration, allowed: 1ms to 10m, such as "2s", "500ms" or "2m"',
      ],
    },
    {
      toml: 'flow.write_deadline = "0s"',
      says: ['c.toml: flow.write_deadline = "0s": out of range, allowed: 1ms to 10m'],
    },
    {
      toml: 'nats.max_payload = "1TB"',
      says: [
        'c.toml: nats.max_payload = "1TB": not a size, allowed: -1 (no limit) or 1 to 64MiB, such as 1048576, "64KiB" or "1MB"',
      ],
    },
    {
      toml: 'nats.max_payload = "1GiB"',
      says: ['c.toml: nats.max_payload = "1GiB": out of range, allowed: -1 (no limit) or 1 to 64MiB'],
    },
    { toml: 'nats.ping_max = 0', says: ['c.toml: nats.ping_max = 0: out of range, allowed: 1 to 100'] },
    {
      toml: 'nats.ping_max = 1.5',
      says: ['c.toml: nats.ping_max = 1.5: not a whole number, allowed: 1 to 100'],
    },
    {
      toml: 'nats.enabled = "yes"',
      says: ['c.toml: nats.enabled = "yes": not a boolean, allowed: true or false'],
    },
    {
      toml: 'log.level = "loud"',
      says: [
        'c.toml: log.level = "loud": not a choice, allowed: trace, debug, info, warn, error, fatal, silent',
      ],
    },
    {
      toml: 'server_name = "a b"',
      says: ['c.toml: server_name = "a b": not usable, allowed: text without spaces, or "" for none'],
    },
    {
      toml: 'authorization.token = 12345',
      says: [
        'c.toml: authorization.token: not usable, allowed: text without control characters, or "" for none',
      ],
    },
    {
      toml: 'flow.low_water = "2MiB"',
      says: ['c.toml: flow.low_water = "2MiB": must be below flow.high_water, which is 1MiB'],
    },
    {
      toml: 'flow.high_water = "128KiB"',
      says: ['flow.low_water = "256KiB" (the default): must be below flow.high_water, which is 128KiB'],
    },
    {
      toml: 'flow.high_water = "64MiB"',
      says: ['c.toml: flow.high_water = "64MiB": must be below flow.max_pending, which is 64MiB'],
    },
    {
      toml: 'flow.max_pending = "2MiB"\nnats.max_payload = "4MiB"',
      says: ['c.toml: nats.max_payload = "4MiB": must be at most flow.max_pending, which is 2MiB'],
    },
    {
      toml: 'listener = []',
      says: [
        'c.toml: listener = []: not an address, allowed: host:port, [ipv6]:port, :port (every interface), *:port (IPv6 as well) or a port; port -1 is any free one',
      ],
    },
    {
      toml: 'listener = [4222, "nowhere"]',
      says: [
        'c.toml: listener = [4222,"nowhere"]: not an address, allowed: host:port, [ipv6]:port, :port (every interface), *:port (IPv6 as well) or a port; port -1 is any free one',
      ],
    },
    {
      toml: 'monitor.listener = "x"',
      says: [
        'c.toml: monitor.listener = "x": not an address, allowed: host:port, [ipv6]:port, :port (every interface), *:port (IPv6 as well) or a port; port -1 is any free one; "" for none',
      ],
    },
    {
      toml: 'server_tags = ["a,b"]',
      says: [
        'c.toml: server_tags = ["a,b"]: not a list of what is allowed: words without commas, as in ["a", "b c"]',
      ],
    },
    {
      toml: 'lame_duck.duration = "5s"',
      says: ['lame_duck.grace_period = "10s" (the default): must be below lame_duck.duration, which is 5s'],
    },
    {
      toml: 'limits.max_subject_tokens = 256',
      says: ['c.toml: limits.max_subject_tokens = 256: out of range, allowed: 0 to 255'],
    },
    {
      environment: { SLUICE_TLS_CERT_FILE: 'c' },
      says: ['SLUICE_TLS_CERT_FILE=c: needs tls.key_file as well'],
    },
    {
      toml: 'authorization.users = [{ user = "a", password = "b" }]',
      words: '--auth t',
      says: ['--auth: excludes users, such as authorization.users[0]'],
    },
    { words: '--pass p', says: ['--pass: needs authorization.user as well'] },
    { words: '--user u', says: ['--user u: needs authorization.password as well'] },
    {
      toml: 'line.enabled = false',
      words: '--no-nats',
      says: ['--no-nats and c.toml: line.enabled = false: nothing to listen on, allowed: one of them'],
    },
    {
      toml: 'line.enabled = false\nnats.ping_max = 0',
      words: '--no-nats',
      says: [
        'c.toml: nats.ping_max = 0: out of range, allowed: 1 to 100',
        '--no-nats and c.toml: line.enabled = false: nothing to listen on, allowed: one of them',
      ],
    },
    {
      toml: 'flow.high_water = "much"\nflow.low_water = "3MiB"',
      environment: { SLUICE_FLOW_HIGH_WATER: '2MiB' },
      says: [
        'c.toml: flow.high_water = "much": not a size, allowed: 2 to 1GiB, such as 1048576, "64KiB" or "1MB"',
        'c.toml: flow.low_water = "3MiB": must be below flow.high_water, which is 2MiB',
      ],
    },
    {
      environment: { SLUICE_NATS_PING_MAX: 'many' },
      says: ['SLUICE_NATS_PING_MAX=many: not a whole number, allowed: 1 to 100'],
    },
    {
      environment: { SLUICE_LINE_ENABLED: 'maybe' },
      says: ['SLUICE_LINE_ENABLED=maybe: not a boolean, allowed: true or false'],
    },
    { words: '-p 99999', says: ['--port 99999: not a port, allowed: -1 (any free port) or 1 to 65535'] },
    { words: '-p 4k', says: ['--port 4k: not a port, allowed: -1 (any free port) or 1 to 65535'] },
    { words: '-a a:b', says: ['--addr a:b: not a host, allowed: a host name or an IP address'] },
    {
      words: '127.0.0.1:99999',
      says: [
        '127.0.0.1:99999: not an address, allowed: host:port, [ipv6]:port, :port (every interface), *:port (IPv6 as well) or a port; port -1 is any free one',
      ],
    },
    { toml: 'a = ', says: ['c.toml:1:5: not TOML: invalid value'] },
    {
      toml: 'listner = 1\n[flow]\nlow_watr = 3\n[nats]\nping_max = 0',
      words: '--log-level loud',
      says: [
        '--log-level loud: not a choice, allowed: trace, debug, info, warn, error, fatal, silent',
        'c.toml: listner: unknown key, did you mean listener?',
        'c.toml: flow.low_watr: unknown key, did you mean flow.low_water?',
        'c.toml: nats.ping_max = 0: out of range, allowed: 1 to 100',
      ],
    },
    {
      toml: [
        'flow = { high_water = "much", low_water = "2MiB" }',
        'lame_duck.duration = "5s"',
        'system_account = "B"',
        '[authorization]',
        'password = "p"',
        'users = [{ user = 3 }]',
        'no_auth_user = "ann"',
      ].join('\n'),
      says: [
        'lame_duck.grace_period = "10s" (the default): must be below lame_duck.duration, which is 5s',
        'c.toml: flow.high_water = "much": not a size, allowed: 2 to 1GiB, such as 1048576, "64KiB" or "1MB"',
        'c.toml: system_account = "B": no such account, allowed: $SYS',
        'c.toml: authorization.password: needs authorization.user as well',
        'c.toml: authorization.users[0].user = 3: not usable, allowed: text without control characters',
      ],
    },
    {
      // What the flag overrides is still wrong in the file.
      toml: 'log.level = "loud"',
      words: '--log-level info',
      says: [
        'c.toml: log.level = "loud": not a choice, allowed: trace, debug, info, warn, error, fatal, silent',
      ],
    },
  ];
  for (const { says, ...source } of wrong) {
    it(`refuses ${JSON.stringify(source)}`, async () => expect(await problems(source)).to.deep.equal(says));
  }

  it('says where in the file', async () => {
    await writeFile(file, '[flow]\nhigh_watr = 1\n\n[nats]\n  ping_max = 0\n  listener = [4222,\n    "x"]\n');
    const error = await loadConfig({ file }).catch((reason: Error) => reason);
    const places = (error as Error).message.replaceAll(file, 'c.toml').match(/^c\.toml:\d+:\d+: [\w.]+/gm);
    expect(places).to.deep.equal([
      'c.toml:2:1: flow.high_watr',
      'c.toml:5:3: nats.ping_max',
      'c.toml:6:3: nats.listener',
    ]);
  });

  it('lists files that cannot be read beside all other problems', async () => {
    await writeFile(
      file,
      `[nats]
ping_max = 0
[tls]
certificates = [{ cert_file = "none/a.pem", key_file = "${file}" }]
[websocket]
tls_cert_file = "none/w.pem"
tls_key_file = "none/w.key"
[[leaf.remotes]]
url = "tls://127.0.0.1"
credentials = "none/hub.creds"
tls_ca_file = "none/ca.pem"
`,
    );
    const error = await loadConfig({ file }).catch((reason: Error) => reason);
    const lines = (error as Error).message.replaceAll(file, 'c.toml').split('\n');
    expect(lines[0]).to.match(/^c\.toml:2:1: nats\.ping_max = 0: /);
    expect(lines.slice(1).map((line) => line.replace(/^c\.toml:\d+:\d+: /, ''))).to.have.members(
      [
        'tls.certificates[0].cert_file = "none/a.pem"',
        'websocket.tls_cert_file = "none/w.pem"',
        'websocket.tls_key_file = "none/w.key"',
        'leaf.remotes[0].credentials = "none/hub.creds"',
        'leaf.remotes[0].tls_ca_file = "none/ca.pem"',
      ].map((name) => `${name}: cannot be read: no such file or directory`),
    );
  });

  it('names a file that is not there', async () => {
    const error = await loadConfig({ file: join(directory, 'none.toml') }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SluiceError).with.property('code', 'CONFIG_UNREADABLE');
    expect(error)
      .to.have.property('message')
      .that.matches(/none\.toml: no such file or directory$/);
  });

  for (const [name, says] of [
    ['SLUICE_LOG_LEVL', 'SLUICE_LOG_LEVL: unknown variable, did you mean SLUICE_LOG_LEVEL?'],
    ['SLUICE_COLOUR', 'SLUICE_COLOUR: unknown variable, allowed: those of docs/config.md'],
  ] as const) {
    it(`refuses the variable ${name}`, async () =>
      expect(await problems({ environment: { [name]: 'x' } })).to.deep.equal([says]));
  }

  it('refuses the variable SLUICE_PORT, unless it is the address of a service', async () => {
    const [says, ...more] = await problems({ environment: { SLUICE_PORT: '4999' } });
    expect(says).to.match(/^SLUICE_PORT: unknown variable, allowed: those of docs\/config\.md$/);
    expect(more).to.deep.equal([]);
  });

  for (const name of [
    ...['SLUICE_LINE', 'SLUICE_URL', 'NATS_URL', 'SLUICE_SERVICE_HOST', 'SLUICE_SERVICE_PORT'],
    ...['SLUICE_SERVICE_PORT_NATS', 'SLUICE_PORT_4222_TCP', 'SLUICE_PORT_4222_TCP_ADDR'],
    ...['SLUICE_NATS_SERVICE_HOST', 'SLUICE_NATS_PORT_4222_TCP_PROTO'],
  ]) {
    it(`leaves alone the variable ${name}`, async () =>
      expect((await load({ environment: { [name]: 'x' } })).warnings).to.deep.equal([]));
  }

  it('takes no address of a service for a port', async () => {
    const environment = { SLUICE_NATS_PORT: 'tcp://10.0.0.7:4222', SLUICE_PORT: 'tcp://10.0.0.7:4222' };
    expect((await load({ environment })).settings).to.deep.equal((await load({})).settings);
  });

  it('takes other defaults, which everything wins over', async () => {
    const given = (key: string, value: unknown) => ({
      field: FIELDS.get(key)!,
      value,
      origin: `${key} (guise)`,
    });
    const defaults = { given: [given('listener', ':1'), given('server_name', 'x')], problems: [] };
    const { config, givenKeys } = await loadConfig({ defaults, environment: { SLUICE_SERVER_NAME: 'y' } });
    expect(config.nats.listeners).to.deep.equal([{ host: '0.0.0.0', port: 1 }]);
    expect(config.serverName).to.equal('y');
    expect([...givenKeys]).to.have.members(['listener', 'server_name']);
  });

  it('takes an object shaped like the file', () => {
    expect(configFrom({ flow: { write_deadline: '50ms' } }).flow.writeDeadlineMs).to.equal(50);
    expect(() => configFrom({ flow: { write_deadline: 'soon' } })).to.throw(
      SluiceError,
      /^flow\.write_deadline = "soon": not a/,
    );
  });

  it('says of an object what breaks a rule beside what is wrong by itself', () => {
    expect(() =>
      configFrom({
        flow: { high_water: 'much', low_water: '2MiB' },
        lame_duck: { duration: '5s' },
        authorization: { password: 'p', users: [{ user: 'ann', password: 'q', admin: true } as never] },
      }),
    ).to.throw(
      SluiceError,
      /^flow\.high_water = "much": not a size[^\n]+\n[^\n]*users\[0\]\.admin[^\n]*: unknown key[^\n]+\nauthorization\.password: needs authorization\.user as well\nlame_duck\.grace_period: must be below[^\n]+$/,
    );
  });
});
