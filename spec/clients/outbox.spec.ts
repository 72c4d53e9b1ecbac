import { expect } from 'chai';
import { Outbox } from '../../lib/clients/outbox.js';
import { configFrom } from '../../lib/config.js';
import { StreamIoEnd } from '../../lib/connection/stream-io-end.js';
import { NatsEncoder } from '../../lib/dialects/nats/encoder.js';
import { batchOf } from '../../lib/frame/command.js';
import { memoryOfCodecs } from '../../lib/frame/memory.js';
import { duplexPair } from '../support/duplex-pair.js';
import { bytesInUse } from '../support/memory.js';
import { bytesKept } from '../support/retained-bytes.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;
const { flow } = configFrom();

/** An outbox whose peer takes nothing from now on. */
function stalled(): Outbox {
  const encoder = new NatsEncoder({ highWaterBytes: 64 * MIB });
  const [near] = duplexPair();
  encoder.pipe(near);
  return new Outbox(new StreamIoEnd(encoder, near), flow);
}

function give(outbox: Outbox, payload: Buffer): void {
  const batch = batchOf({ subject: 'a', payload });
  outbox.deliver(batch, 0, 1, '1', false, false);
  outbox.accounting.count(1, payload.length);
  outbox.flush();
}

/** Bytes in use once what earlier specs left has been collected: buffers go later than what refers to them. */
async function steadyBytes(): Promise<number> {
  let steady = bytesInUse();
  let last = Number.POSITIVE_INFINITY;
  await until('collecting garbage frees no more', () => {
    last = steady;
    steady = bytesInUse();
    return Math.abs(steady - last) < 64 * 1024;
  });
  return steady;
}

describe('the outbox of a stalled receiver', () => {
  const small = Buffer.alloc(16, 'x');
  // What all encoders render into is no part of what is kept for one connection.
  before(() => memoryOfCodecs().slab.renew(1));

  it('keeps of small messages no more memory than it counts', async () => {
    const outbox = stalled();
    const before = await steadyBytes();
    for (let n = 0; n < 20_000; n++) give(outbox, small);
    const most = outbox.keptBytes + MIB;
    const grown = await bytesKept(before, most);
    expect(outbox.pending.messages).to.be.within(19_000, 20_000);
    expect(outbox.pendingBytes).to.be.above(19_000 * 28);
    expect(grown).to.be.below(most);
    expect(outbox.keptBytes).to.be.below(20_000 * 400);
  });

  it('keeps none of the memory that others are rendered into meanwhile', async () => {
    const outbox = stalled();
    const busy = new NatsEncoder();
    busy.resume();
    const large = batchOf({ subject: 'b', payload: Buffer.alloc(32 * 1024) });
    const other = new Outbox(new StreamIoEnd(busy, duplexPair()[0]), flow);
    const before = await steadyBytes();
    for (let n = 0; n < 2_000; n++) {
      give(outbox, small);
      other.deliver(large, 0, 1, '1', false, false);
      other.flush();
    }
    const most = outbox.keptBytes + MIB;
    expect(await bytesKept(before, most)).to.be.below(most);
  });

  it('counts messages as pending until the wire has taken all of them', async () => {
    const encoder = new NatsEncoder({ highWaterBytes: 64 * MIB });
    const [near, far] = duplexPair();
    encoder.pipe(near);
    const outbox = new Outbox(new StreamIoEnd(encoder, near), flow);
    const payload = Buffer.alloc(10_000, 'x');
    for (let n = 0; n < 50; n++) give(outbox, payload);
    const sum = () => outbox.pending.messages + outbox.delivered.messages;
    expect(sum()).to.equal(50);
    expect(outbox.delivered.messages).to.be.below(5);
    far.resume();
    while (outbox.pendingBytes > 0) {
      expect(sum()).to.equal(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(outbox.delivered).to.deep.equal({ messages: 50, bytes: 500_000 });
    expect(outbox.keptBytes).to.equal(0);
  });

  it('loses what is pending when it closes, and says how much', () => {
    const outbox = stalled();
    for (let n = 0; n < 50; n++) give(outbox, Buffer.alloc(10_000, 'x'));
    const { delivered, pending } = outbox;
    expect(outbox.close()).to.deep.equal(pending);
    expect(outbox.pending.messages).to.equal(0);
    expect(outbox.delivered).to.deep.equal(delivered);
    expect(outbox.pendingBytes).to.be.above(pending.bytes);
    expect(outbox.close().messages).to.equal(0);
  });
});
