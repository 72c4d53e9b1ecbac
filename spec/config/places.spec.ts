import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseArguments } from '../../lib/cli/arguments.js';
import { formatAddress, loadConfig } from '../../lib/config.js';
import { SluiceError } from '../../lib/domain/errors.js';

interface Sources {
  readonly toml?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
}

const TWO = 'listener = ["127.0.0.1:1", "[::1]:1"]';

describe('config/places', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-places-'));
  });
  after(() => rm(directory, { recursive: true }));

  async function load({ toml = '', environment = {}, words = [] }: Sources) {
    const file = join(directory, 'c.toml');
    await writeFile(file, toml);
    const { config } = await loadConfig({ ...(await parseArguments(words, '0')), file, environment });
    const { nats, line, monitor } = config;
    return {
      nats: nats.listeners.map(formatAddress),
      line: line.listeners.map(formatAddress),
      monitor: monitor.listener && formatAddress(monitor.listener),
    };
  }

  const rows: readonly (readonly [Sources, Partial<Awaited<ReturnType<typeof load>>>])[] = [
    [{ toml: '[nats]\nport = 5' }, { nats: ['127.0.0.1:5'] }],
    [{ toml: '[nats]\nhost = "::1"\nport = "6"' }, { nats: ['[::1]:6'] }],
    [{ toml: '[nats]\nport = 0' }, { nats: ['127.0.0.1:-1'] }],
    [{ toml: '[nats]\nlistener = ["127.0.0.1:1", "127.0.0.1:2"]' }, { nats: ['127.0.0.1:1', '127.0.0.1:2'] }],
    [{ toml: '[line]\nport = 7' }, { line: ['0.0.0.0:7'] }],
    [{ toml: '[line]\nhost = "127.0.0.1"' }, { line: ['127.0.0.1:8889'] }],
    [{ toml: '[monitor]\nport = 8' }, { monitor: '127.0.0.1:8' }],
    [{ toml: '[monitor]\nhost = "::1"' }, { monitor: '[::1]:8222' }],
    [{ environment: { SLUICE_NATS_PORT: '5' } }, { nats: ['127.0.0.1:5'] }],
    [{ environment: { SLUICE_NATS_HOST: '::1' } }, { nats: ['[::1]:4222'] }],
    [
      { environment: { SLUICE_NATS_LISTENER: '127.0.0.1:1,127.0.0.1:2' } },
      { nats: ['127.0.0.1:1', '127.0.0.1:2'] },
    ],
    [
      { environment: { SLUICE_LINE_PORT: '7', SLUICE_MONITOR_PORT: '8' } },
      { line: ['0.0.0.0:7'], monitor: '127.0.0.1:8' },
    ],
    [{ toml: TWO, environment: { SLUICE_NATS_PORT: '5' } }, { nats: ['127.0.0.1:5', '[::1]:5'] }],
    [{ toml: TWO, environment: { SLUICE_NATS_HOST: 'localhost' } }, { nats: ['localhost:1'] }],
    [{ toml: '[nats]\nport = 5', environment: { SLUICE_LISTENER: '6' } }, { nats: ['127.0.0.1:6'] }],
    [{ toml: '[nats]\nport = 5', environment: { SLUICE_NATS_HOST: '::1' } }, { nats: ['[::1]:5'] }],
    [{ toml: '[nats]\nport = 5', words: ['--port', '6'] }, { nats: ['127.0.0.1:6'] }],
    [{ toml: '[nats]\nport = 5', words: ['--addr', '::1'] }, { nats: ['[::1]:5'] }],
  ];
  const defaults = { nats: ['127.0.0.1:4222'], line: ['0.0.0.0:8889'], monitor: undefined };
  for (const [sources, places] of rows)
    it(`${JSON.stringify(sources)} says where`, async () =>
      expect(await load(sources)).to.deep.equal({ ...defaults, ...places }));

  const wrong: readonly (readonly [Sources, ...RegExp[]])[] = [
    [{ toml: '[nats]\nport = 65536' }, /nats\.port = 65536: not a port, allowed: /],
    [{ toml: '[nats]\nport = 1.5' }, /nats\.port = 1\.5: not a port/],
    [{ toml: '[nats]\nport = true' }, /nats\.port = true: not a port/],
    [{ toml: '[nats]\nhost = 5' }, /nats\.host = 5: not a host, allowed: a host name or an IP address/],
    [{ toml: '[line]\nhost = "a b"' }, /line\.host = "a b": not a host/],
    [
      { toml: 'listener = "1"\n[nats]\nport = 5' },
      /nats\.port = 5: excluded by listener, which says where already/,
    ],
    [{ toml: '[monitor]\nlistener = "1"\nport = 5' }, /monitor\.port = 5: excluded by monitor\.listener/],
    [
      { toml: 'listener = "1"\n[nats]\nlistener = "2"' },
      /nats\.listener: excluded by listener, which is the same/,
    ],
    [{ toml: '[nats]\nprot = 5' }, /nats\.prot: unknown key, did you mean nats\.port\?/],
    [{ environment: { SLUICE_NATS_PORT: 'x' } }, /^SLUICE_NATS_PORT=x: not a port/],
    [
      { environment: { SLUICE_NATS_PORT: '1', SLUICE_LISTENER: '2' } },
      /^SLUICE_NATS_PORT=1: excluded by listener/,
    ],
    [
      { environment: { SLUICE_NATS_LISTENER: '1', SLUICE_LISTENER: '2' } },
      /^SLUICE_NATS_LISTENER=1: excluded by SLUICE_LISTENER, which is the same/,
    ],
  ];
  for (const [sources, ...says] of wrong)
    it(`refuses ${JSON.stringify(sources)}`, async () => {
      const error: unknown = await load(sources).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(SluiceError).with.property('code', 'CONFIG_INVALID');
      const lines = (error as SluiceError).message.split('\n');
      expect(lines.length, lines.join('\n')).to.equal(says.length);
      for (const [index, line] of lines.entries()) expect(line).to.match(says[index]!);
    });
});
