import { inspect } from 'node:util';
import { expect } from 'chai';
import { FIELDS } from '../../lib/config/fields.js';
import { parseDuration } from '../../lib/config/units.js';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { SluiceError } from '../../lib/domain/errors.js';
import { camelCase } from '../../lib/embed/setting-shapes.js';
import { type BrokerSettings, configOf } from '../../lib/embed/settings.js';

const where = (settings: BrokerSettings) => {
  const { nats, line, monitor } = configOf(settings);
  return {
    nats: nats.enabled ? nats.listeners : [],
    line: line.enabled ? line.listeners : [],
    monitor: monitor.listener,
  };
};
const at = (host: string, port: number) => ({ host, port });
const NATS = [at('127.0.0.1', 4222)];
const LINE = [at('0.0.0.0', 8889)];
const MONITOR = at('127.0.0.1', 8222);

describe('embed/settings', () => {
  it('are those of the file, with the same defaults', () => {
    expect(configOf({ line: true })).to.deep.equal(configFrom());
    expect(configOf()).to.deep.equal(configFrom({ line: { enabled: false } }));
    expect(configOf({ listener: ':1', line: { listener: 2 }, flow: { policy: 'drop' } })).to.deep.equal(
      configFrom({ listener: ':1', line: { listener: 2 }, flow: { policy: 'drop' } }),
    );
  });

  const rows: readonly (readonly [BrokerSettings, Partial<ReturnType<typeof where>>])[] = [
    [{}, {}],
    [
      { nats: true, line: true, monitor: true },
      { line: LINE, monitor: MONITOR },
    ],
    [
      { nats: {}, line: {}, monitor: {} },
      { line: LINE, monitor: MONITOR },
    ],
    [{ nats: undefined, line: undefined, monitor: undefined }, {}],
    [{ line: { enabled: false } }, {}],
    [{ line: { maxLine: 99 } }, { line: LINE }],
    [{ nats: { enabled: false } }, { nats: [] }],
    [{ monitor: { listener: '' } }, {}],
    [{ monitor: { listener: 1 } }, { monitor: at('127.0.0.1', 1) }],
    [{ nats: { listener: '[::1]:1' } }, { nats: [at('::1', 1)] }],
    [
      { nats: { listener: [1, 2] }, line: { listener: 3 } },
      { nats: [at('127.0.0.1', 1), at('127.0.0.1', 2)], line: [at('0.0.0.0', 3)] },
    ],
    [{ nats: { port: 0 } }, { nats: [at('127.0.0.1', 0)] }],
    [{ nats: { host: '::1' } }, { nats: [at('::1', 4222)] }],
    [{ nats: { host: 'localhost', port: 5 } }, { nats: [at('localhost', 5)] }],
    [{ nats: { port: 5, max_payload: 9 } }, { nats: [at('127.0.0.1', 5)] }],
    [{ nats: false }, { nats: [] }],
    [{ nats: { port: -1 } }, { nats: [at('127.0.0.1', 0)] }],
    [{ line: { port: 0 } }, { line: [at('0.0.0.0', 0)] }],
    [{ line: { host: '127.0.0.1', port: 6, max_line: 99 } }, { line: [at('127.0.0.1', 6)] }],
    [{ line: false }, { line: [] }],
    [{ monitor: { port: 0 } }, { monitor: at('127.0.0.1', 0) }],
    [{ monitor: { host: '0.0.0.0' } }, { monitor: at('0.0.0.0', 8222) }],
    [{ monitor: false }, {}],
  ];
  for (const [settings, said] of rows)
    it(`${JSON.stringify(settings)} says where`, () =>
      expect(where(settings)).to.deep.equal({ nats: NATS, line: [], monitor: undefined, ...said }));

  it('leaves the rest of a table what it is', () => {
    expect(configOf({ nats: { port: 0, max_payload: 9 } }).nats.maxPayloadBytes).to.equal(9);
    expect(configOf({ line: { port: 0, max_line: 99 } }).line.maxLineBytes).to.equal(99);
  });

  const wrong: readonly (readonly [object, ...string[]])[] = [
    [{ nats: { port: 65_536 } }, 'nats.port = 65536: not a port, allowed: -1 (any free port) or 1 to 65535'],
    [{ nats: { port: 1.5 } }, 'nats.port = 1.5: not a port, allowed: -1 (any free port) or 1 to 65535'],
    [{ line: { port: '1' } }, 'line.port = "1": not a port, allowed: -1 (any free port) or 1 to 65535'],
    [{ line: { host: 'a b' } }, 'line.host = "a b": not a host, allowed: a host name or an IP address'],
    [{ nats: { port: 1 }, listener: '2' }, 'nats.port: excluded by listener, which says where already'],
    [
      { line: { host: 'a', listener: '2' } },
      'line.host: excluded by line.listener, which says where already',
    ],
    [
      { monitor: { port: -2 }, limits: { max_connections: 0 } },
      'monitor.port = -2: not a port, allowed: -1 (any free port) or 1 to 65535',
      'limits.max_connections = 0: out of range, allowed: 1 to 1000000',
    ],
    [{ limits: { max_connections: 0 } }, 'limits.max_connections = 0: out of range, allowed: 1 to 1000000'],
    [{ nats: 3 }, 'nats: not usable, allowed: an object with any of host, port, listener, enabled, maxC'],
    [{ nats: null }, 'nats: not usable, allowed: an object with'],
    [{ line: [] }, 'line: not usable, allowed: an object with'],
    [{ monitor: 'x' }, 'monitor: not usable, allowed: an object with any of host, port, listener'],
    [
      { nats: { prot: 0 } },
      'nats.prot: unknown key, did you mean port? allowed: host, port, listener, enabled, maxControlLine, maxPayload, ' +
        'maxHeader, pingInterval, pingMax, flow',
    ],
    [{ port: 0 }, 'port: unknown key, did you mean nats.port? allowed: listener, serverName, '],
    [{ maxPayload: 0 }, 'maxPayload: unknown key, did you mean nats.maxPayload? allowed: '],
    [{ logLevel: 'debug' }, 'logLevel: unknown key, did you mean log.level? allowed: '],
    [{ tls: { certFile: 'c' } }, 'tls.certFile: needs tls.keyFile as well'],
    [{ flow: { high_water: '128KiB' } }, 'flow.lowWater: must be below flow.high_water, which is 128KiB'],
    [{ logr: 1 }, 'logr: unknown key, did you mean log? allowed: '],
    [{ nats: { port: 1, listener: 2 } }, 'nats.port: excluded by nats.listener, which says where already'],
    [{ nats: { listener: 1 }, listener: 2 }, 'nats.listener: excluded by listener, which is the same'],
    [{ nats: { listener: 'x:y' } }, 'nats.listener = "x:y": not an address'],
    [
      { nats: { maxPayload: 1, max_payload: 1 } },
      'nats.max_payload: excluded by nats.maxPayload, which is the same',
    ],
    [{ lame_duck: {}, lameDuck: {} }, 'lameDuck: excluded by lame_duck, which is the same'],
    [{ flow: { writeDeadline: 0 } }, 'flow.writeDeadline = 0: out of range, allowed: 1ms to 10m'],
    [{ flow: { writeDeadline: 1.5 } }, 'flow.writeDeadline = 1.5: not a whole number of milliseconds'],
    [{ flow: { writeDeadline: -1 } }, 'flow.writeDeadline = -1: not a whole number of milliseconds'],
    [{ flow: { writeDeadline: Number.NaN } }, 'flow.writeDeadline = NaN: not a whole number of milliseconds'],
    [{ flow: { write_deadline: 'x' } }, 'flow.write_deadline = "x": not a duration'],
    [{ flow: { writeDeadline: () => 5 } }, 'flow.writeDeadline: not a duration'],
    [{ limits: { maxConnections: () => 5 } }, 'limits.maxConnections: not a whole number'],
    [{ limits: { maxConnections: 5n } }, 'limits.maxConnections: not a whole number'],
    [{ flow: 5 }, 'flow: not usable, allowed: an object with any of policy, highWater'],
    [{ flow: null }, 'flow: not usable, allowed: an object'],
    [{ flow: { policy: new Map() } }, 'flow.policy: not a choice'],
    [
      { authorization: { users: [{ user: 'u', password: 'p', permission: {} }] } },
      'authorization.users[0].permission: unknown key, did you mean permissions? allowed: ',
    ],
    [
      {
        accounts: {
          myShop: { users: [{ user: 'u', password: 'p', permissions: { allowResponses: { expires: -1 } } }] },
        },
      },
      'accounts.myShop.users[0].permissions.allowResponses.expires = -1: not a whole number of milliseconds',
    ],
    [
      {
        accounts: {
          myShop: { users: [{ user: 'u', password: 'p', permissions: { allowResponses: { max: 0 } } }] },
        },
      },
      'accounts.myShop.users[0].permissions.allowResponses.max = 0: not usable',
    ],
    [{ limits: [] }, 'limits: not usable, allowed: an object'],
    [
      { authorization: { defaultPermissions: new Map() } },
      'authorization.defaultPermissions: not usable, allowed: an object',
    ],
    [{ accounts: [] }, 'accounts: not a table'],
  ];
  for (const [settings, ...says] of wrong)
    it(`refuses ${inspect(settings, { depth: 9, breakLength: Number.POSITIVE_INFINITY })}`, () => {
      let error: unknown;
      try {
        configOf(settings as BrokerSettings);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).to.be.instanceOf(SluiceError).with.property('code', 'CONFIG_INVALID');
      const lines = (error as SluiceError).message.split('\n');
      expect(lines.length, lines.join('\n')).to.equal(says.length);
      for (const [index, line] of lines.entries()) expect(line.startsWith(says[index]!), line).to.equal(true);
    });

  it('are taken in either spelling, and durations in milliseconds', () => {
    const camel: BrokerSettings = {
      serverName: 'x',
      nats: { maxPayload: '1KiB', pingInterval: 5_000, port: 1 },
      line: { idleTimeout: 0, maxLine: 99 },
      flow: { highWater: 2_048, lowWater: 1_024, writeDeadline: 50 },
      lameDuck: { duration: 2_000, gracePeriod: '1s' },
      shutdown: { deadline: 5 },
      authorization: {
        timeout: 1_500,
        defaultPermissions: { allowResponses: { expires: 5 } },
        users: [{ user: 'u', password: 'p', allowedConnectionTypes: ['STANDARD'] }],
      },
      accounts: {
        max_payload: { exports: [{ service: 'a', responseType: 'Stream', responseThreshold: 5 }] },
        camelCase: {
          defaultPermissions: { publish: 'a' },
          imports: [{ service: { account: 'max_payload', subject: 'a' } }],
        },
      },
    };
    const underscored: SettingsInput = {
      server_name: 'x',
      listener: '127.0.0.1:1',
      nats: { max_payload: '1KiB', ping_interval: '5s' },
      line: { idle_timeout: '0s', max_line: 99 },
      flow: { high_water: 2_048, low_water: 1_024, write_deadline: '50ms' },
      lame_duck: { duration: '2s', grace_period: '1s' },
      shutdown: { deadline: '5ms' },
      authorization: {
        timeout: '1500ms',
        default_permissions: { allow_responses: { expires: '5ms' } },
        users: [{ user: 'u', password: 'p', allowed_connection_types: ['STANDARD'] }],
      },
      accounts: {
        max_payload: { exports: [{ service: 'a', response_type: 'Stream', response_threshold: '5ms' }] },
        camelCase: {
          default_permissions: { publish: 'a' },
          imports: [{ service: { account: 'max_payload', subject: 'a' } }],
        },
      },
    };
    expect(configOf(camel)).to.deep.equal(configFrom(underscored));
    expect(configOf(underscored)).to.deep.equal(configFrom(underscored));
  });

  it('every setting is taken in camelCase, and every duration as a number', () => {
    for (const { key, path, kind, fallback } of FIELDS.values()) {
      if (kind === 'tree') continue;
      const value = kind === 'duration' ? parseDuration(String(fallback)) : fallback;
      const [head = '', name] = path.map(camelCase);
      const settings = name === undefined ? { [head]: value } : { [head]: { [name]: value } };
      expect(() => configOf(settings as BrokerSettings), key).not.to.throw();
    }
  });

  it('never shows a secret', () => {
    const secret = 'hunter2\n';
    expect(() => configOf({ authorization: { token: secret } })).to.throw(
      SluiceError,
      /^authorization\.token: not/,
    );
  });
});
