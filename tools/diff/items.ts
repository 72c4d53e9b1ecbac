/** Single commands of a client, right ones and wrong ones. */
import type { Random } from './random.js';
import type { Variant } from './variants.js';

/** What the generator remembers of a client. */
export interface Client {
  /** Sids it has used, and whether for a queue group. */
  readonly sids: Map<string, 'plain' | 'queue'>;
  /** Whether it has sent a CONNECT. */
  connected: boolean;
  /** The rest of a command that was begun. */
  rest: Buffer | undefined;
}

const TOKENS = [
  'a',
  'b',
  'c',
  'aa',
  'é',
  '*x',
  'x>',
  '**',
  '>>',
  'ab*',
  '$SYS',
  '_INBOX',
  '\0',
  '\v',
  '"',
] as const;
const QUEUES = ['q', 'q', 'r', 'q.*', '>', 'é'] as const;

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** `text` as UTF-8, each byte a letter. */
function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function token(random: Random): string {
  return utf8(random.chance(0.85) ? random.pick(TOKENS.slice(0, 3)) : random.pick(TOKENS));
}

/** A subject as it is published to; latin1, each letter a byte. */
function literal(random: Random): string {
  if (random.chance(0.06))
    return random.pick(['a..b', '.a', 'a.', '.', '..', 'a.*', '>', '*', 'a.>', '*.b', '\xff', 'a.\xc3']);
  if (random.chance(0.01)) return `a.${'x'.repeat(random.int(100, 1_500))}`;
  if (random.chance(0.01)) return Array.from({ length: random.int(10, 60) }, () => 'a').join('.');
  if (random.chance(0.05)) return `_INBOX.${token(random)}`;
  return Array.from({ length: random.pick([1, 1, 2, 2, 3]) }, () => token(random)).join('.');
}

/** A subject as it is subscribed to. */
function pattern(random: Random): string {
  if (random.chance(0.5)) return literal(random);
  if (random.chance(0.07)) return random.pick(['a.>.b', '>.a', 'a..>', '.>', '*.', '..', '\xff.*']);
  if (random.chance(0.05)) return '_INBOX.*';
  const tokens = Array.from({ length: random.pick([1, 1, 2, 2, 3]) }, () =>
    random.chance(0.4) ? '*' : token(random),
  );
  if (random.chance(0.4)) tokens[tokens.length - 1] = '>';
  return tokens.join('.');
}

/** A blank between words. */
function blank(random: Random): string {
  return random.weighted([
    [30, ' '],
    [1, '\t'],
    [1, '  '],
    [1, ' \t '],
    [0.1, ' '.repeat(40)],
  ]);
}

function verb(random: Random, letters: string): string {
  if (random.chance(0.9)) return letters;
  return [...letters].map((letter) => (random.chance(0.5) ? letter.toLowerCase() : letter)).join('');
}

/** A control line; now and then with odd blanks, LF alone, two CR. */
function line(random: Random, letters: string, words: readonly string[]): string {
  let text = verb(random, letters);
  for (const word of words) text += blank(random) + word;
  if (random.chance(0.03)) text += blank(random);
  if (random.chance(0.004)) text = `${text.slice(0, -1)}\r${text.slice(-1)}`;
  return text + lineEnd(random);
}

function lineEnd(random: Random): string {
  return random.weighted([
    [100, '\r\n'],
    [5, '\n'],
    [0.4, '\r\r\n'],
  ]);
}

/** PING and what else stands alone, also what only servers say. */
export function controlItem(random: Random): Buffer {
  const text = random.weighted<() => string>([
    [6, () => verb(random, 'PING') + random.pick(['', '', ' x', 'X', '\t']) + lineEnd(random)],
    [3, () => verb(random, 'PONG') + random.pick(['', '', ' x', 'X']) + lineEnd(random)],
    [1, () => verb(random, '+OK') + random.pick(['', ' x', 'X']) + lineEnd(random)],
    [0.3, () => line(random, '-ERR', [random.pick(["'x'", 'x', ''])])],
    [0.5, () => line(random, 'INFO', [infoJson(random)])],
    [
      0.5,
      () => `${line(random, 'HMSG', random.pick([['a'], ['a', '1', '0', '0'], ['a', '1', '2', '2']]))}\r\n`,
    ],
    [0.1, () => line(random, 'MSG', ['a', '1', '0'])],
  ])();
  return latin1(text);
}

