import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { connect } from 'nats';
import { LineClient } from '../support/line-client.js';
import {
  ANYWHERE,
  descendants,
  exists,
  freshDirectory,
  gone,
  Process,
  ROOT,
  runSluice,
  Sluice,
  startSluice,
} from '../support/process.js';

const MIB = 1024 * 1024;
const ENDED_WELL = { code: 0, signal: null } as const;

/** Limits that let a reader that has stopped be waited for as long as a spec needs. */
const PATIENT = {
  SLUICE_FLOW_HIGH_WATER: '32MiB',
  SLUICE_FLOW_WRITE_DEADLINE: '10m',
  SLUICE_SHUTDOWN_DEADLINE: '1m',
} as const;

const dialNats = (broker: Sluice, options: object = {}) =>
  connect({ servers: `127.0.0.1:${broker.natsPort}`, reconnect: false, ...options });

/** Of a line of the log, what the specs look at. */
interface Logged {
  readonly level: string;
  readonly msg: string;
  readonly dialect?: string;
  readonly connection?: number;
  readonly peer?: string;
}

/** Lines of the log, parsed; every one must be JSON. */
function logged(text: string): Logged[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Logged);
}

/** A line client that subscribed to `topic`, then stopped reading, with far more to come than the system buffers. */
async function stalledReader(broker: Sluice, topic: string, messages: number): Promise<LineClient> {
  const reader = await LineClient.connect(broker.linePort);
  await reader.ask(`SUB ${topic}`);
  reader.read(false);
  const publisher = await dialNats(broker);
  for (let i = 0; i < messages; i++) publisher.publish(topic, String(i).padEnd(1_024, '.'));
  await publisher.flush();
  await publisher.close();
  return reader;
}

