import { expect } from 'chai';
import { fieldIn, parseHeaders, renderHeaders } from '../../../lib/cli/client/headers.js';
import { ServerDecoder, type ServerFrame } from '../../../lib/cli/client/server-decoder.js';
import { SluiceError } from '../../../lib/domain/errors.js';
import { SPLITTINGS } from '../../support/splits.js';
import { bytes, filler, headerBlock, nats } from '../../support/wire.js';

const BLOCK = headerBlock(['A', 'b']);

const CASES: readonly [string, Buffer, readonly object[]][] = [
  ['INFO', nats.info('{"max_payload":5}'), [{ op: 'INFO', info: { max_payload: 5 } }]],
  [
    'PING, PONG and +OK',
    bytes(nats.ping, nats.pong, nats.ok),
    [{ op: 'PING' }, { op: 'PONG' }, { op: '+OK' }],
  ],
  ['lines that end in LF', bytes('PING\n', 'pong\n'), [{ op: 'PING' }, { op: 'PONG' }]],
  ['-ERR', nats.err('Stale Connection'), [{ op: '-ERR', message: 'Stale Connection' }]],
  [
    '-ERR with quotes in it',
    nats.err(`Permissions Violation for Publish to "it's"`),
    [{ op: '-ERR', message: `Permissions Violation for Publish to "it's"` }],
  ],
  ['MSG', nats.msg('a.b', '1', 'hello'), [{ op: 'MSG', subject: 'a.b', sid: '1', payload: bytes('hello') }]],
  [
    'MSG with a reply, and an empty one',
    bytes(nats.msg('a', '1', 'x', { reply: 'r' }), nats.msg('b', '22', '')),
    [
      { op: 'MSG', subject: 'a', sid: '1', reply: 'r', payload: bytes('x') },
      { op: 'MSG', subject: 'b', sid: '22', payload: bytes('') },
    ],
  ],
  [
    'HMSG, with and without a reply',
    bytes(nats.hmsg('a', '1', BLOCK, 'x', { reply: 'r' }), nats.hmsg('a', '1', BLOCK, '')),
    [
      { op: 'MSG', subject: 'a', sid: '1', reply: 'r', headers: BLOCK, payload: bytes('x') },
      { op: 'MSG', subject: 'a', sid: '1', headers: BLOCK, payload: bytes('') },
    ],
  ],
  [
    'a payload that looks like frames',
    bytes(nats.msg('a', '1', 'PING\r\nMSG a 1 1\r\n'), nats.ping),
    [{ op: 'MSG', subject: 'a', sid: '1', payload: bytes('PING\r\nMSG a 1 1\r\n') }, { op: 'PING' }],
  ],
  [
    'a subject that is no UTF-8',
    nats.msg(Buffer.of(0x61, 0xff), '1', 'x'),
    [{ op: 'MSG', subject: 'a\udcff', sid: '1', payload: bytes('x') }],
  ],
  [
    'a large message',
    nats.msg('a', '1', filler(300_000)),
    [{ op: 'MSG', subject: 'a', sid: '1', payload: filler(300_000) }],
  ],
];

function decode(parts: readonly Buffer[]): ServerFrame[] {
  const frames: ServerFrame[] = [];
  const decoder = new ServerDecoder((frame) => frames.push(frame));
  for (const part of parts) decoder.feed(part);
  return frames;
}

describe('cli/client/server-decoder', () => {
  for (const [name, wire, expected] of CASES) {
    for (const splitting of SPLITTINGS) {
      it(`reads ${name}, ${splitting.name}`, () => {
        for (const parts of splitting.cuttings(wire)) expect(decode(parts)).to.deep.equal(expected);
      });
    }
  }

  const wrong: readonly [string, Buffer][] = [
    ['another protocol', bytes('HTTP/1.1 400 Bad Request\r\n')],
    ['a line without end', filler(1_100_000).fill('x')],
    ['an INFO that is no JSON', nats.info('{')],
    ['an INFO that is no object', nats.info('3')],
    ['a message without a size', bytes('MSG a 1\r\n')],
    ['one with too many words', bytes('MSG a 1 r s 1\r\nx\r\n')],
    ['one with a size that is none', bytes('MSG a 1 x\r\n')],
    ['one that is larger than any', bytes('MSG a 1 99999999\r\n')],
    ['one that is longer than it says', bytes('MSG a 1 1\r\nxyz\r\n')],
    ['headers that are larger than all', bytes('HMSG a 1 5 3\r\n')],
  ];
  for (const [name, wire] of wrong) {
    it(`refuses ${name}`, () => {
      expect(() => decode([wire]))
        .to.throw(SluiceError)
        .with.property('code', 'UNREACHABLE');
    });
  }
});

describe('cli/client/headers', () => {
  it('are read as they are written', () => {
    const fields = [
      ['A', 'b'],
      ['A', 'c: d'],
    ] as const;
    expect(renderHeaders(fields).equals(headerBlock(...fields))).to.equal(true);
    expect(parseHeaders(headerBlock(...fields))).to.deep.equal({
      status: undefined,
      description: undefined,
      fields,
    });
  });

  it('may have a status', () => {
    expect(parseHeaders(bytes('NATS/1.0 503\r\n\r\n'))).to.deep.include({ status: '503', fields: [] });
    expect(parseHeaders(bytes('NATS/1.0 408 Request Timeout\r\nA:b\r\n\r\n'))).to.deep.equal({
      status: '408',
      description: 'Request Timeout',
      fields: [['A', 'b']],
    });
  });

  it('cannot be smuggled in', () => {
    expect(fieldIn('A: b')).to.deep.equal(['A', 'b']);
    expect(fieldIn('A:')).to.deep.equal(['A', '']);
    for (const text of ['A', ':b', ' :b', 'A: b\r\nC: d', 'A: b\nC'])
      expect(fieldIn(text)).to.equal(undefined);
  });
});