function infoJson(random: Random): string {
  return random.pick([
    ...[
      '{}',
      'null',
      '{"port":1}',
      '{"port":"x"}',
      '{"headers":1}',
      '{"connect_urls":["a"]}',
      '{"connect_urls":"a"}',
    ],
    ...[
      '{"x":',
      '[]',
      '{"server_id":"a","max_payload":1.0}',
      '{"MAX_PAYLOAD":99999999999}',
      '{"client_id":-1}',
    ],
    ...['{"import":{"allow":["a"]}}', '{"import":{"allow":[1]}}', '{"gateway_cmd":256}', '{"ldm":null}'],
  ]);
}

/** SUB or UNSUB. */
export function subscriptionItem(random: Random, variant: Variant, client: Client): Buffer {
  if (random.chance(0.03)) {
    const words = Array.from({ length: random.pick([0, 1, 4, 5]) }, () => token(random));
    return latin1(line(random, random.pick(['SUB', 'UNSUB']), words));
  }
  if (random.chance(0.25)) return latin1(unsubLine(random, client));
  const sid =
    random.chance(0.1) && client.sids.size > 0
      ? random.pick([...client.sids.keys()])
      : newSid(random, client);
  if (random.chance(0.02)) return latin1(longLine(random, variant, sid));
  const queued = random.chance(0.3);
  if (!client.sids.has(sid)) client.sids.set(sid, queued ? 'queue' : 'plain');
  else if (client.sids.get(sid) === 'plain' && queued)
    return latin1(line(random, 'SUB', [pattern(random), sid]));
  const words = queued ? [pattern(random), utf8(random.pick(QUEUES)), sid] : [pattern(random), sid];
  return latin1(line(random, 'SUB', words));
}

function newSid(random: Random, client: Client): string {
  if (random.chance(0.95)) return String(client.sids.size + 1);
  return (
    random.pick(['x', '-1', '01', '\xff', utf8('é'), '\xfe', 's'.repeat(200), '*', '\0']) +
    String(client.sids.size)
  );
}

function unsubLine(random: Random, client: Client): string {
  const known = [...client.sids.keys()];
  const sid = known.length > 0 && random.chance(0.9) ? random.pick(known) : '99';
  // Which member of a group gets a message is random, so when it has had its last one would be, too.
  if (client.sids.get(sid) === 'queue' || random.chance(0.4)) return line(random, 'UNSUB', [sid]);
  const max = random.pick([
    '1',
    '1',
    '2',
    '2',
    '3',
    '5',
    '0',
    '002',
    '-1',
    'x',
    '+1',
    '1000000000',
    '999999999',
    '0000000001',
  ]);
  return line(random, 'UNSUB', [sid, max]);
}

/** A SUB about as long as the longest there may be. */
function longLine(random: Random, { maxControlLineBytes }: Variant, sid: string): string {
  const size = maxControlLineBytes + random.int(-2, 2);
  return `SUB ${'a'.repeat(Math.max(1, size - 1 - sid.length))} ${sid}\r\n`;
}

function payload(random: Random, { maxPayloadBytes }: Variant): string {
  const text = random.weighted([
    [8, `m${random.int(0, 9_999)}`],
    [1, ''],
    [1, 'x'],
    [1, `\r\nPUB a 1\r\n${random.int(0, 99)}`],
    [0.5, '\xff\x00\r\n'],
    [0.3, 'y'.repeat(random.int(400, 5_000))],
    [0.1, 'z'.repeat(random.int(60_000, 70_000))],
  ]);
  return text.length > maxPayloadBytes && random.chance(0.8) ? text.slice(0, maxPayloadBytes) : text;
}

/** A size as it should not be written, or should not be. */
function oddSize(random: Random, size: number, { maxPayloadBytes }: Variant): string {
  return random.weighted([
    [5, `00${size}`],
    [2, String(size).padStart(9, '0')],
    [1, String(size).padStart(10, '0')],
    [1, String(size + random.int(1, 3))],
    [1, String(Math.max(0, size - random.int(1, 3)))],
    [1, String(maxPayloadBytes + random.int(0, 1))],
    [0.5, random.pick(['-1', '+1', 'x', '1x', '1.0', '0x1', '99999999999', '999999999', ''])],
  ]);
}

