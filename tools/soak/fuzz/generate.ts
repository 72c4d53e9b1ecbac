/** Bytes that no well-behaved client sends, from seeds: valid traces damaged, and rubbish. */
import {
  type Client,
  connectItem,
  controlItem,
  garbageItem,
  publishItem,
  subscriptionItem,
} from '../../diff/items.js';
import { Random } from '../../diff/random.js';
import { VARIANTS } from '../../diff/variants.js';

export type FuzzDialect = 'nats' | 'line' | 'leaf';

/** Which of them the client of a seed speaks. */
export function dialectOf(seed: number): FuzzDialect {
  return (['nats', 'line', 'leaf'] as const)[seed % 3]!;
}

/** A topic that is in payloads only, after a line end: a line that begins with it has been forged. */
export const FORGED = 'FORGED.7c1e5b0a';

const MOST_ITEMS = 12;
const LARGEST_BLOB_BYTES = 70_000;

const NUMBERS = ['0', '-1', '-0', '00', '1', '2147483647', '2147483648', '4294967295', '9007199254740993'];
const HUGE = ['999999999', '1000000000', '18446744073709551616', '9'.repeat(40), '1e9', '0x10', '+5', '1.5'];
const SCRAPS = [
  '\r',
  '\n',
  '\r\n',
  '\n\r',
  '\r\r\n',
  '',
  ' ',
  '\t',
  '\0',
  '\v',
  '"',
  '{',
  '}',
  '..',
  '>',
  '*',
];
const DAMAGED_UTF8 = [
  '\xc3',
  '\xa9',
  '\xff',
  '\xfe',
  '\xed\xa0\x80',
  '\xf8\x88\x80\x80\x80',
  '\xc0\xaf',
  '\xe2\x82',
];
const TELNET = ['\xff\xfb\x01', '\xff\xfa\x18\x00', '\xff\xf0', '\xff\xff', '\xff\xf4', '\xff\xfd'];
const WORDS = [
  'PUB',
  'HPUB',
  'SUB',
  'UNSUB',
  'CONNECT',
  'PING',
  'INFO',
  'MSG',
  '-ERR',
  'AUTH',
  'HELP',
  'QUIT',
];

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function blob(random: Random, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) bytes[i] = random.int(0, 255);
  return bytes;
}

function scrap(random: Random): Buffer {
  const list = random.pick([NUMBERS, HUGE, SCRAPS, SCRAPS, DAMAGED_UTF8, TELNET, WORDS]);
  return latin1(random.pick(list));
}

/** A message with a line in it that must stay inside. */
function trap(random: Random, dialect: FuzzDialect): Buffer {
  const end = random.pick(['\r\n', '\n', '\r']);
  const text = `x${end}UPDATE ${FORGED} y${end}MSG ${FORGED} 1 1${end}y`;
  if (dialect === 'line') return latin1(`PUB a ${text.replace(/\n/g, '\r')}\n`);
  const subject = random.pick(['a', 'a.b', 'é', '\xff', `a${random.pick(SCRAPS)}b`]);
  const verb = dialect === 'leaf' ? 'LMSG' : 'PUB';
  return latin1(`${verb} ${subject} ${text.length}\r\n${text}\r\n`);
}

/** Header blocks that lie about their size, end early, or hold one another. */
function headers(random: Random): Buffer {
  const block = random.pick([
    'NATS/1.0\r\n\r\n',
    'NATS/1.0\r\na: b\r\n\r\n',
    'NATS/1.0',
    'NATS/1.0\r\n',
    '',
    '\r\n\r\n',
  ]);
  const nested = random.chance(0.3) ? `${block.slice(0, random.int(0, block.length))}${block}` : block;
  const body = random.pick(['', 'x', 'HPUB a 0 0\r\n\r\n', nested]);
  const said = random.chance(0.6) ? nested.length : random.int(0, nested.length + 3);
  const total = random.chance(0.7) ? nested.length + body.length : random.int(0, 60);
  return latin1(`HPUB a ${random.chance(0.3) ? 'r ' : ''}${said} ${total}\r\n${nested}${body}\r\n`);
}

