import { setTimeout as sleep } from 'node:timers/promises';
import { Background } from './background.js';
import { expect, TRIES } from './cli/command.js';
import { ask, run } from './command.js';
import { ROOT } from './find/places.js';
import type { Report } from './report.js';

interface Ports {
  readonly nats: string;
  readonly line: string;
}

/** One hand at a line client. */
class Typist extends Background {
  constructor(tool: string, port: string) {
    super(tool, ['127.0.0.1', port]);
  }

  async type(text: string, answer: RegExp): Promise<void> {
    this.say(`${text}\n`);
    await this.said(answer);
  }
}

/** Every verb of the line dialect. */
async function session(tool: string, ports: Ports): Promise<void> {
  await using line = new Typist(tool, ports.line);
  if (tool === 'telnet') await line.said(/Connected/); // it drops what it is given before
  await line.type('SUB interop.line', /^OK SUB interop\.line\r?$/m);
  await line.type('pub interop.line any text  as is', /^UPDATE interop\.line any text {2}as is\r?$/m);
  await line.said(/^OK PUB interop\.line\r?$/m);
  await line.type('nonsense', /^ERR unknown/m);
  await line.type('HELP', /UNSUB topic/);
  await line.type('PING', /^PONG/m);
  await line.type('UNSUB interop.line', /^OK UNSUB interop\.line\r?$/m);
  await line.type('QUIT', /^QUIT/m);
  expect(line.text.split('UPDATE interop.line').length === 2, line.text);
}

/** The NATS dialect by hand. */
async function natsByHand(tool: string, ports: Ports): Promise<void> {
  await using line = new Typist(tool, ports.nats);
  await line.said(/^INFO/m);
  await line.type('CONNECT {}\r\nPING\r\nSUB subject id\r\nPUB subject 5\r\nnoice\r', /^noice\r?$/m);
  const seen = line.text.slice(line.text.indexOf('+OK')).split(/\r?\n/).join(' ').trim();
  expect(seen === '+OK PONG +OK +OK MSG subject id 5 noice', seen);
}

/** What one side publishes, the other sees. */
async function withNats(tool: string, ports: Ports): Promise<void> {
  const url = `nats://127.0.0.1:${ports.nats}`;
  await using line = new Typist(tool, ports.line);
  if (tool === 'telnet') await line.said(/Connected/);
  await line.type('SUB interop.back', /^OK SUB interop\.back/m);
  const { code, text } = await run('nats', ['-s', url, 'pub', 'interop.back', 'published by nats']);
  expect(code === 0, text);
  await line.said(/^UPDATE interop\.back published by nats/m);
  await using subscriber = new Background('nats', ['-s', url, 'sub', '--raw', 'interop.cross']);
  for (let i = 0; i < TRIES && !/typed by hand/.test(subscriber.text); i++) {
    await line.type('PUB interop.cross typed by hand', /^OK PUB interop\.cross/m);
    await sleep(100);
  }
  await subscriber.said(/^typed by hand$/m);
}

/** Tries the tools for typing at sluice's line dialect, against a broker with a line listener. */
export async function lineChecks(report: Report): Promise<void> {
  const where = ['-a', '127.0.0.1', '-p', '-1', '--line', '127.0.0.1:-1', '--log-format', 'json'];
  await using broker = new Background(process.execPath, [`${ROOT}dist/cli.js`, ...where], {
    SLUICE_BANNER: 'always',
  });
  await broker.said(/configuration: .*\n/);
  const port = (name: string) => new RegExp(`^ {2}${name} {2}.*:(\\d+)$`, 'm').exec(broker.text)?.[1] ?? '';
  const ports = { nats: port('nats'), line: port('line') };
  const hasNats = (await ask('nats', '--version')) !== undefined;
  for (const tool of ['telnet', 'nc']) {
    if ((await run('sh', ['-c', `command -v ${tool}`])).code !== 0) {
      report.missing({ name: tool, reason: 'not on PATH' });
      continue;
    }
    report.begin({ name: tool, version: '' });
    const checks = {
      'line-session': session,
      ...(tool === 'nc' ? { 'nats-by-hand': natsByHand } : {}),
      ...(hasNats ? { 'line-and-nats-command': withNats } : {}),
    };
    for (const [name, check] of Object.entries(checks)) {
      await check(tool, ports).then(
        () => report.add(name, { kind: 'passed' }),
        (error: unknown) => report.add(name, { kind: 'failed', reason: String(error) }),
      );
    }
  }
}