/** PUB or HPUB. */
export function publishItem(random: Random, variant: Variant, client: Client): Buffer {
  const withHeaders = random.chance(client.connected ? 0.25 : 0.03);
  const body = payload(random, variant);
  const headers = withHeaders ? headerBlock(random) : '';
  const words = [literal(random)];
  if (random.chance(0.3)) words.push(reply(random));
  if (random.chance(0.01)) words.push('x');
  const odd = (size: number): string => (random.chance(0.06) ? oddSize(random, size, variant) : String(size));
  if (withHeaders) words.push(odd(headers.length));
  words.push(odd(headers.length + body.length));
  const end = random.weighted([
    [150, '\r\n'],
    [0.3, '\n'],
    [0.3, 'x\r\n'],
    [0.3, '\rx'],
    [0.3, ''],
  ]);
  return latin1(`${line(random, withHeaders ? 'HPUB' : 'PUB', words)}${headers}${body}${end}`);
}

function reply(random: Random): string {
  return random.chance(0.7) ? `_INBOX.${token(random)}` : literal(random);
}

function headerBlock(random: Random): string {
  return random.weighted([
    [6, 'NATS/1.0\r\nA: b\r\n\r\n'],
    [2, 'NATS/1.0\r\n\r\n'],
    [1, 'NATS/1.0 404 No\r\n\r\n'],
    [1, 'XXXX'],
    [1, ''],
    [1, 'NATS/1.0\r\nA: b\r\n'],
    [1, 'NATS/1.0\r\nbad\r\n:\r\n\r\n'],
  ]);
}

/**
 * CONNECT.
 *
 * @param proper whether it should let the client in, as a rule
 */
export function connectItem(random: Random, variant: Variant, client: Client, proper: boolean): Buffer {
  client.connected = true;
  if (random.chance(proper ? 0.01 : 0.15)) {
    return latin1(
      random.chance(0.5) ? line(random, 'CONNECT', [random.pick(WRONG_JSON)]) : oddConnect(random),
    );
  }
  const options: Options = {};
  const { credentials } = variant;
  if (credentials !== undefined && random.chance(proper ? 1 : 0.5)) {
    const made = random.chance(variant.impostors ?? 0.05);
    Object.assign(options, made ? random.pick(IMPOSTORS) : random.pick(credentials));
  }
  if (random.chance(0.75)) options.verbose = random.chance(0.35);
  if (random.chance(0.75)) options.pedantic = random.chance(0.3);
  if (random.chance(0.25)) options.echo = random.chance(0.4);
  if (random.chance(0.7)) options.headers = random.chance(0.9);
  if (options.headers === true && random.chance(0.5)) options.no_responders = random.chance(0.9);
  if (random.chance(0.5))
    options.protocol = random.weighted([
      [20, 1],
      [10, 0],
      [0.3, 2],
      [0.3, -1],
    ]);
  if (random.chance(0.3)) options.name = random.pick(['n', 'é', '"\\\n', '']);
  if (random.chance(0.3)) options.lang = 'x';
  if (random.chance(0.2)) options.version = '1';
  if (random.chance(0.05)) options.tls_required = random.chance(0.5);
  return latin1(line(random, 'CONNECT', [utf8(JSON.stringify(options))]));
}

/** The fields of CONNECT that are made up here. */
interface Options {
  verbose?: boolean;
  pedantic?: boolean;
  echo?: boolean;
  headers?: boolean;
  no_responders?: boolean;
  protocol?: number;
  name?: string;
  lang?: string;
  version?: string;
  tls_required?: boolean;
}

const IMPOSTORS = [
  { user: 'u', pass: 'x' },
  { user: 'zz', pass: 'p' },
  { user: 'u' },
  { auth_token: 'x' },
  { pass: 'p' },
  { user: '', pass: '' },
  { nkey: 'U', sig: 'x' },
  { jwt: 'x' },
];

const WRONG_JSON = [
  ...[
    '{',
    '[]',
    '1',
    '"x"',
    'true',
    '{bad',
    "{'a':1}",
    '{"verbose":true,}',
    '{} x',
    '{}{}',
    'nul',
    '{"a":NaN}',
    '',
  ],
  ...[
    '{"verbose":"yes"}',
    '{"name":5}',
    '{"protocol":"1"}',
    '{"protocol":1.0}',
    '{"protocol":1e0}',
    '{"protocol":1.5}',
  ],
  ...[
    '{"protocol":99999999999999999999}',
    '{"protocol":01}',
    '{"protocol":+1}',
    '{"import":5}',
    '{"export":[]}',
  ],
  ...[
    '{"import":{"allow":[1]}}',
    '{"import":{"allow":"a"}}',
    '{"remote_account":1}',
    '{"account":1}',
    '{"new_account":1}',
  ],
  ...[
    '{"verbose":"x","verbose":true}',
    '{"a":"\x01"}',
    '{"a":"\\x"}',
    '{"a":"\\u12"}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":-}',
  ],
  ...[
    '\xef\xbb\xbf{}',
    '{"a":tru}',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{,}',
    '{"user":["u"]}',
    '{"headers":"true"}',
  ],
];

