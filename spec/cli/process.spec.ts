import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { killAll, sluice } from '../support/cli/process.js';

const ANYWHERE = ['-p', '-1', '--line', '127.0.0.1:-1'];

describe('the sluice process', () => {
  let cwd: string;
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
  });
  after(() => rm(cwd, { recursive: true }));
  afterEach(killAll);

  it('prints its version', async () => {
    const { output, ended } = sluice(['-v']);
    expect(await ended).to.equal(0);
    expect(output.out).to.match(/^sluice \d+\.\d+\.\d+ \(nats-server: v2\.\d+\.\d+\)\n$/);
  });

  it('listens where the banner says', async () => {
    const { said } = sluice(ANYWHERE, { cwd });
    for (const dialect of ['line', 'nats']) {
      const [, port] = await said(new RegExp(`${dialect}  127\\.0\\.0\\.1:(\\d+)`));
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    }
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const) {
    it(`ends with 0 on ${signal}, its log complete and its pid file gone`, async () => {
      const { child, said, ended } = sluice([...ANYWHERE, '-P', 'sluice.pid', '-l', 'sluice.log'], { cwd });
      await said(/is ready/);
      expect(readFileSync(join(cwd, 'sluice.pid'), 'utf8')).to.equal(`${child.pid}\n`);
      child.kill(signal);
      expect(await ended).to.equal(0);
      expect(existsSync(join(cwd, 'sluice.pid'))).to.equal(false);
      const last = readFileSync(join(cwd, 'sluice.log'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('shutting'));
      expect(JSON.parse(last.at(-1)!)).to.include({ level: 'info', signal });
    });
  }

  it('writes the times of its log in the local time zone, or in UTC', async () => {
    for (const [flags, hours] of [
      [[], 9],
      [['--logtime_utc'], 0],
    ] as const) {
      const env = { TZ: 'Asia/Tokyo' };
      const { said, child, ended } = sluice([...ANYWHERE, '--log-format', 'nats', ...flags], { cwd, env });
      const [, date = '', time = ''] = await said(
        /\[\d+\] (\d{4}\/\d\d\/\d\d) (\d\d:\d\d:\d\d)\.\d{6} \[INF\]/,
      );
      const shown = Date.parse(`${date.replaceAll('/', '-')}T${time}Z`);
      expect(Math.round((shown - Date.now()) / 3_600_000)).to.equal(hours);
      child.kill('SIGTERM');
      expect(await ended).to.equal(0);
    }
  });

  it('outlives the reader of its banner', async () => {
    const { child, said, ended } = sluice(ANYWHERE, { cwd });
    child.stdout?.destroy();
    await said(/"dialect":"nats"/); // logged just before the banner is written
    child.kill('SIGTERM');
    expect(await ended).to.equal(0);
  });

  it('outlives a log that fails, and says so once', async () => {
    if (!existsSync('/dev/full')) return;
    const { child, said, output, ended } = sluice([...ANYWHERE, '-DV', '-l', '/dev/full'], { cwd });
    await said(/until there is room/);
    child.kill('SIGTERM');
    expect(await ended).to.equal(0);
    expect(output.err).to.match(/^sluice: \/dev\/full: .*; lines wait or are dropped until there is room\n$/);
  });

  it('warns of a listener that other machines reach, in the banner and in the log', async () => {
    const { said, output } = sluice(['-p', '-1', '--line', ':-1'], { cwd });
    await said(/"level":"warn".*anyone who reaches 0\.0\.0\.0/);
    await said(/^warning: anyone who reaches 0\.0\.0\.0:\d+ may/m);
    expect(output.out).to.match(/telnet 127\.0\.0\.1 \d+ {4}then type: SUB greetings/);
  });

  it('reads ./config.toml', async () => {
    const home = await mkdtemp(join(tmpdir(), 'sluice-home-'));
    await writeFile(join(home, 'config.toml'), 'listener = "127.0.0.1:-1"\n[line]\nenabled = false\n');
    const { said, child, ended } = sluice([], { cwd: home, env: {} });
    await said(/configuration: config\.toml/);
    child.kill('SIGINT');
    expect(await ended).to.equal(0);
    await rm(home, { recursive: true });
  });

  it('prints no banner where standard output is no terminal', async () => {
    const { said, child, ended, output } = sluice(ANYWHERE, { cwd, env: { SLUICE_BANNER: '' } });
    await said(/"dialect":"nats"/);
    child.kill('SIGINT');
    expect(await ended).to.equal(0);
    expect(output.out).to.equal('');
  });

  it('refuses a variable it does not know', async () => {
    const { ended, output } = sluice(ANYWHERE, { cwd, env: { SLUICE_LOG_LEVL: 'debug' } });
    expect(await ended).to.equal(1);
    expect(output.err).to.equal(
      'sluice: SLUICE_LOG_LEVL: unknown variable, did you mean SLUICE_LOG_LEVEL?\n',
    );
  });

  it('checks a configuration', async () => {
    await writeFile(join(cwd, 'right.toml'), 'listener = "127.0.0.1:1"');
    const { output, ended } = sluice(['-t', '-c', 'right.toml'], { cwd });
    expect(await ended).to.equal(0);
    expect(output).to.deep.equal({ out: 'sluice: right.toml is valid\n', err: '' });
  });

  it('prints the configuration without its secrets', async () => {
    const env = { SLUICE_AUTHORIZATION_TOKEN: 'hunter2' };
    const { output, ended } = sluice(['--print-config', '-p', '4223'], { cwd, env });
    expect(await ended).to.equal(0);
    expect(output.out).to.include('listener = "127.0.0.1:4223"').and.include('token = "********"');
  });

  const refused: readonly [string, readonly string[], RegExp][] = [
    ['a wrong flag', ['--port', '99999'], /^sluice: --port 99999: not a port, allowed: .*\n$/],
    ['an unknown flag', ['--prot'], /^sluice: --prot: unknown option, did you mean --port\?\n$/],
    ['a missing file', ['none.toml'], /^sluice: none\.toml: no such file or directory\n$/],
    [
      'an unwritable log',
      [...ANYWHERE, '-l', 'none/x'],
      /^sluice: log\.file = "none\/x": no such file or directory\n$/,
    ],
    [
      'an unwritable pid file',
      [...ANYWHERE, '-P', 'none/x'],
      /^(?:\{.*\n)*sluice: pid_file = "none\/x": no such .*\n/,
    ],
  ];
  for (const [what, words, message] of refused) {
    it(`ends with 1 and one line on ${what}`, async () => {
      const { output, ended } = sluice(words, { cwd });
      expect(await ended).to.equal(1);
      expect(output.err).to.match(message);
      expect(output.out).to.equal('');
    });
  }

  it('ends with 1 and names the address that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { output, ended } = sluice([`127.0.0.1:${port}`, '-p', '-1'], { cwd });
    expect(await ended).to.equal(1);
    expect(output.err)
      .to.match(new RegExp(`^sluice: .*127\\.0\\.0\\.1:${port}.*\\n`, 'm'))
      .and.not.match(/^ +at /m);
    server.close();
  });
});
