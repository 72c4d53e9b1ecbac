import { expect } from 'chai';
import { natsParserOptions } from '../../lib/dialects/nats/options.js';
import { NatsParser } from '../../lib/dialects/nats/parser.js';
import { BLOCK_BYTES, READ_BYTES } from '../../lib/frame/arena.js';
import { CommandBatch } from '../../lib/frame/command.js';
import { seeded } from '../support/random.js';
import { scribblingMemory } from '../support/scribbling-memory.js';
import { bytes, filler, headerBlock, nats } from '../support/wire.js';

/** What both ways must give: the commands, with copies of what they refer to. */
function commandsOf(batches: readonly CommandBatch<unknown>[]): string[] {
  return batches.flatMap((batch) =>
    [...batch].map((command) =>
      JSON.stringify(command, (_key, value: unknown) =>
        (value as { type?: string } | null)?.type === 'Buffer'
          ? Buffer.from((value as { data: number[] }).data).toString('latin1')
          : value,
      ),
    ),
  );
}

function randomWire(random: () => number): Buffer {
  const sizes = [0, 5, 60, 700, 9_000, 40_000, 64_000, 66_000, 150_000];
  const parts: Buffer[] = [];
  for (let i = 0; i < 60; i++) {
    const kind = random();
    const payload = filler(sizes[Math.floor(random() * sizes.length * (i % 7 === 0 ? 1 : 0.5))]!);
    if (kind < 0.5) parts.push(nats.pub(`a.${i}`, payload));
    else if (kind < 0.6) parts.push(nats.pub(`a.${i}`, payload, { reply: 'r.1' }));
    else if (kind < 0.7) parts.push(nats.hpub(`h.${i}`, headerBlock(['K', 'v']), payload));
    else if (kind < 0.75) parts.push(bytes(`pub   odd.${i}\t${payload.length}\r\n`, payload, '\r\n'));
    else if (kind < 0.9) parts.push(nats.sub(`s.${i}.*`, `${i}`));
    else parts.push(nats.ping);
  }
  if (random() < 0.2) parts.push(bytes('NONSENSE\r\nPING\r\n'));
  return Buffer.concat(parts);
}

function* readsOf(wire: Buffer, random: () => number): Iterable<Buffer> {
  for (let at = 0; at < wire.length; ) {
    const size = random() < 0.5 ? READ_BYTES : 1 + Math.floor(random() * READ_BYTES * random());
    yield wire.subarray(at, at + size);
    at += Math.min(size, wire.length - at);
  }
}

describe('reading', () => {
  const frames = scribblingMemory();
  const { arena, reading } = frames;

  it('memory on loan gives the commands that memory of their own gives, however reads are cut', () => {
    const memory = arena.readBuffer();
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed);
      const wire = randomWire(random);
      const expected: CommandBatch<unknown>[] = [];
      const slow = new NatsParser(natsParserOptions({}), (batch) => expected.push(batch));
      const got: CommandBatch<unknown>[] = [];
      const onLoan = new NatsParser(natsParserOptions({}), (batch) => got.push(batch), frames);
      for (const part of readsOf(wire, random)) {
        slow.feed(Buffer.from(part));
        if (random() < 0.2) {
          onLoan.feed(Buffer.from(part)); // a small read, say, which is copied
          continue;
        }
        part.copy(memory);
        reading.begin(memory.buffer);
        onLoan.feed(memory.subarray(0, part.length));
        expect(reading.consumed).to.equal(true);
        reading.end();
      }
      expect(commandsOf(got), `seed ${seed}`).to.deep.equal(commandsOf(expected));
    }
  });

  it('a batch that is no longer needed is left as it is; others get memory of their own', () => {
    const memory = arena.readBuffer();
    const wire = bytes(nats.pub('a', 'one'), nats.pub('b', 'two'));
    const batches: CommandBatch<unknown>[] = [];
    const parser = new NatsParser(natsParserOptions({}), (batch) => batches.push(batch), frames);
    for (const users of [0, 1]) {
      wire.copy(memory);
      reading.begin(memory.buffer);
      parser.feed(memory.subarray(0, wire.length));
      batches.at(-1)!.users = users;
      reading.end();
    }
    expect(batches.map(({ bytes: held }) => held.buffer === memory.buffer)).to.deep.equal([true, false]);
    expect([...batches[1]!].map((command) => (command as { subject: string }).subject)).to.deep.equal([
      'a',
      'b',
    ]);
  });

  it('keeps every batch that lies over a read, and none over rendered memory', () => {
    const memory = arena.readBuffer();
    reading.begin(memory.buffer);
    const block = Buffer.from(memory.buffer, memory.byteOffset + READ_BYTES, BLOCK_BYTES);
    expect([memory, block, Buffer.alloc(4)].map((each) => reading.holds(each))).to.deep.equal([
      true,
      false,
      false,
    ]);
    reading.lend(new CommandBatch(memory.subarray(0, 10), new Int32Array(0), []));
    reading.lend(new CommandBatch(block.subarray(0, 10), new Int32Array(0), []));
    expect(reading.batches.length).to.equal(1);
    reading.end();
    expect(reading.holds(memory)).to.equal(false);
  });
});
