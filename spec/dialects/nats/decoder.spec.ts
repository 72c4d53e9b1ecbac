import type { Transform } from 'node:stream';
import { expect } from 'chai';
import { natsDecoder } from '../../../lib/codecs.js';
import { batchesOf, decode, plain, samePlain } from '../../support/codec.js';
import { earliestFaults, type NatsCase, natsCases } from '../../support/fixtures/nats.cases.js';
import { bytesInUse } from '../../support/memory.js';
import { bytesKept } from '../../support/retained-bytes.js';
import { inPartsOf, SPLITTINGS } from '../../support/splits.js';
import { bytes, filler, nats } from '../../support/wire.js';

function expected({ commands, fault }: NatsCase) {
  const all = fault === undefined ? commands : [...commands, { op: 'FAULT', code: fault }];
  return all.map(plain);
}

describe('natsDecoder', () => {
  for (const [about, rows] of Object.entries(natsCases)) {
    describe(about, () => {
      for (const row of rows) {
        describe(row.name, () => {
          const wanted = expected(row);
          for (const { name, cuttings } of SPLITTINGS) {
            it(name, async () => {
              for (const parts of cuttings(row.wire)) {
                const commands = await decode(natsDecoder(row.options), parts);
                if (!samePlain(commands, wanted)) {
                  // Said slowly, and only where it is worth saying: these can be megabytes.
                  const sizes = parts.map((part) => part.length).join('+');
                  expect(commands, `parts of ${sizes.slice(0, 60)} bytes`).to.deep.equal(wanted);
                }
              }
            });
          }
        });
      }
    });
  }

  describe('knows of a fault at the byte that makes it one', () => {
    for (const [text, fault] of earliestFaults) {
      it(JSON.stringify(text).slice(0, 40), async () => {
        const wire = bytes(text);
        const before = await decode(natsDecoder(), [wire.subarray(0, -1)]);
        expect(before.map(({ op }) => op)).not.to.include('FAULT');
        for (const parts of [[wire], inPartsOf(wire, 1), [wire.subarray(0, -1), wire.subarray(-1)]]) {
          expect((await decode(natsDecoder(), parts)).at(-1)).to.deep.equal({ op: 'FAULT', code: fault });
        }
      });
    }
  });

  it('says nothing after a fault, whatever comes', async () => {
    const commands = await decode(natsDecoder(), [bytes('X'), nats.ping, bytes('X'), nats.pub('a', 'b')]);
    expect(commands).to.deep.equal([{ op: 'FAULT', code: 'UNKNOWN_OPERATION' }]);
  });

  it('takes empty reads', async () => {
    const empty = Buffer.alloc(0);
    const parts = [
      empty,
      bytes('PUB a 2\r'),
      empty,
      bytes('\n'),
      empty,
      bytes('hi'),
      empty,
      bytes('\r\n'),
      empty,
    ];
    expect(await decode(natsDecoder(), parts)).to.deep.equal([{ op: 'PUB', subject: 'a', payload: 'hi' }]);
  });

  it('makes one batch of the whole frames of one read', async () => {
    const wire = bytes(...Array.from({ length: 100 }, (_, i) => nats.pub(`s.${i}`, 'x')), nats.ping);
    const batches = await batchesOf(natsDecoder(), [wire]);
    expect(batches.map(({ length }) => length)).to.deep.equal([101]);
  });

  it('parses whole frames where they lie, and copies only the one that two reads cut', async () => {
    const read = bytes(nats.pub('a', '1'), nats.pub('b', '2'), 'PUB c 1');
    const [first, second] = await batchesOf(natsDecoder(), [read, bytes('\r\n3\r\n')]);
    expect(first!.bytes.buffer).to.equal(read.buffer);
    expect([first!.length, second!.length]).to.deep.equal([2, 1]);
  });

  it('keeps no view of a read behind a small unfinished frame', async () => {
    const read = bytes('PUB foo 5\r\nhel');
    const decoder = natsDecoder();
    decoder.write(read);
    read.fill('X');
    expect(await decode(decoder, [bytes('lo\r\n')])).to.deep.equal([
      { op: 'PUB', subject: 'foo', payload: 'hello' },
    ]);
  });

  describe('large payloads', () => {
    const payload = filler(1_000_000);
    const wire = nats.pub('big', payload, { reply: 'r' });

    for (const { size, most } of [
      { size: 1, most: 40 },
      { size: 100, most: 40 },
      { size: 1_460, most: 40 },
      { size: 16_384, most: 62 },
      { size: 65_536, most: 17 },
    ]) {
      it(`of reads of ${size} bytes stay few pieces, ${most} at most`, async () => {
        const batches = await batchesOf(natsDecoder(), inPartsOf(wire, size));
        expect(batches.length).to.equal(1);
        const [batch] = batches;
        expect(batch!.length).to.equal(1);
        expect(batch!.pieces!.length).to.be.within(2, most);
        expect(batch!.piecesBytes).to.equal(payload.length);
        expect(Buffer.concat(batch!.pieces as Buffer[]).equals(payload)).to.equal(true);
        expect(batch!.payload(0).equals(payload)).to.equal(true);
        expect([batch!.subject(0), batch!.reply(0)]).to.deep.equal(['big', 'r']);
      });
    }

    it('pass large reads on by reference', async () => {
      const reads = inPartsOf(wire, 65_536);
      const [batch] = await batchesOf(natsDecoder(), reads);
      expect(batch!.pieces![1]!.buffer).to.equal(reads[1]!.buffer);
    });

    it('are pieces only where the frame is more than 64 KiB', async () => {
      for (const { size, pieces } of [
        { size: 65_519, pieces: false },
        { size: 65_520, pieces: true },
      ]) {
        const [batch] = await batchesOf(natsDecoder(), inPartsOf(nats.pub('foo', filler(size)), 40_000));
        expect(batch!.pieces !== undefined, `${size}`).to.equal(pieces);
      }
    });

    it('are one piece of one read that holds them whole', async () => {
      const [batch] = await batchesOf(natsDecoder(), [wire]);
      expect(batch!.pieces).to.equal(undefined);
      expect(batch!.payload(0).buffer).to.equal(wire.buffer);
    });
  });

  describe('takes no memory', () => {
    const MOST_BYTES = 1_048_576;

    /** `work` is done to decoders that stay alive and leaves next to nothing in use. */
    async function expectNothingKept(
      decoders: readonly Transform[],
      work: (decoder: Transform) => void,
    ): Promise<void> {
      const before = bytesInUse();
      for (const decoder of decoders) work(decoder);
      expect(await bytesKept(before, MOST_BYTES)).to.be.at.most(MOST_BYTES);
      for (const decoder of decoders) decoder.destroy();
    }

    it('for what is declared and never sent', async () => {
      const decoders = Array.from({ length: 64 }, () => natsDecoder({ maxPayloadBytes: 64 * 1_048_576 }));
      await expectNothingKept(decoders, (decoder) => decoder.write(bytes('PUB a 67108864\r\nx')));
    });

    for (const { name, start, more } of [
      { name: 'blanks before arguments', start: 'SUB ', more: ' ' },
      { name: 'tabs before a publish', start: 'PUB\t', more: '\t' },
      { name: 'blanks before JSON', start: 'CONNECT', more: ' ' },
      { name: 'what is ignored after PING', start: 'PING', more: 'x' },
      { name: 'what is ignored after +OK', start: '+OK', more: 'x' },
    ]) {
      it(`for ${name}, though no limit counts them`, async () => {
        await expectNothingKept([natsDecoder()], (decoder) => {
          decoder.write(start);
          for (let i = 0; i < 64; i++) decoder.write(more.repeat(65_536));
        });
      });
    }

    it('for the read that an unfinished line came in', async () => {
      const decoders = Array.from({ length: 64 }, () => natsDecoder().resume());
      await expectNothingKept(decoders, (decoder) =>
        decoder.write(bytes('PING\r\n'.repeat(10_000), 'PUB a')),
      );
    });
  });
});
