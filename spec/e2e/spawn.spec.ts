import { existsSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from 'nats';
import { Authority } from '../support/certificates.js';
import { LineClient } from '../support/line-client.js';
import {
  freshDirectory,
  Process,
  type ProcessOptions,
  ROOT,
  runSluice,
  startSluice,
} from '../support/process.js';
import { until } from '../support/until.js';

const ENDED_WELL = { code: 0, signal: null } as const;
const CLI = join(ROOT, 'dist', 'cli.js');
const ON_LOOPBACK = ['-a', '127.0.0.1', '-p', '-1'] as const;

/** A port that no other process has: the one the system gave to a broker that has ended. */
async function freePort(): Promise<number> {
  await using broker = await startSluice();
  await broker.stop();
  return broker.natsPort;
}

/** sluice through a link called nats-server. */
function asNatsServer(words: readonly string[], options: ProcessOptions = {}): Process {
  const link = join(freshDirectory(), 'nats-server');
  symlinkSync(CLI, link);
  return new Process(process.execPath, [link, ...words], options);
}

/** Waits for it to be ready, as harnesses do, and says where it listens. */
async function natsPortOf(server: Process): Promise<number> {
  await server.said(/\[INF\] Server is ready\n/);
  return Number(/Listening for client connections on 127\.0\.0\.1:(\d+)\n/.exec(server.stderr)?.[1]);
}

async function expectServed(port: number): Promise<void> {
  const client = await connect({ servers: `127.0.0.1:${port}`, reconnect: false });
  await client.flush();
  await client.close();
}

describe('sluice, spawned in the place of nats-server', () => {
  describe('its name', () => {
    it('answers -v as nats-server does', async () => {
      await using asked = asNatsServer(['-v']);
      expect(await asked.exited).to.deep.equal(ENDED_WELL);
      expect(asked.stdout).to.match(/^nats-server: v2\.11\.\d+\n$/);
    });

    it('checks a configuration on standard error, and complains by that name', async () => {
      const cwd = freshDirectory();
      writeFileSync(join(cwd, 'a.toml'), 'listener = "127.0.0.1:-1"\n');
      await using right = asNatsServer(['-t', '-c', 'a.toml'], { cwd });
      expect(await right.exited).to.deep.equal(ENDED_WELL);
      expect(right.stderr).to.equal('nats-server: configuration file a.toml is valid\n');
      await using wrong = asNatsServer(['-c', 'none.conf'], { cwd });
      expect(await wrong.exited).to.deep.equal({ code: 1, signal: null });
      expect(wrong.stderr).to.equal('nats-server: open none.conf: no such file or directory\n');
      writeFileSync(join(cwd, 'unparsed.conf'), 'host: 127.0.0.1\nport: {\n');
      await using unparsed = asNatsServer(['-c', 'unparsed.conf'], { cwd });
      expect(await unparsed.exited).to.deep.equal({ code: 1, signal: null });
      expect(unparsed.stderr).to.equal(
        "nats-server: unparsed.conf:2:7: Parse error on line 2: ''{' is not closed'\n",
      );
    });

    it('logs as nats-server does, prints no banner, and serves', async () => {
      await using server = asNatsServer([...ON_LOOPBACK, '-n', 'me']);
      const port = await natsPortOf(server);
      await expectServed(port);
      expect(await server.stop()).to.deep.equal(ENDED_WELL);
      expect(server.stdout).to.equal('');
      const start = String.raw`\[${server.pid}\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} \[INF\] `;
      const lines = server.stderr.trimEnd().split('\n');
      for (const line of lines) expect(line).to.match(new RegExp(`^${start}`));
      expect(lines.map((line) => line.replace(new RegExp(`^${start}`), ''))).to.include.members([
        'Starting nats-server',
        '  Name:     me',
        `Listening for client connections on 127.0.0.1:${port}`,
        'Server is ready',
        'Trapped "terminated" signal',
        'Initiating Shutdown...',
        'Server Exiting..',
      ]);
    });

    it('names its listener for WebSockets as nats-server does', async () => {
      const cwd = freshDirectory();
      const { cert, key } = new Authority().issueServer();
      writeFileSync(join(cwd, 'cert.pem'), cert);
      writeFileSync(join(cwd, 'key.pem'), key);
      for (const [scheme, tls] of [
        ['ws', 'no_tls: true'],
        ['wss', 'tls { cert_file: cert.pem, key_file: key.pem }'],
      ]) {
        writeFileSync(join(cwd, 'ws.conf'), `websocket { listen: "127.0.0.1:-1", ${tls} }\n`);
        await using server = asNatsServer([...ON_LOOPBACK, '-c', 'ws.conf'], { cwd });
        await natsPortOf(server);
        expect(server.stderr).to.match(
          new RegExp(String.raw`\[INF\] Listening for websocket clients on ${scheme}://127\.0\.0\.1:\d+\n`),
        );
      }
    });

    it('reads no ./config.toml and listens for no line clients', async () => {
      const cwd = freshDirectory();
      writeFileSync(join(cwd, 'config.toml'), 'not toml');
      await using server = asNatsServer(ON_LOOPBACK, { cwd });
      await natsPortOf(server);
      expect(server.stderr).not.to.include('line');
    });

    it('listens everywhere unless told', async () => {
      await using asked = asNatsServer(['--print-config']);
      expect(await asked.exited).to.deep.equal(ENDED_WELL);
      expect(asked.stdout).to.include('listener = "*:4222"').and.include('format = "nats"');
    });

    it('leaves out the time with -T=false, and has the form under its own name too', async () => {
      await using broker = runSluice([
        ...ON_LOOPBACK,
        '--no-line',
        '--log-format',
        'nats',
        '-T=false',
        '-js',
      ]);
      await broker.said(/Server is ready/);
      expect(broker.stdout).to.equal('');
      expect(broker.stderr)
        .to.match(/^(\[\d+\] \[(INF|WRN)\] .*\n)+$/)
        .and.match(/\[INF\] JetStream keeps all streams in memory/);
    });
  });

  describe('the ports file', () => {
    for (const [name, start] of [
      ['sluice', (words: readonly string[]) => runSluice([...words, '--no-line'])],
      ['nats-server', asNatsServer],
    ] as const) {
      it(`is there as soon as ${name} listens, and goes with it`, async () => {
        const directory = freshDirectory();
        await using server = start([...ON_LOOPBACK, '--ports_file_dir', directory]);
        const file = join(directory, `nats-server_${server.pid}.ports`);
        await until('the ports file is there', () => existsSync(file));
        const { nats } = JSON.parse(readFileSync(file, 'utf8')) as { nats: string[] };
        expect(nats).to.have.length(1);
        expect(nats[0]).to.match(/^nats:\/\/127\.0\.0\.1:\d+$/);
        await expectServed(Number(nats[0]?.split(':').at(-1)));
        expect(await server.stop()).to.deep.equal(ENDED_WELL);
        expect(readdirSync(directory)).to.deep.equal([]);
      });
    }

    it('of one that was killed does no harm', async () => {
      const directory = freshDirectory();
      const words = ['--ports_file_dir', directory, '-P', join(directory, 'pid')];
      await using first = await startSluice(words);
      await first.stop('SIGKILL');
      await using second = await startSluice(words);
      expect(readFileSync(join(directory, 'pid'), 'utf8')).to.equal(`${second.pid}\n`);
      expect(readdirSync(directory)).to.include(`nats-server_${second.pid}.ports`);
    });

    it('that cannot be written: one line, and 1', async () => {
      await using broker = runSluice([...ON_LOOPBACK, '--no-line', '--ports_file_dir', '/none']);
      expect((await broker.exited).code).to.equal(1);
      expect(broker.stderr).to.match(/^sluice: ports_file_dir = "\/none": no such file or directory$/m);
    });
  });

  describe('its ports', () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
      it(`are free at once after ${signal}, clients or not`, async () => {
        const port = await freePort();
        for (let round = 0; round < 3; round++) {
          await using broker = await startSluice(['-p', String(port)]);
          const client = await connect({ servers: `127.0.0.1:${port}`, reconnect: false });
          await client.flush();
          await broker.stop(signal);
          await client.closed();
        }
      });
    }

    it('survive rounds of start and end', async () => {
      await using rounds = new Process('bash', [join(ROOT, 'script', 'spawn-rounds.sh'), '3']);
      expect(await rounds.exited).to.deep.equal(ENDED_WELL);
      expect(rounds.stdout).to.equal('3 rounds, 0 failures\n');
    });
  });

  describe('SIGHUP', () => {
    const quiet = 'listener = "127.0.0.1:-1"\n[line]\nenabled = false\n';

    it('reloads the file, and says what changed', async () => {
      const cwd = freshDirectory();
      const file = join(cwd, 'a.toml');
      writeFileSync(file, quiet);
      await using broker = await runSluice(['-c', 'a.toml'], { cwd }).ready();
      writeFileSync(file, `pid_file = "a.pid"\n${quiet}[log]\nlevel = "debug"\n`);
      broker.kill('SIGHUP');
      const [line] = await broker.said(/\{.*"configuration reloaded"\}/);
      expect(JSON.parse(line).changed).to.include.members(['log.level', 'pid_file']);
      expect(readFileSync(join(cwd, 'a.pid'), 'utf8')).to.equal(`${broker.pid}\n`);
      await expectServed(broker.natsPort);
      await broker.said(/"level":"debug".*"received CONNECT"/);
      writeFileSync(file, quiet);
      broker.kill('SIGHUP');
      await until('the pid file is gone', () => !existsSync(join(cwd, 'a.pid')));
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);
    });

    it('keeps running as it was when the file is wrong, or gone, and says why', async () => {
      const cwd = freshDirectory();
      const file = join(cwd, 'config.toml');
      writeFileSync(file, quiet);
      await using broker = await runSluice([], { cwd }).ready();
      writeFileSync(file, `${quiet}[flow]\nhigh_watr = 1\n`);
      broker.kill('SIGHUP');
      await broker.said(/"level":"error".*high_watr.*"configuration not reloaded"/);
      renameSync(file, join(cwd, 'other.toml'));
      broker.kill('SIGHUP');
      await broker.said(/config\.toml: no such file.*"configuration not reloaded"/);
      await expectServed(broker.natsPort);
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);
    });

    it('lets flags win as they did at the start', async () => {
      const cwd = freshDirectory();
      writeFileSync(join(cwd, 'config.toml'), quiet);
      await using broker = await runSluice(['--log-level', 'info'], { cwd }).ready();
      writeFileSync(join(cwd, 'config.toml'), `${quiet}[log]\nlevel = "silent"\n`);
      broker.kill('SIGHUP');
      await broker.said(/"changed":\[\].*"configuration reloaded"/);
    });
  });

  describe('SIGUSR1', () => {
    it('opens the log file anew, so that it can be moved away', async () => {
      const cwd = freshDirectory();
      const [file, moved] = [join(cwd, 'a.log'), join(cwd, 'a.log.1')];
      await using broker = await startSluice(['-l', 'a.log', '--log-format', 'json'], { cwd });
      await until('the log is written', () => readFileSync(file, 'utf8').includes('listening'));
      renameSync(file, moved);
      broker.kill('SIGUSR1');
      await until('there is a new log', () => existsSync(file));
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);
      expect(readFileSync(moved, 'utf8')).to.include('listening').and.not.include('shutting down');
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line).msg)).to.deep.equal(['log file reopened', 'shutting down']);
      expect(broker.stderr).to.equal('');
    });

    it('changes nothing where the log is standard error', async () => {
      await using broker = await startSluice();
      broker.kill('SIGUSR1');
      await broker.said(/log file not reopened: it is standard error/);
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);
      expect(broker.stderr).not.to.include('Debugger');
    });
  });

  it('SIGUSR2 ends it with 0, by way of lame duck mode', async () => {
    await using broker = await startSluice();
    broker.kill('SIGUSR2');
    await broker.said(/entering lame duck mode/);
    expect(await broker.exited).to.deep.equal(ENDED_WELL);
  });

  describe('-sl', () => {
    it('sends a signal by process id and by pid file', async () => {
      const cwd = freshDirectory();
      await using broker = await startSluice(['-P', 'a.pid'], { cwd });
      await using reload = runSluice(['-sl', `reload=${broker.pid}`]);
      expect(await reload.exited).to.deep.equal(ENDED_WELL);
      await broker.said(/configuration reloaded/);
      await using quit = runSluice(['--signal', 'quit=a.pid'], { cwd });
      expect(await quit.exited).to.deep.equal(ENDED_WELL);
      expect(await broker.exited).to.deep.equal(ENDED_WELL);
      await using late = runSluice([`--signal=quit=${broker.pid}`]);
      expect((await late.exited).code).to.equal(1);
      expect(late.stderr).to.match(/^sluice: --signal quit: process \d+: no such process\n$/);
    });

    it('is called by its name, for those who look for it', async () => {
      if (!existsSync('/proc/self/comm')) return;
      await using server = asNatsServer(ON_LOOPBACK);
      await natsPortOf(server);
      expect(readFileSync(`/proc/${server.pid}/comm`, 'utf8')).to.equal('nats-server\n');
      expect(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).to.include('-p\0');
      await using broker = await startSluice();
      expect(readFileSync(`/proc/${broker.pid}/comm`, 'utf8')).to.equal('sluice\n');
    });
  });

  it('takes what nats-server takes, in any order and with any dashes', async () => {
    const cwd = freshDirectory();
    const words = '-DV --net=127.0.0.1 -port -1 -server_name me --pid=a.pid -l a.log -logtime=false -s'.split(
      ' ',
    );
    await using server = asNatsServer([...words, '--jetstream', '-sd', 'store', '--user', 'a', '-pass=b'], {
      cwd,
    });
    await until('it is ready', () => {
      const path = join(cwd, 'a.log');
      return existsSync(path) && readFileSync(path, 'utf8').includes('Server is ready');
    });
    const log = readFileSync(join(cwd, 'a.log'), 'utf8');
    const port = Number(/Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(log)?.[1]);
    const client = await connect({ servers: `127.0.0.1:${port}`, user: 'a', pass: 'b', reconnect: false });
    expect(client.info?.server_name).to.equal('me');
    await client.close();
    expect(await server.stop('SIGINT')).to.deep.equal(ENDED_WELL);
    const written = readFileSync(join(cwd, 'a.log'), 'utf8');
    expect(written)
      .to.match(/^(\[\d+\] \[(INF|WRN|DBG|TRC)\] .*\n)+$/)
      .and.match(/\[TRC\] \S+ - cid:\d+ - <<- \[CONNECT \{/)
      .and.not.include('received ');
    expect(written.match(/\[WRN\] --syslog: ignored/g)).to.have.length(1);
    expect(written).to.match(/\[INF\] JetStream keeps streams in files/);
    expect(existsSync(join(cwd, 'store', 'jetstream'))).to.equal(true);
    expect([server.stdout, server.stderr]).to.deep.equal(['', '']);
  });

  it('serves line clients from the bundle as from the library', async () => {
    await using broker = await startSluice();
    await using telnet = await LineClient.connect(broker.linePort);
    expect(await telnet.ask('SUB a')).to.equal('OK SUB a');
    await telnet.send('PUB a x\n');
    expect((await telnet.lines(2)).sort()).to.deep.equal(['OK PUB a', 'UPDATE a x']);
  });
});
