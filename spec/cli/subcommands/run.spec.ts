import { constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';

import { join } from 'node:path';
import { expect } from 'chai';
import { codeOf, startFault } from '../../../lib/cli/subcommands/child.js';
import { isForeground } from '../../../lib/cli/subcommands/terminal-group.js';
import { ran, started } from '../../support/cli/subcommands.js';
import { descendants, exists, freshDirectory, gone } from '../../support/process.js';

/** A command that runs JavaScript. */
const js = (code: string): string[] => [process.execPath, '-e', code];

/** Connects to the variable's address, prints what it hears first. */
const HEAR = (variable: string) => `
  const { port, hostname } = new URL(process.env.${variable}.replace(/^(?!nats:)/, 'nats://'));
  const socket = require('net').connect(port, hostname, () => socket.write('PING\\r\\n'));
  socket.once('data', (bytes) => { console.log(hostname, String(bytes)); process.exit(); });`;

/** Says it is ready, and on a signal which, then ends with 9. */
const LISTEN = `
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => { console.log('got', name); process.exit(9); });
  console.log('ready', process.pid, process.env.NATS_URL);
  setInterval(() => {}, 1000);`;

/** Whether a process listens on a port of 127.0.0.1. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe('sluice run', () => {
  it('has a broker at NATS_URL', async () => {
    const { code, out, err } = await ran(['run', '--', ...js(HEAR('NATS_URL'))]);
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out).to.match(/^127\.0\.0\.1 INFO \{/);
  });

  it('has line clients at SLUICE_LINE where they are asked for', async () => {
    const { code, out } = await ran(['run', '--line', '--', ...js(HEAR('SLUICE_LINE'))]);
    expect(code).to.equal(0);
    expect(out).to.match(/^127\.0\.0\.1 PONG\r\n/);
  });

  it('has no SLUICE_LINE otherwise, not even that of another one', async () => {
    const words = ['run', ...js('console.log(process.env.SLUICE_LINE)')];
    expect((await ran(words, { env: { SLUICE_LINE: 'elsewhere:1' } })).out).to.equal('undefined\n');
  });

  it('takes the command with and without --, its own flags untouched', async () => {
    const command = js('console.log(process.argv.slice(1).join())');
    for (const words of [
      ['run', ...command, '--', '--line', '-c', 'x'],
      ['run', '--', ...command, '--', '--line', '-c', 'x'],
    ]) {
      expect(await ran(words)).to.deep.equal({ code: 0, out: '--line,-c,x\n', err: '' });
    }
  });

  it('passes output and exit code through', async () => {
    const words = ['run', '--', ...js('console.log("out"); console.error("err"); process.exitCode = 7')];
    expect(await ran(words)).to.deep.equal({ code: 7, out: 'out\n', err: 'err\n' });
  });

  it('leaves the pipes it shares with the command as they were', async () => {
    if (!existsSync('/proc/self/fdinfo/1')) return;
    const { out } = await ran(['run', '--', 'cat', '/proc/self/fdinfo/1', '/proc/self/fdinfo/2']);
    const flags = [...out.matchAll(/^flags:\s+(\d+)$/gm)].map(([, octal]) => Number.parseInt(octal!, 8));
    expect(flags).to.have.length(2);
    for (const each of flags) expect(each & constants.O_NONBLOCK).to.equal(0);
  });

  it('ends as shells do for what cannot be run', async () => {
    expect(await ran(['run', '--', 'no-such-command'])).to.deep.equal({
      code: 127,
      out: '',
      err: 'sluice: no-such-command: command not found\n',
    });
    const file = join(freshDirectory(), 'plain');
    writeFileSync(file, '');
    const plain = await ran(['run', '--', file]);
    expect(plain).to.deep.equal({ code: 126, out: '', err: `sluice: ${file}: permission denied\n` });
    expect(startFault('x', Object.assign(new Error('spawn E2BIG'), { code: 'E2BIG' }))).to.deep.equal([
      'x: spawn E2BIG',
      126,
    ]);
  });

  it('ends with 2 and its usage without a command', async () => {
    const { code, err } = await ran(['run', '--line']);
    expect(code).to.equal(2);
    expect(err).to.match(/^sluice: run: no command to run/);
  });

  it('ends with 128 and the number of the signal that killed the command', async () => {
    expect((await ran(['run', '--', ...js('process.kill(process.pid, "SIGKILL")')])).code).to.equal(137);
    expect([codeOf('SIGINT'), codeOf('SIGTERM'), codeOf('SIGHUP')]).to.deep.equal([130, 143, 129]);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`passes ${signal} on and leaves nothing behind`, async () => {
      await using process = started(['run', '--', ...js(LISTEN)]);
      const [, pid, port] = await process.said(/ready (\d+) nats:\/\/127\.0\.0\.1:(\d+)/);
      const all = descendants(process.pid);
      expect(all).to.include(Number(pid));
      expect(await isOpen(Number(port))).to.equal(true);
      expect(await process.stop(signal)).to.deep.equal({ code: 9, signal: null });
      expect(process.stdout).to.match(new RegExp(`got ${signal}\n$`));
      for (const each of all) await gone(each);
      expect(await isOpen(Number(port))).to.equal(false);
    });
  }

  it('tells the command when it is killed itself', async () => {
    await using process = started(['run', '--', ...js(LISTEN)]);
    const [, pid] = await process.said(/ready (\d+) /);
    const all = descendants(process.pid);
    process.kill('SIGKILL');
    await process.exited;
    for (const each of all) await gone(each);
    expect(process.stdout).to.match(/got SIGTERM\n$/);
    expect(exists(Number(pid))).to.equal(false);
  });

  it('takes users and limits from a file, but no address', async () => {
    const cwd = freshDirectory();
    const file = 'listener = "0.0.0.0:1"\npid_file = "a.pid"\nauthorization = { token = "secret" }\n';
    writeFileSync(join(cwd, 'a.toml'), `${file}[monitor]\nlistener = "0.0.0.0:2"\n`);
    const { code, out } = await ran(['run', '-c', 'a.toml', '--', ...js(HEAR('NATS_URL'))], { cwd });
    expect(code).to.equal(0);
    expect(out).to.match(/^127\.0\.0\.1 INFO .*"auth_required":true/);
    expect(existsSync(join(cwd, 'a.pid'))).to.equal(false);
  });

  it('says nothing of its own, unless asked to', async () => {
    const cwd = freshDirectory();
    writeFileSync(join(cwd, 'config.toml'), 'nonsense = 1');
    expect((await ran(['run', '--', ...js('')], { cwd })).err).to.equal('');
    const { err } = await ran(['run', '--log-level', 'info', '--', ...js('')]);
    expect(err).to.match(/"dialect":"nats","msg":"listening"/);
  });

  it('ends with 1 before the command starts where the configuration is wrong', async () => {
    const { code, out, err } = await ran(['run', '--log-level', 'loud', '--', ...js('console.log(1)')]);
    expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    expect(err).to.match(/^sluice: --log-level loud: /);
  });

  it('knows whether keys reach it', () => {
    expect(isForeground('12 (a) b) S 1 12 12 34816 12 4194560')).to.equal(true);
    expect(isForeground('12 (sluice) S 1 12 12 34816 99 4194560')).to.equal(false);
    expect(isForeground('12 (sluice) S 1 12 12 0 -1 4194560')).to.equal(false);
    expect(isForeground('')).to.equal(undefined);
    if (existsSync('/proc/self/stat'))
      expect(isForeground(readFileSync('/proc/self/stat', 'utf8'))).to.be.a('boolean');
  });
});
