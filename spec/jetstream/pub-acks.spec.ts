import { expect } from 'chai';
import { batchOf, type CommandBatch } from '../../lib/frame/command.js';
import { ApiError } from '../../lib/jetstream/api/errors.js';
import { PubAcks } from '../../lib/jetstream/pub-acks.js';

const asking = (reply: string) => batchOf({ subject: 's', reply, payload: Buffer.from('x') });

function texts(batch: CommandBatch | undefined): string[] {
  return batch === undefined
    ? []
    : Array.from({ length: batch.length }, (_, row) => `${batch.subject(row)} ${batch.payload(row)}`);
}

const stored = (reply: string, seq: number) => `${reply} {"stream":"S", "seq":${seq}}`;

describe('Acknowledgements of publishes', () => {
  it('go once what they are of is committed, in order', () => {
    const acks = new PubAcks('S', undefined);
    for (let i = 1; i <= 5; i++) acks.stored(asking(`r${i}`), 0, i);
    acks.duplicate(asking('again'), 0, 2, 5);
    expect(texts(acks.take(0))).to.deep.equal([]);
    expect(texts(acks.take(3))).to.deep.equal([stored('r1', 1), stored('r2', 2), stored('r3', 3)]);
    acks.stored(asking('r6'), 0, 6);
    expect(texts(acks.take(6))).to.deep.equal([
      stored('r4', 4),
      stored('r5', 5),
      'again {"stream":"S", "seq":2,"duplicate": true}',
      stored('r6', 6),
    ]);
    expect(acks.size).to.equal(0);
  });

  it('are as many and as long as they may be', () => {
    const acks = new PubAcks('S', undefined);
    const replies = Array.from({ length: 300 }, (_, i) => `${'r'.repeat(i)}${i}`);
    for (const [i, reply] of replies.entries()) acks.stored(asking(reply), 0, i + 1);
    expect(texts(acks.take(100))).to.deep.equal(replies.slice(0, 100).map((each, i) => stored(each, i + 1)));
    expect(texts(acks.take(300))).to.deep.equal(replies.slice(100).map((each, i) => stored(each, i + 101)));
  });

  it('become refusals from the sequence on that is lost', () => {
    const acks = new PubAcks('S', undefined);
    for (let i = 1; i <= 4; i++) acks.stored(asking(`r${i}`), 0, i);
    acks.fail(3, new ApiError('STREAM_STORE_FAILED', 'disk full'));
    const refusal = '{"error":{"code":503,"err_code":10077,"description":"disk full"},"stream":"S","seq":0}';
    expect(texts(acks.take(2))).to.deep.equal([
      stored('r1', 1),
      stored('r2', 2),
      `r3 ${refusal}`,
      `r4 ${refusal}`,
    ]);
  });
});
