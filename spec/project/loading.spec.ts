import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { Authority, credentialFiles } from '../support/certificates.js';
import { freshDirectory, Process, ROOT } from '../support/process.js';

interface Loaded {
  /** Below dist/, in the order in which they were loaded. */
  readonly files: readonly string[];
  /** Modules of Node, those of the measurement included. */
  readonly modules: readonly string[];
}

/** What a program has loaded by its end. */
async function loadedBy(start: (options: object, preload: string) => Process): Promise<Loaded> {
  const list = join(freshDirectory(), 'loaded.json');
  const preload = pathToFileURL(join(ROOT, 'build/spec/support/loaded-scripts.js')).href;
  await using program = start({ env: { LOADED_SCRIPTS: list, SLUICE_BANNER: 'auto' } }, preload);
  const { code } = await program.exited;
  expect(code, program.stderr).to.equal(0);
  const { scripts, modules } = JSON.parse(readFileSync(list, 'utf8')) as {
    scripts: string[];
    modules: string[];
  };
  const dist = join(ROOT, 'dist');
  const files = scripts.map((url) => relative(dist, fileURLToPath(url)).replaceAll('\\', '/'));
  return { files: files.filter((file) => !file.startsWith('..')), modules };
}

/** The command, until it is ready. */
function command(words: readonly string[]): Promise<Loaded> {
  const all = [join(ROOT, 'dist/cli.js'), '-a', '127.0.0.1', '-p', '-1', ...words];
  return loadedBy((options, preload) => {
    const program = new Process(process.execPath, ['--import', preload, ...all], options);
    void program
      .said(/"dialect":"nats","msg":"listening"|Listening for client connections/)
      .then(() => program.stop());
    return program;
  });
}

/** A program that embeds a broker. */
function embedding(settings: object): Promise<Loaded> {
  const library = pathToFileURL(join(ROOT, 'dist/index.js')).href;
  const code = `
    const { createBroker } = await import(${JSON.stringify(library)});
    const broker = await createBroker(${JSON.stringify(settings)});
    await broker.publish('a', 'b');
    await broker.close();`;
  return loadedBy(
    (options, preload) =>
      new Process(process.execPath, ['--import', preload, '--input-type=module', '--eval', code], options),
  );
}

function file(name: string, contents: string): string {
  const path = join(freshDirectory(), name);
  writeFileSync(path, contents);
  return path;
}

const PLAIN = ['cli.js', 'bundle/main.js', 'bundle/common.js'];

/** Modules of Node that a plain start does without. */
const MODULES = ['tls', '_tls_wrap', 'http', 'https', 'zlib', 'dns/promises'];

/** Folders and files whose code a plain broker of a program does without. */
const OPTIONAL = [
  ...['cli/', 'config/conf/', 'config/file', 'dialects/leaf/', 'dialects/line/index', 'links/'],
  ...['transport/websocket/upgrade', 'transport/dialer', 'log/nats', 'log/pretty', 'log/traces'],
  ...['transport/tls-context', 'transport/tls-negotiator', 'transport/tls-wire', 'transport/tls-client'],
  ...['monitor/live/', 'monitor/metrics/', 'monitor/monitor', 'monitor/listing'],
  ...['auth/account-resolver', 'auth/operator', 'auth/create-authenticator', 'auth/claims', 'system/answers'],
  ...['system/published', 'services/import-graph', 'broker/joins', 'broker/leaf-links', 'broker/page/'],
  ...['broker/monitor-control', 'broker/account-requests'],
];

const optionalIn = (files: readonly string[]): readonly string[] =>
  files.filter((name) => OPTIONAL.some((start) => name.startsWith(start)));

describe('loading', function () {
  this.timeout(60_000);

  it('is limited to three files for the command as it is without options', async () => {
    const { files, modules } = await command(['--no-line']);
    expect(files).to.have.members(PLAIN);
    expect(modules.filter((name) => MODULES.includes(name))).to.deep.equal([]);
  });

  const { certFile, keyFile } = credentialFiles(new Authority().issueServer());
  const CASES: readonly (readonly [what: string, words: readonly string[], more: readonly string[]])[] = [
    ['the line dialect', ['--line', '127.0.0.1:-1'], ['line.js']],
    ['TLS', ['--no-line', '--tls', '--tlscert', certFile, '--tlskey', keyFile], ['tls-tools.js']],
    ['the monitor', ['--no-line', '-m', '-1'], ['monitor.js', 'monitor-control.js', 'page-source.js']],
    [
      'leaf nodes',
      ['--no-line', '-c', file('leaf.toml', '[leaf]\nlistener = "127.0.0.1:-1"\n')],
      ['leaf-links.js'],
    ],
    [
      'WebSocket',
      ['--no-line', '-c', file('websocket.toml', '[websocket]\nlistener = "127.0.0.1:-1"\nno_tls = true\n')],
      ['websocket-transport.js', 'upgrade.js'],
    ],
    [
      'accounts',
      ['--no-line', '-c', file('accounts.toml', '[accounts.A]\nusers = [{ user = "a", password = "b" }]\n')],
      ['joins.js', 'file.js'],
    ],
    ["nats-server's language", ['--no-line', '-c', file('a.conf', 'listen: "127.0.0.1:-1"\n')], ['conf.js']],
    ["nats-server's log lines", ['--no-line', '--log-format', 'nats'], ['nats.js']],
    ['logins', ['--no-line', '--user', 'ann', '--pass', 'secret'], ['create-authenticator.js']],
  ];
  for (const [what, words, more] of CASES) {
    it(`adds the code of ${what} where that is on`, async () => {
      const { files } = await command(words);
      expect(files).to.include.members([...PLAIN, ...more.map((name) => `bundle/${name}`)]);
    });
  }

  it('leaves out, for a program with a plain broker, what that does not use', async () => {
    const { files, modules } = await embedding({ nats: { port: 0 } });
    expect(files).to.include('routing/core.js');
    expect(optionalIn(files)).to.deep.equal([]);
    expect(files.filter((name) => name.startsWith('jetstream/'))).to.deep.equal([]);
    expect(
      modules.filter((name) => ['tls', '_tls_wrap', 'http', 'dns/promises'].includes(name)),
    ).to.deep.equal([]);
  });

  it('adds JetStream for a program that enables it', async () => {
    const { files } = await embedding({ nats: { port: 0 }, jetstream: { enabled: true } });
    expect(files).to.include.members(['jetstream/jetstream.js', 'jetstream/api/errors.js']);
  });

  it('adds the line dialect for a program that listens for it', async () => {
    const { files } = await embedding({ nats: { port: 0 }, line: { host: '127.0.0.1', port: 0 } });
    expect(optionalIn(files)).to.deep.equal(['dialects/line/index.js']);
  });
});
