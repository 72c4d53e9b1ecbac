import { Writable } from 'node:stream';
import { expect } from 'chai';
import { Outbox } from '../../lib/clients/outbox.js';
import { configFrom } from '../../lib/config.js';
import { StreamIoEnd } from '../../lib/connection/stream-io-end.js';
import { NatsEncoder } from '../../lib/dialects/nats/encoder.js';
import { Core } from '../../lib/routing/core.js';
import { until } from '../support/until.js';

const { flow } = configFrom();
const PONG = { op: 'PONG' };
/** Frames whose bytes count as much to write. */
const MANY = 400;

describe('writes that take long', () => {
  it('wait for the next turns where there is much to write, and no other heavy work is begun before', async () => {
    let now = 1;
    const core = new Core({ now: () => now, unixNow: () => now });
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
    expect(first.at(-1)).to.equal(100); // little to write: it does not wait
    expect(wasBehind).to.equal(true);
    expect(written.filter((name) => name < 100)).to.deep.equal([...Array(100).keys()]);
    expect(core.scheduler.isBehind).to.equal(false);
    core.destroy();
  });
});