/** JSON that nats-server takes, though it is not what clients send. */
const ODD_JSON = [
  ...[
    'null',
    '{}',
    ' {} ',
    '{"VERBOSE":false}',
    '{"Verbose":true,"verbose":false}',
    '{"verbose":false,"VERBOSE":true}',
  ],
  ...[
    '{"verbose":false,"Verbose":true,"verbose":false}',
    '{"verbose":false,"verbose":null}',
    '{"verbose":null}',
  ],
  ...[
    '{"\\u0076erbose":false}',
    '{"protocol":-0}',
    '{"protocol":null}',
    '{"import":null}',
    '{"import":{"allow":["a"]}}',
  ],
  ...[
    '{"export":{"deny":null,"x":1}}',
    '{"remote_account":"a"}',
    '{"account":""}',
    '{"account":"x"}',
    '{"new_account":true}',
  ],
  ...[
    '{"new_account":false}',
    '{"a":[1,{"b":[]}],"c":1e999}',
    '{"name":"\xff\xfe"}',
    '{"name":"\\ud800"}',
    '{"":1}',
  ],
  ...['{"pa\xc5\xbf\xc5\xbf":5}', '{"\xe2\x84\xaa":1}', '{"pass":"\\u0000"}', '{"echo":null,"headers":null}'],
  ...[
    '{"no_responders":true}',
    '{"no_responders":true,"headers":false}',
    '{"protocol":2}',
    '{"protocol":-1}',
  ],
];

function oddConnect(random: Random): string {
  const json = random.pick(ODD_JSON);
  if (random.chance(0.3)) return `${verb(random, 'CONNECT')}${random.pick(['', '\t', '   '])}${json}\r\n`;
  return line(random, 'CONNECT', [json]);
}

/** Bytes that are no command. */
export function garbageItem(random: Random, { maxControlLineBytes }: Variant): Buffer {
  return latin1(
    random.weighted<() => string>([
      [
        2,
        () =>
          `${random.pick([
            'FOO',
            'QUIT',
            'GET / HTTP/1.1',
            'RS+ a',
            'LS+ a',
            'A+ a',
            'RMSG a 0',
            'PUX',
            'SUBX',
            'PUBa 1',
          ])}\r\n`,
      ],
      [
        2,
        () =>
          random.pick([
            '\r\n',
            '\n',
            ' PING\r\n',
            '\tPING\r\n',
            '\0',
            '\x16\x03\x01',
            '+O\r\n',
            '-ERR\r\n',
            'PUB\r\n',
          ]),
      ],
      [
        2,
        () =>
          random.pick([
            'SUB \r\n',
            'SUB \nfoo 1\r\n',
            'PUB \nfoo 1\r\nx\r\n',
            'CONNECT\r\n',
            'CONNECT\n{}\r\n',
            'CONNECT \r\n{}\r\n',
            'UNSUB \n1\r\n',
            'SUB a 1\rX\n',
            'SUB a\r2\r\n',
            'PUB a\r.b 1\r\nx\r\n',
            'PUB a b\r 1\r\nx\r\n',
            'PUB a 1\rX\nx\r\n',
            'PUB a 1\r\r\nx\r\n',
            'INFO\r\n',
            'INFO \n{}\r\n',
            'PUB \ra 1\r\nx\r\n',
            'UNSUB 1\r2\r\n',
          ]),
      ],
      [
        1,
        () =>
          Array.from({ length: random.int(1, 30) }, () => String.fromCharCode(random.int(0, 255))).join(''),
      ],
      [
        1,
        () =>
          `${random.pick(['PUB', 'SUB', 'UNSUB', 'HPUB', 'CONNECT', 'INFO', '-ERR'])} ${'x'.repeat(maxControlLineBytes + random.int(-1, 2))}`,
      ],
      [0.5, () => `PING${'x'.repeat(random.int(1, 10_000))}\r\n`],
      [0.5, () => `SUB${' '.repeat(random.int(500, 9_000))}a 1\r\n`],
    ])(),
  );
}
