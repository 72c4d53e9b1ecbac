import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { join } from 'node:path';
import { connect as secure, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { connect } from 'nats';
import { Authority } from '../support/certificates.js';
import { freshDirectory, runSluice } from '../support/process.js';
import { soon, until } from '../support/until.js';

const QUIET = 'listener = "127.0.0.1:-1"\n';
const NO_LINE = '[line]\nenabled = false\n';
const ENDED_WELL = { code: 0, signal: null } as const;

/** A configuration file that is changed while a broker runs by it. */
class File {
  readonly cwd = freshDirectory();
  readonly path = join(this.cwd, 'a.toml');

  constructor(contents: string) {
    this.write(contents);
  }

  write(contents: string): void {
    // Whole or not at all: the process may be reading it just now.
    writeFileSync(`${this.path}.new`, contents);
    renameSync(`${this.path}.new`, this.path);
  }

  start() {
    return runSluice(['-c', this.path], { cwd: this.cwd }).ready();
  }
}

/** How often `pattern` is in the text. */
function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(new RegExp(pattern, 'g'))].length;
}

async function expectServed(port: number, options: object = {}): Promise<void> {
  const client = await connect({ servers: `127.0.0.1:${port}`, reconnect: false, ...options });
  await client.flush();
  await client.close();
}

describe('SIGHUP to a process', () => {
  it('changes users, for those who are in and those who come', async () => {
    const users = (...names: string[]) =>
      `${QUIET}${NO_LINE}${names.map((name) => `[[authorization.users]]\nuser = "${name}"\npassword = "p"\n`).join('')}`;
    const file = new File(users('ann', 'bob'));
    await using broker = await file.start();
    const servers = `127.0.0.1:${broker.natsPort}`;
    const ann = await connect({ servers, user: 'ann', pass: 'p', reconnect: false });
    const bob = await connect({ servers, user: 'bob', pass: 'p', reconnect: false });
    file.write(users('bob', 'eve'));
    broker.kill('SIGHUP');
    await broker.said(/"changed":\["authorization"\].*configuration reloaded/);
    await soon('ann to be gone', ann.closed());
    await bob.flush();
    await expectServed(broker.natsPort, { user: 'eve', pass: 'p' });
    const refused = await connect({ servers, user: 'ann', pass: 'p', reconnect: false }).catch((e) => e);
    expect(refused).to.be.instanceOf(Error);
    await bob.close();
    expect(await broker.stop()).to.deep.equal(ENDED_WELL);
  });

  it('refuses whole what needs a restart, and what is broken, and serves on', async () => {
    const file = new File(`${QUIET}${NO_LINE}`);
    await using broker = await file.start();
    file.write(`listener = "127.0.0.1:1"\n${NO_LINE}[authorization]\ntoken = "t"\n[log]\nlevel = "debug"\n`);
    broker.kill('SIGHUP');
    await broker.said(/listener: cannot be changed by a reload, restart sluice.*configuration not reloaded/);
    file.write('listener = [[');
    broker.kill('SIGHUP');
    await until('it is refused', () => count(broker.stderr, /configuration not reloaded/) === 2);
    file.write(`${QUIET}${NO_LINE}[tls]\ncert_file = "none.pem"\nkey_file = "none.pem"\n`);
    broker.kill('SIGHUP');
    await until('it is refused', () => count(broker.stderr, /configuration not reloaded/) === 4); // one for each file
    await expectServed(broker.natsPort);
    expect(broker.stderr).not.to.match(/"level":"debug"|configuration reloaded/);
    expect(await broker.stop()).to.deep.equal(ENDED_WELL);
  });

  it('moves the log to another file and level', async () => {
    const file = new File(`${QUIET}${NO_LINE}`);
    await using broker = await file.start();
    const log = join(file.cwd, 'new.log');
    file.write(`${QUIET}${NO_LINE}[log]\nfile = "${log}"\nlevel = "debug"\n`);
    broker.kill('SIGHUP');
    await until('there is a new log', () => existsSync(log) && /reloaded/.test(readFileSync(log, 'utf8')));
    await expectServed(broker.natsPort);
    await until('it has the connection', () => /received CONNECT/.test(readFileSync(log, 'utf8')));
    expect(broker.stderr).not.to.match(/reloaded|CONNECT/);
  });

  it('shows the new certificate to who comes, and leaves who is there', async () => {
    const authority = new Authority();
    const file = new File('');
    const [cert, key] = [join(file.cwd, 'cert.pem'), join(file.cwd, 'key.pem')];
    const replace = (commonName: string) => {
      const issued = authority.issueServer({ subject: { CN: commonName } });
      writeFileSync(cert, issued.cert);
      writeFileSync(key, issued.key);
    };
    replace('first');
    file.write(`${QUIET}${NO_LINE}[tls]\ncert_file = "${cert}"\nkey_file = "${key}"\n`);
    await using broker = await file.start();
    const shake = async (): Promise<TLSSocket> => {
      const socket = dial(broker.natsPort, '127.0.0.1');
      await once(socket, 'data'); // INFO
      const stream = secure({ socket, ca: authority.cert, servername: 'localhost' });
      await soon('the handshake', once(stream, 'secureConnect'));
      return stream;
    };
    const nameOf = (stream: TLSSocket) => stream.getPeerCertificate().subject.CN;
    const old = await shake();
    expect(nameOf(old)).to.equal('first');
    replace('second');
    broker.kill('SIGHUP');
    await broker.said(/configuration reloaded/);
    const young = await shake();
    expect(nameOf(young)).to.equal('second');
    old.write('CONNECT {"verbose":false}\r\nPING\r\n');
    expect(String(await soon('an answer', once(old, 'data')))).to.equal('PONG\r\n');
    writeFileSync(key, 'no key');
    broker.kill('SIGHUP');
    await broker.said(/configuration not reloaded/);
    const last = await shake();
    expect(nameOf(last)).to.equal('second');
    for (const stream of [old, young, last]) stream.destroy();
  });

  it('any number of times during traffic loses nothing', async () => {
    const file = new File(`${QUIET}${NO_LINE}`);
    await using broker = await file.start();
    const servers = `127.0.0.1:${broker.natsPort}`;
    const reader = await connect({ servers, reconnect: false });
    const writer = await connect({ servers, reconnect: false });
    const total = 5_000;
    const received: string[] = [];
    reader.subscribe('n', { callback: (_error, message) => received.push(message.string()) });
    await reader.flush();
    let reloads = 0;
    for (let n = 0; n < total; n++) {
      writer.publish('n', String(n));
      if (n % 250 !== 0) continue;
      file.write(`${QUIET}${NO_LINE}[limits]\nmax_subscriptions = ${100 + n}\n`);
      for (let i = 0; i < 3; i++) broker.kill('SIGHUP');
      reloads++;
      await writer.flush();
    }
    await until('all is there', () => received.length === total);
    expect(received).to.deep.equal(Array.from({ length: total }, (_, n) => String(n)));
    await until('the last one is in force', () => /"limits"/.test(broker.stderr));
    expect(reloads).to.equal(20);
    expect(broker.stderr).not.to.match(/not reloaded|"level":"error"/);
    await Promise.all([reader.close(), writer.close()]);
    expect(await broker.stop()).to.deep.equal(ENDED_WELL);
  });
});
