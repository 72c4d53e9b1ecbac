/** No text that a peer chooses can forge a log line, or reach a terminal as more than text, in any format. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startBroker } from '../../lib/broker.js';
import { configFrom } from '../../lib/config.js';
import { createLogger } from '../../lib/log/index.js';
import { duplexPair } from '../support/duplex-pair.js';
import { Peer } from '../support/peer.js';
import { until } from '../support/until.js';

/** Controls of both sets, what changes direction, is invisible, or ends a line. */
const DANGEROUS =
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/u;

/** A line in the form of each format, that a peer would like to see in the log. */
const FORGERIES = [
  '[12:00:00.000] INFO: forged',
  '[1] 2026/01/01 00:00:00.000000 [INF] forged',
  '{"level":"info","msg":"forged"}',
];

const CHARACTERS = [
  ...[
    '\n',
    '\r\n',
    '\r',
    '\x1b[2J',
    '\x1b]0;t\x07',
    '\0',
    '\x08',
    '\x7f',
    '\x84',
    '\x85',
    '\x9b31m',
    '\x90q',
  ],
  ...[
    '\u2028',
    '\u2029',
    '\u202a',
    '\u202b',
    '\u202c',
    '\u202d',
    '\u202e',
    '\u2066',
    '\u2067',
    '\u2068',
    '\u2069',
  ],
  ...['\u200e', '\u200f', '\u061c', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u{e0041}'],
];

const HOSTILE = FORGERIES.map((line) => `x${CHARACTERS.join('')}\n${line}\n`);

/** Fields that pino or pino-pretty treat on their own, those that hold peers' text, and an error's. */
const FIELDS: Readonly<Record<string, (text: string) => object>> = {
  ...Object.fromEntries(
    [
      'name',
      'hostname',
      'pid',
      'caller',
      'user',
      'subject',
      'reply',
      'payload',
      'reason',
      'peer',
      'lang',
    ].map((key) => [key, (text: string) => ({ [key]: text })]),
  ),
  'a nested field': (text) => ({ frame: { op: 'INFO', info: { name: text, list: [text] } } }),
  'the name of a field': (text) => ({ [`k${text}`]: 1, deep: { [text]: 2 } }),
  'an error': (text) => ({ err: Object.assign(new Error(text), { code: text }) }),
  'an error as text': (text) => ({ error: text }),
};

const FORMATS = ['json', 'pretty', 'nats'] as const;

/** How a line begins that the log itself wrote; a stack trace's are indented. */
const STARTS = {
  json: /^\{"level":/,
  pretty: /^(\[[\d:.]+\] [A-Z]+| {2,}\S|$)/,
  nats: /^\[\d+\] \[[A-Z]{3}\] /,
};

describe('forged log lines', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-forged-'));
  after(() => rmSync(directory, { recursive: true }));
  let count = 0;

  function expectHarmless(file: string, format: (typeof FORMATS)[number]): string {
    const text = readFileSync(file, 'utf8');
    expect(text).to.not.match(DANGEROUS);
    for (const line of text.trimEnd().split('\n')) {
      const start = format === 'pretty' ? STARTS.pretty : STARTS[format];
      expect(line).to.match(start);
      for (const forgery of FORGERIES) expect(line.startsWith(forgery), line).to.equal(false);
      if (format === 'json') JSON.parse(line);
    }
    return text;
  }

  for (const format of FORMATS) {
    const make = async () => {
      const file = join(directory, `${count++}.log`);
      const log = await createLogger({ level: 'trace', format, file, timestamps: format === 'pretty' });
      return { file, log };
    };

    for (const [name, fields] of Object.entries(FIELDS)) {
      it(`${format}: not through ${name}`, async () => {
        const { file, log } = await make();
        for (const text of HOSTILE) log.logger.warn(fields(text), 'message');
        await log.close();
        expect(expectHarmless(file, format)).to.include('message');
      });
    }

    it(`${format}: not through the message`, async () => {
      const { file, log } = await make();
      for (const text of HOSTILE) log.logger.warn(text);
      await log.close();
      expectHarmless(file, format);
    });

    it(`${format}: not through anything that clients send`, async () => {
      const { file, log } = await make();
      const broker = await startBroker(
        configFrom({ listener: '127.0.0.1:0', line: { enabled: false } }),
        log.logger,
      );
      for (const dialect of ['nats', 'line'] as const) {
        const [near, far] = duplexPair();
        broker.attach(far, dialect);
        const peer = new Peer(near, dialect);
        for (const text of HOSTILE) {
          const word = text.replace(/\s/g, '_');
          const line = text.replace(/[\r\n]/g, '_');
          if (dialect === 'line') {
            peer.send(`SUB ${word}\nPUB a ${line}\nPUB ${word} x\nUNSUB ${word}\nAUTH ${word} ${word}\n`);
            continue;
          }
          const payload = Buffer.from(text);
          const about = { name: text, lang: text, version: text, user: text, account: '' };
          peer.send(`CONNECT ${JSON.stringify({ verbose: false, headers: true, ...about })}\r\n`);
          peer.send(`SUB ${word} ${word}1\r\nSUB > q${word} 2\r\n`);
          peer.send(`PUB ${word} r${word} ${payload.length}\r\n`, payload, '\r\n');
          const headers = Buffer.from(`NATS/1.0\r\nk: ${line}\r\n\r\n`);
          peer.send(`HPUB a ${headers.length} ${headers.length}\r\n`, headers, '\r\n');
        }
        peer.send(dialect === 'nats' ? 'FOO\u202e\x9b\r\n' : 'QUIT\n');
        await until(`the ${dialect} client has left`, () => near.readableEnded || near.destroyed);
        peer.end(); // or the broker waits a second for it to hang up
      }
      await broker.close();
      await log.close();
      expect(expectHarmless(file, format)).to.include('forged');
    });
  }
});