function deep(random: Random, dialect: FuzzDialect): Buffer {
  const token = random.pick(['a', '*', 'é', '', 'a*']);
  const subject = Array.from({ length: random.pick([3, 100, 900, 2_000, 4_090]) }, () => token).join('.');
  if (dialect === 'line') return latin1(`${random.pick(['SUB', 'UNSUB'])} ${subject}\n`);
  if (dialect === 'leaf')
    return latin1(random.chance(0.5) ? `LS+ ${subject}\r\n` : `LMSG ${subject} 1\r\nx\r\n`);
  return latin1(random.chance(0.5) ? `SUB ${subject} 9\r\n` : `PUB ${subject} 1\r\nx\r\n`);
}

/** Numbers where sizes belong, at the edges of what is taken. */
function sizes(random: Random): Buffer {
  const number = random.pick([...NUMBERS, ...HUGE, '65535', '65536', '1048576', '1048577']);
  const text = random.pick([
    `PUB a ${number}`,
    `HPUB a ${number} ${random.pick(NUMBERS)}`,
    `UNSUB 1 ${number}`,
    `SUB a ${number}`,
  ]);
  return latin1(`${text}\r\n${'x'.repeat(random.int(0, 40))}\r\n`);
}

function large(random: Random, dialect: FuzzDialect): Buffer {
  const size = random.pick([4_095, 4_096, 4_097, 65_530, 65_536, LARGEST_BLOB_BYTES]);
  const body = Buffer.alloc(size, 'x');
  const verb = dialect === 'leaf' ? 'LMSG' : 'PUB';
  const line = dialect === 'line' ? 'PUB a ' : `${verb} a ${size}\r\n`;
  return Buffer.concat([latin1(line), body, latin1('\r\n')]);
}

/** How clients of other protocols begin; what follows must not be carried out by the line dialect. */
const OTHER_PROTOCOLS = [
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n\r\n',
  'GET / HTTP/1.1\r\n',
  'Host: localhost\r\n',
  'CONNECT {"verbose":false}\r\n',
  '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
  '*1\r\n$4\r\nPING\r\n',
  'EHLO localhost\r\n',
  'SSH-2.0-OpenSSH_9.6\r\n',
  'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n',
  '\r\n\r\n\0\r\nQUIT\n',
  '\0\0\0\x08\x04\xd2\x16\x2f',
  '\x10\x10\0\x04MQTT\x04\x02',
];

function lineItem(random: Random): Buffer {
  const topic = random.pick([
    'a',
    'a.b',
    '*',
    'a.>',
    '>',
    '..',
    '',
    'é',
    'a\0b',
    '\x1b[2J',
    FORGED.toLowerCase(),
  ]);
  const verb = random.pick(['PUB', 'SUB', 'UNSUB', 'PING', 'HELP', 'AUTH', 'QUIT', 'pub', 'ſub', '']);
  const text = random.pick(['', ' ', ' hi', ' \xff', ` ${'x'.repeat(300)}`, ' é']);
  return latin1(
    `${verb}${random.pick([' ', '  ', '\t', ''])}${topic}${text}${random.pick(['\n', '\r\n', '\r\r\n', '\r', ''])}`,
  );
}

function natsItem(random: Random, client: Client): Buffer {
  const variant = random.pick(VARIANTS);
  return random.weighted([
    [8, () => publishItem(random, variant, client)],
    [6, () => subscriptionItem(random, variant, client)],
    [2, () => connectItem(random, variant, client, false)],
    [2, () => controlItem(random)],
    [1, () => garbageItem(random, variant)],
    [2, () => headers(random)],
    [2, () => sizes(random)],
  ])();
}

