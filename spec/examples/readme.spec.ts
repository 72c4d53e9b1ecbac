import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect as connectNats } from 'nats';
import { Harness } from '../support/harness.js';
import { freshDirectory, Process, ROOT, runSluice } from '../support/process.js';
import { runModule } from '../support/run-module.js';
import { AUTHORITY } from '../support/tls.js';
import { until } from '../support/until.js';

const README = readFileSync('README.md', 'utf8');

/** The blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map((match) => match[1]!);
}

describe('the README', () => {
  const [client, embedding, codecs] = blocks('js');

  it('has a NATS client that hears itself', async () => {
    const harness = await Harness.start();
    const { host, port } = harness.broker.natsAddress!;
    const printed = await runModule(client!.replace('127.0.0.1:4222', `${host}:${port}`));
    expect(printed).to.equal('orders.new two coffees, please\n');
    await harness.stop();
  });

  it('embeds a broker', async () => {
    expect(await runModule(embedding!)).to.match(/^nats:\/\/127\.0\.0\.1:\d+\nhello world\n$/);
  });

  it('makes an echo server of the codecs', async () => {
    const served = codecs!.replace(
      '.listen(9000)',
      '.listen(0, function () { console.log(this.address().port); })',
    );
    expect(served).not.to.equal(codecs);
    const child = spawn(process.execPath, ['--input-type=module', '--eval', served], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [port] = await once(child.stdout, 'data');
      const socket = connect(Number(port), '127.0.0.1');
      socket.write('PUB a b c\r\n');
      const [heard] = await once(socket, 'data');
      expect(String(heard)).to.equal('UPDATE a b c\n');
      socket.destroy();
    } finally {
      child.kill();
      await once(child, 'close');
    }
  });

  it('shows telnet as it is', async () => {
    const [, ...lines] = blocks('console')[0]!.trimEnd().split('\n');
    const typed = lines.filter((line, at) => /^(SUB|PUB|QUIT)/.test(line) && at < lines.length - 1);
    const harness = await Harness.start();
    const peer = await harness.connect('line');
    for (const line of typed) peer.send(`${line}\r\n`);
    await peer.expect(...lines.filter((line, at) => !typed.includes(line) || at === lines.length - 1));
    await harness.stop();
  });
  it('spawns it like nats-server', async () => {
    const cwd = freshDirectory();
    writeFileSync(join(cwd, 'server.conf'), blocks('conf')[0]!);
    const commands = blocks('sh').find((block) => block.includes('./nats-server'))!;
    const script = commands.replace('$PWD', ROOT).replace('./nats-server', 'exec ./nats-server');
    await using server = new Process('sh', ['-c', script], { cwd });
    const portsFile = join(cwd, `nats-server_${server.pid}.ports`);
    let ports: { nats: string[] } | undefined;
    await until('the ports file is there', () => {
      try {
        ports = JSON.parse(readFileSync(portsFile, 'utf8')) as { nats: string[] };
      } catch {
        // Not there yet.
      }
      return ports !== undefined;
    });
    const { port } = new URL(ports!.nats[0]!.replace('nats:', 'http:'));
    const ann = await connectNats({ port: Number(port), user: 'ann', pass: 'secret', reconnect: false });
    const refusal = ann.status()[Symbol.asyncIterator]().next();
    ann.publish('orders.new');
    ann.publish('others');
    expect((await refusal).value).to.deep.include({ data: 'PERMISSIONS_VIOLATION' });
    await ann.close();
  });

  for (const [index, block] of blocks('toml').entries()) {
    it(`has a right configuration, number ${index + 1}`, async () => {
      const cwd = freshDirectory();
      const { cert, key } = AUTHORITY.issueServer();
      for (const [name, text] of Object.entries({
        'server.pem': cert,
        'server-key.pem': key,
        'ca.pem': AUTHORITY.cert,
      }))
        writeFileSync(join(cwd, name), text);
      writeFileSync(join(cwd, 'readme.toml'), block);
      await using check = runSluice(['-t', '-c', 'readme.toml'], { cwd });
      expect(await check.exited).to.deep.equal({ code: 0, signal: null });
    });
  }
});
