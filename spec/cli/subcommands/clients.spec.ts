import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { encodeUser } from '@nats-io/jwt';
import { createUser } from '@nats-io/nkeys';
import { expect } from 'chai';
import { OperatorFixture, UNLIMITED } from '../../support/auth/operators.js';
import { ran, started } from '../../support/cli/subcommands.js';
import { Harness, pub } from '../../support/harness.js';
import { freshDirectory, Process, type ProcessOptions, ROOT } from '../../support/process.js';
import { AUTHORITY_FILE, startTls } from '../../support/tls.js';
import { until } from '../../support/until.js';
import { bytes } from '../../support/wire.js';

const HOSTILE = bytes('\x1b]0;title\x07\x1b[2J', Buffer.of(0x9b), 'x\r\n');

describe('sluice as a client', () => {
  let harness: Harness | undefined;
  afterEach(async () => {
    await harness?.stop();
    harness = undefined;
  });

  const url = () => `nats://127.0.0.1:${harness!.broker.natsAddress!.port}`;

  /** Runs it against the broker. */
  function client(words: readonly string[], options: ProcessOptions = {}) {
    return ran(words, { ...options, env: { NATS_URL: url(), ...options.env } });
  }

  /** Starts one that subscribes, and waits until it has. */
  async function subscriber(words: readonly string[]): Promise<Process> {
    const process = started(words, { env: { NATS_URL: url() } });
    const count = () =>
      [...harness!.connections].reduce((sum, { client }) => sum + client.subscriptions.size, 0);
    const before = count();
    await until('it has subscribed', () => count() > before);
    return process;
  }

  const json = ({ stdout }: Process): { readonly not_shown?: number; readonly [key: string]: unknown }[] =>
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { readonly not_shown?: number });

  describe('pub and sub', () => {
    it('send a word, standard input, lines, and so many bytes', async () => {
      harness = await Harness.start();
      await using sub = await subscriber(['sub', '>', '--max', '9']);
      const silent = { code: 0, out: '', err: '' };
      expect(await client(['pub', 'a.b', 'hello'])).to.deep.equal(silent);
      expect(await client(['pub', 'a.b'])).to.deep.equal(silent);
      expect(await client(['pub', 'a.b', '-'], { input: 'two\nlines\n' })).to.deep.equal(silent);
      expect(await client(['pub', 'a.b', '--lines'], { input: 'one\r\n\nlast' })).to.deep.equal(silent);
      const words = ['pub', 'c', '--size', '1KiB', '--count', '2', '--reply', 'r', '-H', 'A: b', '-H=A:c'];
      expect(await client(words)).to.deep.equal(silent);
      expect(await client(['pub', '--', 'c', '--size'])).to.deep.equal(silent);
      expect(await sub.exited).to.deep.equal({ code: 0, signal: null });
      const all = json(sub);
      expect(all.map(({ payload }) => payload)).to.deep.equal([
        'hello',
        '',
        'two\nlines\n',
        'one',
        '',
        'last',
        'x'.repeat(1_024),
        'x'.repeat(1_024),
        '--size',
      ]);
      expect(all[6]).to.deep.include({ subject: 'c', reply: 'r', headers: { A: ['b', 'c'] }, bytes: 1_024 });
    });

    it('send many, and all of them', async () => {
      harness = await Harness.start();
      await using sub = await subscriber(['sub', 'a', '--max', '50000', '--raw']);
      expect((await client(['pub', 'a', 'xyz', '--count', '50000'])).code).to.equal(0);
      expect(await sub.exited).to.deep.equal({ code: 0, signal: null });
      expect(sub.stdout).to.equal('xyz\n'.repeat(50_000));
    });

    it('share a queue group', async () => {
      harness = await Harness.start();
      await using one = await subscriber(['sub', 'a', '--queue', 'q']);
      await using other = await subscriber(['sub', 'a', '--queue', 'q']);
      await client(['pub', 'a', 'x', '--count', '40']);
      await until('all have arrived', () => json(one).length + json(other).length === 40);
    });

    it('give the bytes as they are where that is asked for', async () => {
      harness = await Harness.start();
      await using sub = await subscriber(['sub', 'a', '--raw', '--max', '1']);
      await client(['pub', 'a', '-'], { input: '\x1b[31m\0é' });
      await sub.exited;
      expect(sub.stdout).to.equal('\x1b[31m\0é\n');
    });

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`end in good order on ${signal}`, async () => {
        harness = await Harness.start();
        await using sub = await subscriber(['sub', 'a']);
        expect(await sub.stop(signal)).to.deep.equal({ code: 0, signal: null });
        expect(sub.stderr).to.equal('');
      });
    }

    it('end when their broker does', async () => {
      harness = await Harness.start();
      await using sub = await subscriber(['sub', 'a']);
      await harness.stop();
      expect(await sub.exited).to.deep.equal({ code: 1, signal: null });
      expect(sub.stderr).to.match(/^sluice: 127\.0\.0\.1:\d+: the broker closed the connection\n$/);
    });

    it('refuse what the broker would not take', async () => {
      harness = await Harness.start({ nats: { max_payload: 100 } });
      const large = await client(['pub', 'a', '--size', '101']);
      expect(large).to.deep.include({
        code: 1,
        err: 'sluice: --size: 101 bytes, the broker takes 100 at most\n',
      });
      const lines = await client(['pub', 'a', '--lines'], { input: `x\n${'y'.repeat(101)}\n` });
      expect(lines.err).to.equal('sluice: line 2: 101 bytes, the broker takes 100 at most\n');
      const all = await client(['pub', 'a', '-'], { input: 'y'.repeat(1_000) });
      expect(all.err).to.match(/^sluice: standard input, so far: 1,000 bytes/);
      expect((await client(['pub', 'a', '-', '-H', 'A: b'], { input: 'y'.repeat(90) })).code).to.equal(1);
    });
  });

  describe('tap', () => {
    it('shows whatever there is, harmlessly', async () => {
      harness = await Harness.start();
      await using tap = await subscriber(['tap', '>']);
      await client(['pub', 'a.\x1b[31mb', '-', '--reply', 'r\x07', '-H', 'X\x1b:\x1b]0;t\x07'], {
        input: HOSTILE,
      });
      await client(['pub', 'a', '\x1b[2J\u009b\u202e']);
      await until('both are there', () => json(tap).length === 2);
      expect(await tap.stop()).to.deep.equal({ code: 0, signal: null });
      expect(tap.stdout.replaceAll('\n', '')).to.not.match(/[\x00-\x1f\x7f-\x9f\u202e]/);
      const [first, second] = json(tap);
      expect(first).to.deep.include({
        subject: 'a.\x1b[31mb',
        reply: 'r\x07',
        headers: { 'X\x1b': ['\x1b]0;t\x07'] },
        payload_base64: HOSTILE.toString('base64'),
      });
      expect(second).to.deep.include({ payload: '\x1b[2J\u009b\u202e' });
    });

    it('shows so many a second and counts the rest', async () => {
      harness = await Harness.start();
      await using tap = await subscriber(['tap', 'a', '--max', '3/s', '--bytes', '2']);
      await client(['pub', 'a', 'hello', '--count', '5000']);
      const total = () => json(tap).reduce((sum, line) => sum + (line.not_shown ?? 1), 0);
      await until('all are accounted for', () => total() === 5_000);
      expect(json(tap)[0]).to.deep.include({ payload: 'he', cut: true, bytes: 5 });
      expect(json(tap).some((line) => Number(line.not_shown) > 0)).to.equal(true);
    });

    it('ends when its reader does', async () => {
      harness = await Harness.start();
      const command = `"$0" "$1" tap '>' | head -n 1`;
      const cli = `${ROOT}dist/cli.js`;
      await using piped = new Process('/bin/sh', ['-c', command, process.execPath, cli], {
        env: { NATS_URL: url() },
      });
      await until('it has subscribed', () =>
        [...harness!.connections].some(({ client: { subscriptions } }) => subscriptions.size > 0),
      );
      await client(['pub', 'a', 'x']);
      await piped.said(/"payload":"x"/);
      while (harness.connections.size > 0) await client(['pub', 'a', 'more']);
      expect(await piped.exited).to.deep.equal({ code: 0, signal: null });
      expect(piped.stderr).to.equal('');
    });
  });

  describe('req', () => {
    it('shows the reply', async () => {
      harness = await Harness.start();
      await using service = await subscriber(['sub', 'ask', '--max', '1']);
      await using asking = started(['req', 'ask', 'why?', '--timeout', '15s'], { env: { NATS_URL: url() } });
      await service.exited;
      const [{ payload, reply }] = json(service) as [{ payload: string; reply: string }];
      expect(payload).to.equal('why?');
      await client(['pub', reply, 'because']);
      expect(await asking.exited).to.deep.equal({ code: 0, signal: null });
      expect(asking.stdout).to.equal('because\n');
    });

    it('shows several, and says how many were missing', async () => {
      harness = await Harness.start();
      await using service = await subscriber(['sub', 'ask', '--max', '2']);
      const answering = await harness.connect('nats');
      const words = ['req', 'ask', '--replies', '3', '--timeout', '3s', '--json'];
      await using asking = started(words, { env: { NATS_URL: url() } });
      await until('it has asked', () => json(service).length === 1);
      const [{ reply }] = json(service) as [{ reply: string }];
      await answering.send(pub(reply, 'answer').repeat(2)).settle();
      expect(await asking.exited).to.deep.equal({ code: 1, signal: null });
      expect(json(asking).map(({ payload }) => payload)).to.deep.equal(['answer', 'answer']);
      expect(asking.stderr).to.equal('sluice: ask: 2 of 3 replies within 3.0 s\n');
    });

    it('says when there are no responders, and when none answers', async () => {
      harness = await Harness.start();
      expect(await client(['req', 'ask', '--timeout', '1h'])).to.deep.equal({
        code: 1,
        out: '',
        err: 'sluice: ask: no responders: it has no subscribers\n',
      });
      await using silent = await subscriber(['sub', 'ask']);
      expect((await client(['req', 'ask', '--timeout', '100ms'])).err).to.equal(
        'sluice: ask: no reply within 0.1 s\n',
      );
      expect((await client(['req', 'ask', '--timeout', '100ms', '--replies', '0'])).code).to.equal(1);
      await silent.stop();
    });
  });

  describe('a login', () => {
    const hint = '; see --user, --token, --creds and --nkey';

    it('by user and password, or token: flags, or the URL', async () => {
      const users = [{ user: 'ann', password: 'a:b', permissions: { publish: ['a'] } }];
      harness = await Harness.start({ authorization: { users } });
      const port = harness.broker.natsAddress!.port;
      expect((await client(['pub', 'a'])).err).to.equal(
        `sluice: 127.0.0.1:${port}: the broker says: Authorization Violation${hint}\n`,
      );
      expect((await client(['pub', 'a', '--user', 'ann', '--password', 'a:b'])).code).to.equal(0);
      expect((await client(['pub', 'a', '-s', `nats://ann:a%3Ab@127.0.0.1:${port}`])).code).to.equal(0);
      const denied = await client(['pub', 'b', '--user', 'ann', '-pass=a:b']);
      expect(denied).to.deep.include({
        code: 1,
        err: `sluice: 127.0.0.1:${port}: the broker says: Permissions Violation for Publish to "b"\n`,
      });
      await harness.stop();
      harness = await Harness.start({ authorization: { token: 's3cret' } });
      expect((await client(['pub', 'a', '--token', 's3cret'])).code).to.equal(0);
      expect(
        (await client(['pub', 'a'], { env: { NATS_URL: url().replace('//', '//s3cret@') } })).code,
      ).to.equal(0);
    });

    it('by credentials file', async () => {
      const world = new OperatorFixture();
      const { operators, preload } = await world.config(world.accountJwt());
      harness = await Harness.start({ operator: [...operators], resolver_preload: { ...preload } });
      const cwd = freshDirectory();
      const user = createUser();
      const seed = Buffer.from(user.getSeed()).toString();
      const jwt = await encodeUser('anna', user, world.account, UNLIMITED);
      const part = (name: string, text: string) =>
        `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n`;
      const text = `${part('NATS USER JWT', jwt)}\n${part('USER NKEY SEED', seed)}`;
      writeFileSync(join(cwd, 'a.creds'), text);
      writeFileSync(join(cwd, 'b.creds'), part('USER NKEY SEED', seed));
      expect(await client(['pub', 'a', '--creds', 'a.creds'], { cwd })).to.deep.equal({
        code: 0,
        out: '',
        err: '',
      });
      expect(await client(['pub', 'a', '--creds', 'b.creds'], { cwd })).to.deep.include({
        code: 2,
        err: 'sluice: b.creds: no JWT in it\n',
      });
      expect((await client(['pub', 'a'])).code).to.equal(1);
    });

    it('by nkey', async () => {
      const user = createUser();
      harness = await Harness.start({ authorization: { users: [{ nkey: user.getPublicKey() }] } });
      const cwd = freshDirectory();
      writeFileSync(join(cwd, 'seed'), Buffer.from(user.getSeed()));
      writeFileSync(join(cwd, 'empty'), '');
      expect((await client(['pub', 'a', '--nkey', 'seed'], { cwd })).code).to.equal(0);
      expect((await client(['pub', 'a', '--nkey', 'empty'], { cwd })).err).to.match(
        /^sluice: empty: no seed /,
      );
      expect((await client(['pub', 'a', '--nkey', 'none'], { cwd })).err).to.equal(
        'sluice: none: no such file\n',
      );
    });

    for (const handshakeFirst of [false, true]) {
      it(`over TLS${handshakeFirst ? ' first' : ''}`, async () => {
        harness = await startTls({ handshakeFirst });
        const flags = handshakeFirst ? ['--tlsfirst'] : [];
        const trusting = await client(['pub', 'a', '--tlscacert', AUTHORITY_FILE, ...flags]);
        expect(trusting).to.deep.equal({ code: 0, out: '', err: '' });
        const other = await client(['pub', 'a', ...flags]);
        expect(other.code).to.equal(1);
        expect(other.err).to.match(/^sluice: 127\.0\.0\.1:\d+: TLS failed: .*certificate/);
      });
    }

    it('says that there is no TLS', async () => {
      harness = await Harness.start();
      const { code, err } = await client(['pub', 'a', '--tls']);
      expect(code).to.equal(1);
      expect(err).to.match(/: the broker has no TLS\n$/);
    });
  });

  describe('without a broker', () => {
    let server: Server;
    const greet = (text: string | Uint8Array) =>
      new Promise<string>((resolve) => {
        server = createServer((socket) => socket.on('error', () => {}).end(text)).listen(0, '127.0.0.1', () =>
          resolve(`127.0.0.1:${(server.address() as { port: number }).port}`),
        );
      });

    it('says so', async () => {
      const address = await greet('');
      server.close();
      expect(await ran(['pub', 'a', '--server', address])).to.deep.equal({
        code: 1,
        out: '',
        err: `sluice: ${address}: connection refused: is a broker running there?\n`,
      });
    });

    it('tries the others of a list', async () => {
      const address = await greet('');
      server.close();
      harness = await Harness.start();
      expect((await client(['pub', 'a'], { env: { NATS_URL: `${address},${url()}` } })).code).to.equal(0);
    });

    for (const [what, text, message] of [
      [
        'another server',
        'HTTP/1.1 400 Bad Request\r\n\r\n',
        'what answers there is no NATS broker: it says what',
      ],
      ['nobody', '', 'the broker closed the connection'],
      ['a hostile one', "INFO {}\r\n-ERR '\x1b[2Jgo away'\r\n", 'the broker says: \\x1b[2Jgo away'],
    ] as const) {
      it(`says that ${what} is there`, async () => {
        const address = await greet(text);
        const { code, err } = await ran(['sub', 'a', '-s', address]);
        expect(code).to.equal(1);
        expect(err.startsWith(`sluice: ${address}: ${message}`), err).to.equal(true);
        expect(err.trimEnd()).to.not.match(/[\x00-\x1f]/);
        server.close();
      });
    }
  });

  const senseless: readonly [readonly string[], RegExp][] = [
    [['pub'], /missing: <subject>/],
    [['pub', 'a b', 'x'], /"a b": not a subject/],
    [['pub', 'a.*', 'x'], /"a\.\*": not a subject/],
    [['pub', 'a\r\nPUB b 0\r\n\r\n', 'x'], /not a subject/],
    [['pub', 'a', 'two', 'words'], /words: one word too many; is the payload in quotes\?/],
    [['pub', 'a', 'x', '--lines'], /several payloads/],
    [['pub', 'a', '--lines', '--count', '2'], /--count: does not go with --lines/],
    [['pub', 'a', '--count', 'many'], /--count many: not understood, allowed: 1 or more/],
    [['pub', 'a', '--size', 'big'], /--size big: not understood, allowed: a size/],
    [['pub', 'a', '-H', 'A: b\r\nC: d'], /not a header/],
    [['pub', 'a', '--serve', 'x'], /--serve: unknown option, did you mean --server\?/],
    [['pub', 'a', '--server', 'http://x'], /http:\/\/x: not the URL of a broker/],
    [['sub', 'a..b'], /"a\.\.b": not a subject/],
    [['sub', 'a', '--queue', 'x y'], /--queue x y: has blanks/],
    [['sub', 'a', 'b'], /b: one word too many/],
    [['tap', '>', '--max', 'fast'], /--max fast: not understood/],
    [['req', '>'], /">": not a subject/],
    [['req', 'a', '--timeout', '2'], /--timeout 2: not understood, allowed: a duration/],
  ];
  for (const [words, message] of senseless) {
    it(`ends with 2 on «${words.join(' ')}»`, async () => {
      const { code, out, err } = await ran(words);
      expect({ code, out }).to.deep.equal({ code: 2, out: '' });
      expect(err)
        .to.match(/^sluice: /)
        .and.match(message);
    });
  }
});
