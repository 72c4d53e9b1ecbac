import { expect } from 'chai';
import { batchOf, CommandBatch } from '../../lib/frame/command.js';
import { remapped } from '../../lib/frame/remap.js';

const PAYLOAD = Buffer.from('payload');
const BLOCK = Buffer.from('NATS/1.0\r\nX: y\r\n\r\n');
const OTHER = Buffer.from('NATS/1.0\r\nOther: one\r\n\r\n');

/** A message whose header block and payload came in pieces of `size` bytes. */
function inPieces(headers: Buffer | undefined, size: number): CommandBatch<never> {
  const { bytes, columns } = batchOf({
    subject: 'a',
    reply: 'b',
    payload: Buffer.alloc(0),
    ...(headers && { headers }),
  });
  const head = Buffer.from(bytes.subarray(0, 2));
  const body = Buffer.concat([headers ?? Buffer.alloc(0), PAYLOAD]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) pieces.push(body.subarray(at, at + size));
  const row = new Int32Array(columns);
  row[5] = 2;
  row[6] = 2;
  return new CommandBatch<never>(head, row, [], pieces);
}

describe('a message under another subject', () => {
  for (const headers of [undefined, BLOCK]) {
    const message = { subject: 'a', reply: 'b', payload: PAYLOAD, ...(headers && { headers }) };
    const made: readonly (readonly [name: string, batch: CommandBatch<never>])[] = [
      ['whole', batchOf(message)],
      ...[1, 3, 18, 25, 100].map((size) => [`in pieces of ${size}`, inPieces(headers, size)] as const),
    ];
    for (const [name, batch] of made) {
      for (const reply of [undefined, 'réply.to']) {
        for (const block of [undefined, OTHER]) {
          const what = `${headers ? 'headers' : 'no headers'}, ${name}, ${reply ?? 'no reply'}, ${block ? 'other headers' : 'its own'}`;
          it(`has all else as it was: ${what}`, () => {
            const { headers: has, ...rest } = remapped(batch, 0, 'süb.ject', reply, block).publish(0);
            expect(rest).to.deep.equal({
              op: 'PUB',
              subject: 'süb.ject',
              ...(reply && { reply }),
              payload: PAYLOAD,
            });
            expect(has?.toString()).to.equal((block ?? headers)?.toString());
          });
        }
      }
    }
  }

  it('leaves the message it is of alone', () => {
    const batch = batchOf({ subject: 'a', reply: 'b', headers: BLOCK, payload: PAYLOAD });
    remapped(batch, 0, 'x', undefined, OTHER);
    expect(batch.publish(0)).to.deep.equal({
      op: 'PUB',
      subject: 'a',
      reply: 'b',
      headers: BLOCK,
      payload: PAYLOAD,
    });
  });

  it('is found by its new subject', () => {
    const moved = remapped(batchOf({ subject: 'a', payload: PAYLOAD }), 0, 'x.y', undefined);
    const made = batchOf({ subject: 'x.y', payload: PAYLOAD });
    expect(moved.columns[7]).to.equal(made.columns[7]);
  });
});