describe('the real process', () => {
  describe('start', () => {
    it('says what really listens where, and serves it', async () => {
      await using broker = await startSluice();
      expect(broker.stdout).to.match(/^sluice \d+\.\d+\.\d+ is ready\n/);
      expect(broker.stdout).to.include(`telnet 127.0.0.1 ${broker.linePort}`);
      expect(broker.stdout).not.to.include('warning');
      await using telnet = await LineClient.connect(broker.linePort);
      expect(await telnet.ask('PING')).to.equal('PONG');
      const nats = await dialNats(broker);
      await nats.flush();
      expect(nats.info?.port).to.equal(broker.natsPort);
      await nats.close();
    });

    it('gives two brokers different free ports and ids', async () => {
      await using a = await startSluice();
      await using b = await startSluice();
      expect(new Set([a.natsPort, a.linePort, b.natsPort, b.linePort]).size).to.equal(4);
      const [toA, toB] = [await dialNats(a), await dialNats(b)];
      expect(toA.info?.server_id).not.to.equal(toB.info?.server_id);
      await Promise.all([toA.close(), toB.close()]);
    });

    for (const [flag, off, on] of [
      ['--no-line', 'linePort', 'natsPort'],
      ['--no-nats', 'natsPort', 'linePort'],
    ] as const) {
      it(`leaves a listener out with ${flag}`, async () => {
        const words = flag === '--no-line' ? ['-p', '-1'] : ['--line', '127.0.0.1:-1'];
        await using broker = await runSluice([...words, flag]).ready();
        expect(broker[off]).to.equal(0);
        expect(broker[on]).to.be.greaterThan(0);
        expect(await broker.stop()).to.deep.equal(ENDED_WELL);
      });
    }

    it('moves the line listener to an ADDRESS', async () => {
      await using broker = await runSluice(['127.0.0.1:-1', '-p', '-1']).ready();
      await using telnet = await LineClient.connect(broker.linePort);
      expect(await telnet.ask('PING')).to.equal('PONG');
    });

    it('takes a file, the environment over it, and flags over both', async () => {
      const cwd = freshDirectory();
      const file = 'listener = "127.0.0.1:-1"\nserver_name = "file"\n[line]\nlistener = "127.0.0.1:-1"\n';
      writeFileSync(join(cwd, 'config.toml'), file);
      const started: readonly (readonly [string, readonly string[], Record<string, string>])[] = [
        ['file', [], {}],
        ['environment', [], { SLUICE_SERVER_NAME: 'environment' }],
        ['flag', ['--name', 'flag'], { SLUICE_SERVER_NAME: 'environment' }],
      ];
      for (const [name, words, env] of started) {
        await using broker = await runSluice(words, { cwd, env }).ready();
        const nats = await dialNats(broker);
        expect(nats.info?.server_name).to.equal(name);
        await nats.close();
      }
    });

    it('needs no terminal, no reader of its output, and no writable directory', async () => {
      await using broker = await startSluice([], { cwd: '/' });
      await using telnet = await LineClient.connect(broker.linePort);
      expect(await telnet.ask('PING')).to.equal('PONG');
    });
  });

  describe('words that only ask', () => {
    const answers: readonly (readonly [readonly string[], RegExp])[] = [
      [['-v'], /^sluice \d+\.\d+\.\d+ \(nats-server: v2\.\d+\.\d+\)\n$/],
      [['--version'], /^sluice [^\n]*\(nats-server: v2\.[^\n]*\)\n$/],
      [['-h'], /^Usage: sluice \[ADDRESS \| CONFIG\.toml\] \[options\]\n[\s\S]*--port[\s\S]*--line/],
      [['--help'], /^Usage: sluice /],
      [['-t'], /valid\n$/],
      [['-t', ...ANYWHERE], /valid\n$/],
    ];
    for (const [words, answer] of answers) {
      it(`${words.join(' ')}: an answer on standard output, and 0`, async () => {
        await using asked = runSluice(words);
        expect(await asked.exited).to.deep.equal(ENDED_WELL);
        expect(asked.stdout).to.match(answer);
        expect(asked.stderr).to.equal('');
      });
    }
  });

  describe('what cannot be', () => {
    const files: readonly (readonly [what: string, toml: string, complaint: RegExp])[] = [
      ['an unknown key', 'lisener = "127.0.0.1:4222"', /lisener.*did you mean listener\?/],
      ['an unknown key in a table', '[flow]\nhigh_watr = 1', /flow\.high_watr.*did you mean/],
      ['an unknown table', '[lines]\nenabled = true', /lines/],
      ['a wrong type', '[nats]\nmax_payload = true', /nats\.max_payload.*true.*/],
      ['a value out of range', '[nats]\nping_max = 0', /nats\.ping_max.*0.*1/],
      ['a bad address', 'listener = "nowhere"', /listener.*nowhere/],
      ['a bad port', 'listener = "127.0.0.1:99999"', /listener.*99999/],
      ['no TOML', 'listener = ', /wrong\.toml/],
    ];
    for (const [what, toml, complaint] of files) {
      it(`${what} in the file: one line, no stack trace, not 0; with -t as well`, async () => {
        const cwd = freshDirectory();
        writeFileSync(join(cwd, 'wrong.toml'), toml);
        for (const words of [['wrong.toml'], ['-t', '-c', 'wrong.toml']]) {
          await using broker = runSluice(words, { cwd });
          expect(await broker.exited).to.deep.equal({ code: 1, signal: null });
          expect(broker.stdout).to.equal('');
          expect(broker.stderr)
            .to.match(/^sluice: [^\n]+\n$/)
            .and.match(complaint);
        }
      });
    }

    const commands: readonly (readonly [readonly string[], Record<string, string>, RegExp])[] = [
      [['none.toml'], {}, /none\.toml.*no such file/],
      [['.'], {}, /\..*directory/],
      [['--prot', '1'], {}, /--prot.*did you mean --port\?/],
      [['-p', 'x'], {}, /-p|--port/],
      [['127.0.0.1:x'], {}, /127\.0\.0\.1:x/],
      [['--no-line', '--no-nats'], {}, /--no-nats and --no-line/],
      [[], { SLUICE_NATS_MAX_PAYLOAD: 'much' }, /SLUICE_NATS_MAX_PAYLOAD.*much/],
      [['-a', '192.0.2.1', '-p', '-1', '--no-line'], {}, /192\.0\.2\.1.*cannot listen/],
    ];
    for (const [words, env, complaint] of commands) {
      it(`${JSON.stringify([...words, ...Object.keys(env)])}: one line, no stack trace, not 0`, async () => {
        await using broker = runSluice(words, { env });
        expect(await broker.exited).to.deep.equal({ code: 1, signal: null });
        expect(broker.stdout).to.equal('');
        expect(broker.stderr)
          .to.match(/^sluice: [^\n]+\n$/)
          .and.match(complaint);
      });
    }

    it('a port in use: one line that names it, not 0, and the first broker does not notice', async () => {
      await using first = await startSluice();
      const clashes: readonly (readonly [number, readonly string[]])[] = [
        [first.natsPort, ['-p', String(first.natsPort), '--line', '127.0.0.1:-1']],
        [first.linePort, ['-p', '-1', '--line', `127.0.0.1:${first.linePort}`]],
      ];
      for (const [port, words] of clashes) {
        await using second = runSluice(words);
        expect(await second.exited).to.deep.equal({ code: 1, signal: null });
        const complaints = second.stderr.split('\n').filter((line) => !line.startsWith('{') && line !== '');
        expect(complaints).to.have.length(1);
        expect(complaints[0]).to.match(
          new RegExp(`^sluice: .*127\\.0\\.0\\.1:${port}: address already in use`),
        );
        expect(second.stdout).to.equal('');
      }
      await using telnet = await LineClient.connect(first.linePort);
      expect(await telnet.ask('PING')).to.equal('PONG');
    });
  });

  describe('the end', () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const) {
      it(`${signal}: delivers what was read to readers of both dialects, and exits with 0`, async () => {
        await using broker = await startSluice([], { env: PATIENT });
        await using line = await stalledReader(broker, 'news', 6 * 1_024);
        const nats = await dialNats(broker);
        const subscription = nats.subscribe('news');
        await nats.flush();
        const received = (async () => {
          let count = 0;
          for await (const _ of subscription) count++;
          return count;
        })();
        const publisher = await dialNats(broker);
        for (let i = 0; i < 10_000; i++) publisher.publish('news', String(i));
        await publisher.flush();
        broker.kill(signal);
        line.read(true);
        const updates = (await line.rest()).trimEnd().split('\n');
        expect(await broker.exited).to.deep.equal(ENDED_WELL);
        expect(await received).to.equal(10_000);
        expect(updates).to.have.length(6 * 1_024 + 10_000);
        expect(updates.every((update) => update.startsWith('UPDATE news '))).to.equal(true);
        expect(updates.at(-1)).to.equal('UPDATE news 9999');
        await Promise.all([nats.closed(), publisher.closed()]);
      });
    }

    it('frees its ports at once, and takes no more connections', async () => {
      await using broker = await startSluice([], { env: PATIENT });
      await using idle = await LineClient.connect(broker.linePort);
      expect(await idle.ask('PING')).to.equal('PONG');
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);
      await using again = await startSluice(['-p', String(broker.natsPort)]);
      expect(again.natsPort).to.equal(broker.natsPort);
    });

    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGQUIT', 131],
    ] as const) {
      it(`a second signal, ${signal}, ends it at once while it still waits for a reader`, async () => {
        await using broker = await startSluice([], { env: { ...PATIENT, SLUICE_FLOW_HIGH_WATER: '1MiB' } });
        await using _reader = await stalledPair(broker);
        broker.kill('SIGTERM');
        await broker.said(/shutting down/);
        broker.kill(signal);
        expect(await broker.exited).to.deep.equal({ code, signal: null });
      });
    }

    it('does not wait for a stalled reader longer than the deadline', async () => {
      const env = { ...PATIENT, SLUICE_FLOW_HIGH_WATER: '1MiB', SLUICE_SHUTDOWN_DEADLINE: '300ms' };
      await using broker = await startSluice([], { env });
      await using _reader = await stalledPair(broker);
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);
    });
  });

  describe('what it survives', () => {
    it('clients that reset, at any moment', async () => {
      await using broker = await startSluice();
      for (let i = 0; i < 50; i++) {
        for (const port of [broker.linePort, broker.natsPort]) {
          const client = await LineClient.connect(port);
          if (i % 2 === 0)
            await client.send(port === broker.linePort ? 'SUB a\nPUB a x' : 'SUB a 1\r\nPUB a 5\r\nx');
          client.reset();
          await client.closed;
        }
      }
      await using telnet = await LineClient.connect(broker.linePort);
      expect(await telnet.ask('PING')).to.equal('PONG');
      expect(broker.stderr).not.to.match(/"level":"(error|fatal)"/);
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);
    });

    it('more clients than it may have open files, and takes new ones once some have left', async () => {
      const words = [
        '-c',
        'ulimit -n 64 && exec "$@"',
        'bash',
        process.execPath,
        join(ROOT, 'dist', 'cli.js'),
      ];
      await using broker = await new Sluice('bash', [...words, ...ANYWHERE]).ready();
      const clients: LineClient[] = [];
      for (let i = 0; i < 80; i++) {
        const client = await LineClient.connect(broker.linePort);
        clients.push(client);
        if ((await client.ask('PING')) !== 'PONG') break;
      }
      expect(clients.length, 'some get in, not all').to.be.within(10, 79);
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      // The broker learns of those in its own time, so the next one is perhaps still one too many.
      for (let answer = ''; answer !== 'PONG'; ) {
        await using late = await LineClient.connect(broker.linePort);
        answer = await late.ask('PING');
      }
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);
    });

    it('a reader that has stopped: it is cut off and named, all others get everything', async () => {
      await using broker = await startSluice([], { env: { SLUICE_FLOW_WRITE_DEADLINE: '200ms' } });
      await using stalled = await LineClient.connect(broker.linePort);
      await stalled.ask('SUB flood');
      stalled.read(false);
      await using reader = await LineClient.connect(broker.linePort);
      await reader.ask('SUB flood');
      await using publisher = await LineClient.connect(broker.linePort);
      const [answers, updates]: [string[], string[]] = [[], []];
      for (let n = 0; n < 50; n++) {
        // So few at a time that the one that reads is never congested, however busy the machine is.
        const sent = publisher.send(`PUB flood ${'x'.repeat(60_000)}\n`.repeat(10));
        const [said, came] = await Promise.all([publisher.lines(10), reader.lines(10), sent]);
        answers.push(...said);
        updates.push(...came);
      }
      expect(answers).to.deep.equal(Array(500).fill('OK PUB flood'));
      expect(updates.map((update) => update.length)).to.deep.equal(Array(500).fill(60_013));
      await broker.said(/"level":"warn".*slow consumer/);
      stalled.read(true);
      await stalled.closed;
      expect(broker.stderr.match(/slow consumer/g)).to.have.length(1);
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);
    });
  });

  describe('its files', () => {
    it('writes its process id, and removes it on every signal', async () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const) {
        const cwd = freshDirectory();
        await using broker = await startSluice(['-P', 'sluice.pid'], { cwd });
        const file = join(cwd, 'sluice.pid');
        expect(Number(readFileSync(file, 'utf8'))).to.equal(broker.pid);
        expect(await broker.stop(signal)).to.deep.equal(ENDED_WELL);
        expect(existsSync(file), signal).to.equal(false);
      }
    });

    it('removes its process id on a second signal as well, and leaves that of another alone', async () => {
      const cwd = freshDirectory();
      const file = join(cwd, 'sluice.pid');
      const env = { ...PATIENT, SLUICE_FLOW_HIGH_WATER: '1MiB' };
      await using broker = await startSluice(['-P', 'sluice.pid'], { cwd, env });
      await using _reader = await stalledPair(broker);
      broker.kill('SIGTERM');
      await broker.said(/shutting down/);
      broker.kill('SIGTERM');
      await broker.exited;
      expect(existsSync(file)).to.equal(false);
      await using other = await startSluice(['-P', 'sluice.pid'], { cwd });
      writeFileSync(file, '1\n');
      await other.stop();
      expect(readFileSync(file, 'utf8')).to.equal('1\n');
    });

    it('appends its log to a file, as JSON, all of it, and nothing to standard error', async () => {
      const cwd = freshDirectory();
      for (const _start of [1, 2]) {
        await using broker = await startSluice(['-l', 'sluice.log'], { cwd });
        expect(await broker.stop()).to.deep.equal(ENDED_WELL);
        expect(broker.stderr).to.equal('');
      }
      const lines = logged(readFileSync(join(cwd, 'sluice.log'), 'utf8'));
      expect(lines.map(({ msg }) => msg)).to.deep.equal(
        [1, 2].flatMap(() => ['starting', 'listening', 'listening', 'shutting down']),
      );
      for (const line of lines) expect(line).to.include({ level: 'info' }).and.have.property('time');
    });

    it('follows every command and every delivery at trace, per connection, and shows no secret', async () => {
      const cwd = freshDirectory();
      const env = { SLUICE_AUTHORIZATION_PASSWORD: 's3cret-pw', SLUICE_AUTHORIZATION_TOKEN: 's3cret-token' };
      await using broker = await startSluice(['-DV', '-l', 'sluice.log', '--user', 'ann'], { cwd, env });
      const nats = await dialNats(broker, { user: 'ann', pass: 's3cret-pw', name: 'inspector' });
      await using telnet = await LineClient.connect(broker.linePort);
      await telnet.ask('AUTH s3cret-token');
      await telnet.ask('SUB orders.*');
      nats.publish('orders.new', 'a message', { reply: 'answers' });
      await telnet.lines(1);
      await telnet.ask('nonsense');
      const wrong = await dialNats(broker, { user: 'ann', pass: 's3cret-wrong' }).catch((error) => error);
      expect(wrong).to.be.instanceOf(Error);
      await using stranger = await LineClient.connect(broker.linePort);
      await stranger.say('AUTH ann s3cret-wrong');
      await stranger.rest();
      await nats.close();
      expect(await broker.stop()).to.deep.equal(ENDED_WELL);

      const text = readFileSync(join(cwd, 'sluice.log'), 'utf8');
      expect(text).not.to.include('s3cret');
      expect(broker.stdout + broker.stderr).not.to.include('s3cret');
      const lines = logged(text);
      const find = (msg: string, dialect: string) =>
        lines.find((line) => line.msg === msg && line.dialect === dialect);
      expect(find('received CONNECT', 'nats')).to.include({ level: 'debug', name: 'inspector' });
      expect(find('received AUTH', 'line')).to.include({ level: 'debug' });
      expect(find('received SUB', 'line')).to.include({ level: 'debug', topic: 'orders.*' });
      expect(find('received FAULT', 'line')).to.include({ code: 'UNKNOWN_VERB' });
      const message = { level: 'trace', subject: 'orders.new', payload: 'a message', bytes: 9 };
      expect(find('received PUB', 'nats')).to.include(message);
      expect(find('delivered', 'line')).to.include(message);
      expect(find('delivered', 'line')?.connection).to.equal(find('received SUB', 'line')?.connection);
      expect(find('received PUB', 'nats')?.connection).to.equal(find('received CONNECT', 'nats')?.connection);
      for (const dialect of ['nats', 'line']) {
        expect(find('connected', dialect)?.peer).to.match(/^127\.0\.0\.1:\d+$/);
        expect(find('disconnected', dialect)).to.have.property('reason');
      }
    });

    it('says nothing of commands at the default level', async () => {
      await using broker = await startSluice();
      await using telnet = await LineClient.connect(broker.linePort);
      for (const line of ['SUB a', 'PUB a x', 'nonsense']) await telnet.ask(line);
      await broker.stop();
      expect(logged(broker.stderr).every(({ level }) => level === 'info')).to.equal(true);
      expect(broker.stderr).not.to.include('received');
    });
  });

  describe('script/servers.sh', () => {
    /** It runs on free ports here, and without `make`: what is built is what is tested. */
    function servers(): Process {
      const tools = freshDirectory();
      writeFileSync(join(tools, 'make'), '#!/bin/sh\nexit 0\n');
      chmodSync(join(tools, 'make'), 0o755);
      const { PATH = '' } = process.env;
      return new Process('bash', [join(ROOT, 'script', 'servers.sh')], {
        env: {
          PATH: `${tools}${delimiter}${PATH}`,
          SLUICE_LISTENER: '127.0.0.1:-1',
          SLUICE_LINE_LISTENER: '127.0.0.1:-1',
        },
      });
    }

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`starts three brokers and stops them on ${signal}, leaving no process`, async () => {
        await using script = servers();
        await script.said(/(is ready\n[\s\S]*configuration: script\/server\d\/config\.toml\n[\s\S]*){3}/);
        const brokers = descendants(script.pid);
        expect(brokers).to.have.length(3);
        const ports = [...script.stdout.matchAll(/^ {2}line {2}127\.0\.0\.1:(\d+)$/gm)].map(([, port]) =>
          Number(port),
        );
        expect(new Set(ports).size).to.equal(3);
        for (const port of ports) {
          await using telnet = await LineClient.connect(port);
          expect(await telnet.ask('PING')).to.equal('PONG');
        }
        expect(await script.stop(signal)).to.deep.equal(ENDED_WELL);
        for (const pid of brokers) await gone(pid);
        expect(brokers.some(exists)).to.equal(false);
      });
    }

    it('gives the three different names and ports', async () => {
      const printed = await Promise.all(
        [1, 2, 3].map(async (n) => {
          await using asked = runSluice([
            '--print-config',
            join(ROOT, 'script', `server${n}`, 'config.toml'),
          ]);
          expect(await asked.exited).to.deep.equal(ENDED_WELL);
          return asked.stdout.match(/^(listener|server_name) = ".+"$/gm) ?? [];
        }),
      );
      expect(printed.flat()).to.have.length(9);
      expect(new Set(printed.flat()).size).to.equal(9);
    });
  });
});

/** A reader that has stopped, and a publisher that is held because of it: a shutdown would wait for both. */
async function stalledPair(broker: Sluice): Promise<AsyncDisposable> {
  const reader = await LineClient.connect(broker.linePort);
  await reader.ask('SUB flood');
  reader.read(false);
  const publisher = await LineClient.connect(broker.linePort);
  const line = `PUB flood ${'x'.repeat(60_000)}\n`;
  let answered = 0;
  // One answer for each line read: once none comes, the publisher is held, and has more to say.
  const sent = publisher.send(line.repeat(Math.ceil((16 * MIB) / line.length)));
  while (answered < 40) answered += (await publisher.lines(1)).length;
  void sent;
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all([reader[Symbol.asyncDispose](), publisher[Symbol.asyncDispose]()]);
    },
  };
}
