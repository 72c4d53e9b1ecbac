import { PassThrough, Writable } from 'node:stream';
import { expect } from 'chai';
import { SYSTEM_CLOCK } from '../../lib/clients/core-clock.js';
import { Outbox } from '../../lib/clients/outbox.js';
import { configFrom } from '../../lib/config.js';
import { StreamIoEnd } from '../../lib/connection/stream-io-end.js';
import { NatsEncoder } from '../../lib/dialects/nats/encoder.js';
import { batchOf, CommandBatch } from '../../lib/frame/command.js';
import { Core } from '../../lib/routing/core.js';
import { until } from '../support/until.js';

const { flow } = configFrom();
const PONG = { op: 'PONG' };
/** Frames whose bytes count as much to write. */
const MANY = 400;

describe('writes that take long', () => {
  it('wait for the next turns where there is much to write, and no other heavy work is begun before', async () => {
    let now = 1;
    const core = new Core({ ...SYSTEM_CLOCK, now: () => now, unixNow: () => now });
    const written: number[] = [];
    const outboxWith = (name: number, frames: number): Outbox => {
      const encoder = new NatsEncoder();
      const wire = new Writable({
        write(_chunk, _encoding, done) {
          now++; // each write takes a millisecond
          written.push(name);
          done();
        },
        writev(_chunks, done) {
          now++;
          written.push(name);
          done();
        },
      });
      encoder.pipe(wire);
      const outbox = new Outbox(new StreamIoEnd(encoder, wire), flow);
      for (let n = 0; n < frames; n++) outbox.send(PONG);
      core.touched(outbox);
      return outbox;
    };
    for (let name = 0; name < 100; name++) outboxWith(name, MANY);
    outboxWith(100, 1);
    let wasBehind = false;
    let first: readonly number[] = [];
    core.scheduler.nextTurn(() => {
      wasBehind = core.scheduler.isBehind;
      first = [...written];
    });
    await until('all of them are written', () => written.length === 101);
    expect(first).to.have.length.within(20, 50);
    expect(first[0]).to.equal(100); // little to write: it comes first
    expect(wasBehind).to.equal(true);
    expect(written.filter((name) => name < 100)).to.deep.equal([...Array(100).keys()]);
    expect(core.scheduler.isBehind).to.equal(false);
    core.destroy();
  });

  it('take less time at the end of a turn where some were written to before it', async () => {
    let now = 1;
    const core = new Core({ ...SYSTEM_CLOCK, now: () => now, unixNow: () => now });
    const batch = batchOf({ subject: 't', payload: Buffer.alloc(300 * 1024) });
    let written = 0;
    const write = (done: () => void): void => {
      now++; // each write takes a millisecond
      written++;
      done();
    };
    for (let name = 0; name < 400; name++) {
      const encoder = new NatsEncoder({}, core.memory);
      const wire = new Writable({
        write: (_chunk, _encoding, done) => write(done),
        writev: (_chunks, done) => write(done),
      });
      encoder.pipe(wire);
      const outbox = new Outbox(new StreamIoEnd(encoder, wire), flow);
      outbox.deliver(batch, 0, 1, '1', true, true); // so much that it is written to at once
      core.touched(outbox);
    }
    const early = written;
    let first = 0;
    core.scheduler.nextTurn(() => {
      first = written;
    });
    await until('all of them are written', () => written >= 400);
    expect(early).to.be.within(10, 25);
    expect(first - early).to.be.within(1, 20);
    core.destroy();
  });

  it('leave what is rendered late to a later turn, and what was read is copied', async () => {
    let now = 1;
    const core = new Core({ ...SYSTEM_CLOCK, now: () => now, unixNow: () => now });
    const { reading, arena } = core.memory;
    const whole = batchOf({ subject: 't', payload: Buffer.from('hello') });
    const chunk = arena.readBuffer().subarray(0, whole.bytes.length);
    chunk.set(whole.bytes);
    reading.begin(chunk.buffer);
    const batch = new CommandBatch(chunk, whole.columns, []);
    reading.lend(batch);
    const received: string[] = Array(200).fill('');
    const ends = received.map((_, name) => {
      const encoder = new NatsEncoder({}, core.memory);
      encoder.on('data', (frames: Buffer) => {
        now++; // rendering for one takes a millisecond
        received[name] += frames.toString();
      });
      const end = new StreamIoEnd(encoder, new PassThrough());
      const outbox = new Outbox(end, flow);
      outbox.deliver(batch, 0, 1, '1', true, true);
      core.touched(outbox);
      return end;
    });
    batch.users--; // the core has taken it
    core.renderAll();
    const rendered = (): number => ends.filter(({ renderedBytes }) => renderedBytes > 0).length;
    expect(rendered()).to.be.within(4, 100);
    reading.end();
    chunk.fill('x');
    await until('all of them are rendered', () => rendered() === ends.length);
    await until('all of them are written', () => received.every((frames) => frames !== ''));
    expect(new Set(received)).to.deep.equal(new Set(['MSG t 1 5\r\nhello\r\n']));
    core.destroy();
  });
});
