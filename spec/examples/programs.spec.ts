import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type WsSocketFactory, wsconnect } from '@nats-io/nats-core';
import { expect } from 'chai';
import { connect } from 'nats';
import { WebSocket } from 'ws';
import { Harness } from '../support/harness.js';
import { LineClient } from '../support/line-client.js';
import { Process, ROOT } from '../support/process.js';
import { until } from '../support/until.js';

/** Starts an example as its comment says. */
function example(name: string, ...words: (string | number)[]): Process {
  return new Process(process.execPath, [join(ROOT, 'examples', name), ...words.map(String)]);
}

describe('examples', () => {
  it('are all in the table of their README, with what they need', () => {
    const readme = readFileSync('examples/README.md', 'utf8');
    const files = readdirSync('examples').filter((name) => name.endsWith('.js'));
    const rows = [...readme.matchAll(/^\| \[([\w.-]+)\]\(\1\) \|.*\|([^|]*)\|$/gm)];
    expect(rows.map(([, name]) => name)).to.have.members(files);
    for (const [, name = '', needs] of rows) {
      const code = readFileSync(join('examples', name), 'utf8');
      const imported = [...code.matchAll(/^import .* from '([^'.:]+)';$/gm)].map(([, from]) => from!);
      const foreign = imported.filter((from) => !/^sluice/.test(from)).map((from) => `\`${from}\``);
      expect(needs!.trim(), name).to.equal(foreign.join(', '));
    }
  });

  it('chat.js: two who chat, one of them by telnet', async () => {
    const harness = await Harness.start();
    const { port } = harness.broker.lineAddress!;
    await using bob = await LineClient.connect(port);
    await bob.ask('SUB chat.kitchen');
    const ann = spawn(process.execPath, [join(ROOT, 'examples/chat.js'), 'ann', 'kitchen', String(port)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      let printed = '';
      ann.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
      const printedAll = async (text: string) => {
        while (printed !== text) await once(ann.stdout, 'data');
      };
      await printedAll('you are in the kitchen; Ctrl-D leaves\n');
      ann.stdin.write('hello\n');
      expect(await bob.lines(1)).to.deep.equal(['UPDATE chat.kitchen ann: hello']);
      await bob.say('PUB chat.kitchen bob: well?');
      const all = 'you are in the kitchen; Ctrl-D leaves\nann: hello\nbob: well?\n';
      await printedAll(all);
      ann.stdin.end();
      const [code] = await once(ann, 'close');
      expect({ code, printed }).to.deep.equal({ code: 0, printed: all });
    } finally {
      ann.kill('SIGKILL');
    }
    await harness.stop();
  });

  it('chat.js says how it is used', async () => {
    await using chat = example('chat.js');
    expect(await chat.exited).to.deep.equal({ code: 1, signal: null });
    expect(chat.stderr).to.match(/^usage: node examples\/chat\.js NAME/);
  });

  it('service.js answers requests, and finishes what it has begun', async () => {
    const harness = await Harness.start();
    const { port } = harness.broker.natsAddress!;
    await using service = example('service.js', port);
    await service.said(/serving prices at /);
    const client = await connect({ port });
    const answer = async () => (await client.request('price.espresso', '', { timeout: 10_000 })).string();
    // It says that it serves before its SUB has arrived.
    for (let tries = 0; ; tries++) {
      const said = await answer().catch((error: { code?: string }) => error.code);
      if (said === '503' && tries < 500) continue;
      expect(said).to.equal('2.20');
      break;
    }
    expect(await service.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
    await client.close();
    await harness.stop();
  });

  it('service.test.js: its tests pass, and there are some', async () => {
    await using tests = new Process(process.execPath, ['--test', join(ROOT, 'examples/service.test.js')]);
    const exit = await tests.exited;
    expect(exit, tests.stdout).to.deep.equal({ code: 0, signal: null });
    expect(tests.stdout).to.match(/pass 3\n.*fail 0\n/s);
  });

  for (const [file, count, ...command] of [
    ['testing-mocha.spec.js', '3 passing', 'node_modules/mocha/bin/mocha.js', '--no-config'],
    ['testing-node.test.js', 'pass 3\n.*fail 0\n', '--test'],
    ['testing-nest.test.js', 'pass 1\n.*fail 0\n', '--test'],
    ['testing-vitest.test.js', 'Tests  2 passed', 'node_modules/vitest/vitest.mjs', 'run', '--no-color'],
  ] as const)
    it(`${file}: its tests pass, and there are some`, async () => {
      const words = command.map((word) => (word.includes('/') ? join(ROOT, word) : word));
      const path = file.includes('vitest') ? join('examples', file) : join(ROOT, 'examples', file);
      await using tests = new Process(process.execPath, [...words, path], { cwd: ROOT });
      const exit = await tests.exited;
      expect(exit, tests.stdout + tests.stderr).to.deep.equal({ code: 0, signal: null });
      expect(stripVTControlCharacters(tests.stdout)).to.match(new RegExp(count, 's'));
    });

  it('websocket.js: a page that chats, and a NATS client that hears it', async () => {
    await using app = example('websocket.js', 0, 0);
    const [, httpPort, natsPort] = await app.said(/HTTP on .*port: (\d+).* NATS on .*:(\d+)\n/s);
    const page = await (await fetch(`http://127.0.0.1:${httpPort}/`)).text();
    expect(page).to.include('new WebSocket(');
    const nc = await connect({ port: Number(natsPort) });
    const heard = nc.subscribe('chat', { max: 1 });
    await nc.flush();
    const ann = new WebSocket(`ws://127.0.0.1:${httpPort}/line`, { origin: `http://127.0.0.1:${httpPort}` });
    await once(ann, 'open');
    let text = '';
    ann.on('message', (chunk: Buffer) => {
      text += chunk.toString();
    });
    ann.send('SUB chat\nPUB chat hello\n');
    for await (const message of heard) expect(message.string()).to.equal('hello');
    await until('the page hears it', () => text.includes('UPDATE chat hello\n'));
    ann.terminate();
    await nc.close();
  });

  for (const name of ['websocket-express.js', 'websocket-fastify.js'])
    it(`${name}: what is posted reaches pages over WebSockets, which talk to NATS clients`, async () => {
      await using app = example(name, 0, 0);
      const [, httpPort, natsPort] = await app.said(/HTTP on .*port: (\d+).* NATS on .*:(\d+)\n/s);
      const origin = `http://127.0.0.1:${httpPort}`;
      const wsFactory: WsSocketFactory = async (url) => {
        const socket: unknown = new WebSocket(url, { origin });
        return { socket: socket as globalThis.WebSocket, encrypted: false };
      };
      const servers = `ws://127.0.0.1:${httpPort}/nats`;
      const page = await wsconnect({ servers, wsFactory });
      const news = page.subscribe('news', { max: 1 });
      await page.flush();
      const headers = { 'content-type': 'text/plain' };
      const posted = await fetch(`${origin}/news`, { method: 'POST', headers, body: 'two coffees' });
      expect(posted.status).to.equal(202);
      for await (const message of news) expect(message.string()).to.equal('two coffees');

      const nc = await connect({ port: Number(natsPort) });
      nc.subscribe('echo', { callback: (_, message) => void message.respond(message.data) });
      await nc.flush();
      expect((await page.request('echo', 'hello')).string()).to.equal('hello');
      const elsewhere = new WebSocket(`ws://127.0.0.1:${httpPort}/other`, { origin });
      const [error] = (await once(elsewhere, 'error')) as [Error];
      expect(error.message).to.match(/ 404$/);
      const stranger = new WebSocket(servers, { origin: 'https://example.com' });
      const [refusal] = (await once(stranger, 'error')) as [Error];
      expect(refusal.message).to.match(/ 403$/);

      expect(await app.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
      await nc.close();
      await page.close();
    });

  it('express.js: what is posted goes out to NATS clients, and to browsers what any client publishes', async () => {
    await using app = example('express.js', 0, 0);
    const [, httpPort, natsPort] = await app.said(/HTTP on .*port: (\d+).* NATS on .*:(\d+)\n/s);
    const orders = `http://127.0.0.1:${httpPort}/orders`;
    const nc = await connect({ port: Number(natsPort) });
    const heard = nc.subscribe('orders.*', { max: 1 });
    await nc.flush();

    const events = await fetch(orders);
    expect(events.headers.get('content-type')).to.match(/^text\/event-stream/);
    const posted = await fetch(`${orders}/new`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'two coffees',
    });
    expect(posted.status).to.equal(202);
    for await (const message of heard) expect(message.string()).to.equal('two coffees');

    nc.publish('orders.paid', '4.40');
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    const all = 'event: orders.new\ndata: two coffees\n\nevent: orders.paid\ndata: 4.40\n\n';
    let stream = '';
    while (stream.length < all.length) stream += (await reader.read()).value ?? expect.fail(stream);
    expect(stream).to.equal(all);

    expect(await app.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
    await nc.close();
  });
});
