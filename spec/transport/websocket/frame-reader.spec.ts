import { expect } from 'chai';
import { FrameReader } from '../../../lib/transport/websocket/frame-reader.js';
import { unmask } from '../../../lib/transport/websocket/frames.js';
import { seeded } from '../../support/random.js';
import { SPLITTINGS } from '../../support/splits.js';
import { type FrameSpec, frameOf } from '../../support/websocket.js';

/** What a reader makes of reads: payload as one text, and events in between. */
function read(parts: readonly Buffer[], isMasked = true): { payload: string; events: unknown[][] } {
  const events: unknown[][] = [];
  const reader = new FrameReader(
    {
      onPing: (payload) => events.push(['ping', Buffer.from(payload).toString()]),
      onClose: (code) => events.push(['close', code]),
      onFault: (code, why) => events.push(['fault', code, why]),
    },
    isMasked,
  );
  const payload: Buffer[] = [];
  for (const part of parts) payload.push(Buffer.from(part.subarray(0, reader.decode(part, part.length))));
  return { payload: Buffer.concat(payload).toString('latin1'), events };
}

const LONG = 'x'.repeat(300);
const close = (code: number, reason = ''): Buffer => {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return Buffer.concat([payload, Buffer.from(reason)]);
};
const fault = (why: string) => [['fault', 1002, why]];

const CASES: readonly (readonly [
  what: string,
  frames: readonly FrameSpec[],
  payload: string,
  events?: readonly unknown[],
])[] = [
  ['a binary message', [{ payload: 'hello' }], 'hello'],
  ['a text message', [{ op: 1, payload: 'hello' }], 'hello'],
  ['text that is no UTF-8', [{ op: 1, payload: Buffer.from([0xff, 0xfe]) }], '\xff\xfe'],
  ['an empty message', [{}, { payload: 'a' }], 'a'],
  ['lengths of two bytes', [{ payload: LONG }, { payload: 'b' }], `${LONG}b`],
  ['a length of eight bytes', [{ payload: 'y'.repeat(70_000) }], 'y'.repeat(70_000)],
  [
    'fragments',
    [
      { payload: 'a', final: false },
      { op: 0, payload: 'b', final: false },
      { op: 0, payload: 'c' },
      { payload: 'd' },
    ],
    'abcd',
  ],
  [
    'a ping between fragments',
    [
      { payload: 'a', final: false },
      { op: 9, payload: 'p' },
      { op: 0, payload: 'b' },
    ],
    'ab',
    [['ping', 'p']],
  ],
  [
    'a ping of 125 bytes, and a pong',
    [
      { op: 9, payload: 'p'.repeat(125) },
      { op: 10, payload: 'q' },
    ],
    '',
    [['ping', 'p'.repeat(125)]],
  ],
  [
    'a close frame, and what comes after it',
    [{ payload: 'a' }, { op: 8, payload: close(1000, 'bye') }, { payload: 'b' }],
    'a',
    [['close', 1000]],
  ],
  ['a close frame without a code', [{ op: 8 }], '', [['close', undefined]]],
  ['a close frame of an application', [{ op: 8, payload: close(4999) }], '', [['close', 4999]]],
  [
    'a close frame that is no UTF-8',
    [{ op: 8, payload: Buffer.concat([close(1000), Buffer.from([0xff])]) }],
    '',
    [['close', 1007]],
  ],
  ['a close frame of 1 byte', [{ op: 8, payload: 'x' }], '', fault('close frame payload cannot be 1 byte')],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000].map(
    (code) =>
      [
        `close code ${code}`,
        [{ op: 8, payload: close(code) }],
        '',
        fault(`invalid close status code ${code}`),
      ] as const,
  ),
  [
    'a frame that is not masked',
    [{ payload: 'a' }, { payload: 'b', key: undefined }],
    'a',
    fault('mask bit missing'),
  ],
  ...[1, 2, 4].map(
    (reserved) =>
      [
        `reserved bits ${reserved}`,
        [{ payload: 'a', reserved }],
        '',
        fault('reserved bits must be clear'),
      ] as const,
  ),
  ...[3, 7, 11, 15].map(
    (op) => [`opcode ${op}`, [{ op, payload: 'a' }], '', fault(`unknown opcode ${op}`)] as const,
  ),
  [
    'a ping in fragments',
    [{ op: 9, payload: 'a', final: false }],
    '',
    fault('control frame does not have final bit set'),
  ],
  ['a ping of 126 bytes', [{ op: 9, payload: 'a'.repeat(126) }], '', fault('control frame too long')],
  [
    'a message within a message',
    [{ payload: 'a', final: false }, { payload: 'b' }],
    'a',
    fault('new message before the last one was complete'),
  ],
  [
    'a continuation of nothing',
    [{ payload: 'a' }, { op: 0, payload: 'b' }],
    'a',
    fault('continuation without a message'),
  ],
  [
    'a length beyond what can be counted',
    [{ length: 1n << 63n }],
    '',
    fault('invalid 64-bit payload length'),
  ],
];