/** What the other server of a leaf link says, sizes mostly right. */
function leafItem(random: Random): Buffer {
  const subject = random.pick([
    'a',
    'a.b',
    'a.*',
    '>',
    '..',
    'é',
    '\xff',
    '$LDS.x',
    '$JS.ACK.S.C.1.1.1.1.1.0@a',
    '_R_.x',
  ]);
  const queues = random.pick([
    '',
    '',
    '| q ',
    '+ re q ',
    '+ re q r s ',
    're ',
    '$JS.ACK.S.C.1.1.1.1.1.0@s.a ',
    '| ',
    '+ ',
    '+ re ',
    '# q ',
  ]);
  const text = random.pick(['', 'x', 'hello', `x\r\nUPDATE ${FORGED} y`]);
  const size = random.chance(0.85) ? text.length : random.pick([...NUMBERS, ...HUGE]);
  const block = random.pick(['NATS/1.0\r\n\r\n', 'NATS/1.0\r\na: b\r\n\r\n', 'NATS/1.0']);
  const weight = random.pick(['1', '3', '0', '-1', '2147483648', '', 'x']);
  return latin1(
    random.weighted([
      [6, () => `LMSG ${subject} ${queues}${size}\r\n${text}\r\n`],
      [
        3,
        () => `HMSG ${subject} ${queues}${block.length} ${block.length + text.length}\r\n${block}${text}\r\n`,
      ],
      [5, () => `LS+ ${subject}${random.pick(['', ' q ', '  '])}${weight}\r\n`],
      [3, () => `LS- ${subject}${random.pick(['', ' q', ' q 1'])}\r\n`],
      [2, () => random.pick(['PING\r\n', 'PONG\r\n', '+OK\r\n', "-ERR 'x'\r\n", 'ping\n'])],
      [
        1,
        () =>
          `INFO ${random.pick(['{}', '{"leafnode_urls":["a:1"]}', '{', '[]', `{"a":"${'x'.repeat(4_100)}"}`])}\r\n`,
      ],
      [
        1,
        () =>
          `CONNECT ${random.pick(['{}', '{"name":"x","cluster":"y"}', '{"lang":"go"}', '{"user":"a","pass":"b"}'])}\r\n`,
      ],
    ])(),
  );
}

/** One place changed: a bit, a hole, something twice, something foreign. */
function damaged(random: Random, wire: Buffer): Buffer {
  const at = random.int(0, wire.length);
  const length = random.int(1, random.chance(0.8) ? 6 : 200);
  const before = wire.subarray(0, at);
  return random.weighted([
    [3, () => Buffer.concat([before, wire.subarray(at + length)])],
    [2, () => Buffer.concat([before, wire.subarray(at, at + length), wire.subarray(at)])],
    [4, () => Buffer.concat([before, scrap(random), wire.subarray(at + (random.chance(0.5) ? 1 : 0))])],
    [
      3,
      () => {
        const copy = Buffer.from(wire);
        if (at < copy.length) copy[at] = copy[at]! ^ (1 << random.int(0, 7));
        return copy;
      },
    ],
    [1, () => before],
    [1, () => Buffer.concat([before, blob(random, random.int(1, 64)), wire.subarray(at)])],
  ])();
}

function itemOf(dialect: FuzzDialect, random: Random, client: Client): Buffer {
  if (dialect === 'leaf') return leafItem(random);
  return dialect === 'nats' ? natsItem(random, client) : lineItem(random);
}

/** What the client of a seed sends. */
export function generate(seed: number, dialect: FuzzDialect): Buffer {
  const random = new Random(seed);
  if (random.chance(0.08)) return blob(random, random.int(1, random.chance(0.9) ? 300 : 5_000));
  const client: Client = { sids: new Map(), connected: false, rest: undefined };
  const items: Buffer[] = [];
  if (dialect === 'nats' && random.chance(0.6))
    items.push(latin1('CONNECT {"headers":true,"verbose":false}\r\n'));
  if (dialect === 'leaf' && random.chance(0.8))
    items.push(latin1('CONNECT {"headers":true,"name":"fuzz"}\r\n'));
  const count = random.int(1, MOST_ITEMS);
  for (let i = 0; i < count; i++) {
    const item = random.weighted([
      [12, () => itemOf(dialect, random, client)],
      [2, () => trap(random, dialect)],
      [1, () => deep(random, dialect)],
      [0.4, () => large(random, dialect)],
      [1, () => scrap(random)],
      [0.3, () => latin1(random.pick(OTHER_PROTOCOLS))],
    ])();
    items.push(item);
  }
  let wire: Buffer = Buffer.concat(items);
  const damages = random.weighted([
    [3, 0],
    [4, 1],
    [2, random.int(2, 4)],
    [1, random.int(5, 20)],
  ]);
  for (let i = 0; i < damages; i++) wire = damaged(random, wire);
  return wire;
}
