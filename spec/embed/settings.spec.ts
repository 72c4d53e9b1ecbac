import { expect } from 'chai';
import { configFrom } from '../../lib/config.js';
import { type BrokerSettings, configOf } from '../../lib/embed/settings.js';
import { SluiceError } from '../../lib/errors.js';

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

describe('embed/settings', () => {
  it('are those of the file, with the same defaults', () => {
    expect(configOf()).to.deep.equal(configFrom());
    expect(configOf({ listener: ':1', line: { listener: 2 }, flow: { policy: 'drop' } })).to.deep.equal(
      configFrom({ listener: ':1', line: { listener: 2 }, flow: { policy: 'drop' } }),
    );
  });

  const rows: readonly (readonly [BrokerSettings, Partial<ReturnType<typeof where>>])[] = [
    [{ nats: { port: 0 } }, { nats: [at('127.0.0.1', 0)] }],
    [{ nats: { host: '::1' } }, { nats: [at('::1', 4222)] }],
    [{ nats: { host: 'localhost', port: 5 } }, { nats: [at('localhost', 5)] }],
    [{ nats: { port: 5, max_payload: 9 } }, { nats: [at('127.0.0.1', 5)] }],
    [{ nats: false }, { nats: [] }],
    [{ line: { port: 0 } }, { line: [at('0.0.0.0', 0)] }],
    [{ line: { host: '127.0.0.1', port: 6, max_line: 99 } }, { line: [at('127.0.0.1', 6)] }],
    [{ line: false }, { line: [] }],
    [{ monitor: { port: 0 } }, { monitor: at('127.0.0.1', 0) }],
    [{ monitor: { host: '0.0.0.0' } }, { monitor: at('0.0.0.0', 8222) }],
    [{ monitor: false }, {}],
    [{ nats: {}, line: {}, monitor: {} }, {}],
  ];
  for (const [settings, said] of rows)
    it(`${JSON.stringify(settings)} says where`, () =>
      expect(where(settings)).to.deep.equal({ nats: NATS, line: LINE, monitor: undefined, ...said }));

  it('leaves the rest of a table what it is', () => {
    expect(configOf({ nats: { port: 0, max_payload: 9 } }).nats.maxPayloadBytes).to.equal(9);
    expect(configOf({ line: { port: 0, max_line: 99 } }).line.maxLineBytes).to.equal(99);
  });

  const wrong: readonly (readonly [object, ...string[]])[] = [
    [{ nats: { port: 65_536 } }, 'nats.port = 65536: not a port, allowed: 0 (any free port) to 65535'],
    [{ nats: { port: 1.5 } }, 'nats.port = 1.5: not a port, allowed: 0 (any free port) to 65535'],
    [{ line: { port: '1' } }, 'line.port = "1": not a port, allowed: 0 (any free port) to 65535'],
    [{ line: { host: 'a b' } }, 'line.host = "a b": not a host, allowed: a host name or an IP address'],
    [{ nats: { port: 1 }, listener: '2' }, 'nats.port: excluded by listener, which says where already'],
    [
      { line: { host: 'a', listener: '2' } },
      'line.host: excluded by line.listener, which says where already',
    ],
    [
      { monitor: { port: -1 }, limits: { max_connections: 0 } },
      'monitor.port = -1: not a port, allowed: 0 (any free port) to 65535',
      'limits.max_connections = 0: out of range, allowed: 1 to 1000000',
    ],
    [{ limits: { max_connections: 0 } }, 'limits.max_connections = 0: out of range, allowed: 1 to 1000000'],
    [{ nats: 3 }, 'nats: not a table'],
    [{ nats: null }, 'nats: not a table'],
    [{ nats: { prot: 1 } }, 'nats.prot: unknown key'],
  ];
  for (const [settings, ...says] of wrong)
    it(`refuses ${JSON.stringify(settings)}`, () => {
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

  it('never shows a secret', () => {
    const secret = 'hunter2\n';
    expect(() => configOf({ authorization: { token: secret } })).to.throw(
      SluiceError,
      /^authorization\.token: not/,
    );
  });
});