describe('transport/websocket/frame-reader', () => {
  for (const [what, frames, payload, events = []] of CASES)
    for (const { name, cuttings } of SPLITTINGS)
      it(`${what}, ${name}`, () => {
        const wire = Buffer.concat(frames.map(frameOf));
        for (const parts of cuttings(wire))
          expect(read(parts.map((part) => Buffer.from(part)))).to.deep.equal({ payload, events });
      });

  for (const [what, frames, payload, events = []] of CASES.filter(
    ([, all]) => !all.some((one) => 'key' in one),
  ))
    for (const { name, cuttings } of SPLITTINGS)
      it(`of a server: ${what}, ${name}`, () => {
        const wire = Buffer.concat(frames.map((frame) => frameOf({ ...frame, key: undefined })));
        for (const parts of cuttings(wire))
          expect(
            read(
              parts.map((part) => Buffer.from(part)),
              false,
            ),
          ).to.deep.equal({ payload, events });
      });

  it('refuses a masked frame of a server', () => {
    const wire = Buffer.concat([frameOf({ payload: 'a', key: undefined }), frameOf({ payload: 'b' })]);
    expect(read([wire], false)).to.deep.equal({ payload: 'a', events: fault('mask bit set') });
  });

  it('reads what is left of a message whatever is declared, keeping none of it', () => {
    const head = frameOf({ length: 1n << 50n });
    expect(read([head, Buffer.alloc(10)]).payload).to.have.length(10);
  });

  for (const [what, bare] of [
    ['pings', { op: 9, payload: 'p' }],
    ['pongs', { op: 10 }],
    ['empty messages', {}],
  ] as const)
    it(`takes 1,024 ${what} in one read, and no more`, () => {
      const many = Buffer.concat(Array.from({ length: 1_024 }, () => frameOf(bare)));
      const faults = (parts: readonly Buffer[]) => read(parts).events.filter(([kind]) => kind === 'fault');
      expect(faults([Buffer.from(many), Buffer.from(many)])).to.deep.equal([]);
      expect(faults([Buffer.concat([many, frameOf(bare)])])).to.deep.equal([
        ['fault', 1008, 'too many frames without payload'],
      ]);
    });

  it('unmasks any part of memory as byte by byte', () => {
    const random = seeded(7);
    for (let i = 0; i < 300; i++) {
      const memory = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)));
      const from = Math.floor(random() * 60);
      const to = from + Math.floor(random() * 140);
      const key = Buffer.from(Array.from({ length: 4 }, () => Math.floor(random() * 256)));
      const phase = Math.floor(random() * 1_000);
      const expected = memory.map((byte, at) =>
        at < from || at >= to ? byte : byte ^ key[(phase + at - from) % 4]!,
      );
      unmask(memory, from, to, key.readInt32LE(), phase);
      expect(memory.equals(expected)).to.equal(true);
    }
  });
});
