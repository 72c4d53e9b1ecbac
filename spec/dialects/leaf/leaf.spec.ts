import { expect } from 'chai';
import { natsDecoder } from '../../../lib/codecs.js';
import { LeafDecoder, leafDecoder } from '../../../lib/dialects/leaf/decoder.js';
import { LeafEncoder, leafEncoder } from '../../../lib/dialects/leaf/encoder.js';
import { renderLeaf } from '../../../lib/dialects/leaf/frames.js';
import { leafParser } from '../../../lib/dialects/leaf/leaf-parser.js';
import { leafParserOptions } from '../../../lib/dialects/leaf/options.js';
import { Delivery } from '../../../lib/frame/delivery.js';
import { batchesOf, batchOfWire, encode, publishRuns } from '../../support/codec.js';
import { describeParser, expectedOf, expectSame, transformed } from '../../support/decoder-table.js';
import { leafCases } from '../../support/fixtures/leaf.cases.js';
import { seeded } from '../../support/random.js';
import { inRandomParts, SPLITTINGS } from '../../support/splits.js';
import { bytes } from '../../support/wire.js';

const ALL = Object.values(leafCases).flat();
const CANONICAL = ALL.filter(({ canonical }) => canonical === true);

describe('the leaf protocol', () => {
  describeParser('leafParser', leafParser, leafCases);

  describe('leafDecoder', () => {
    for (const row of ALL)
      it(row.name, async () => {
        const wanted = expectedOf(row);
        for (const { cuttings } of SPLITTINGS.filter(({ name }) => name !== 'at every two-way cut'))
          for (const parts of cuttings(row.wire))
            expectSame(await transformed(leafDecoder(row.options), parts), wanted, parts);
      });

    it('keeps what it needs of bytes that are read over', async () => {
      const wire = bytes(...CANONICAL.map((row) => row.wire));
      const wanted = CANONICAL.flatMap((row) => expectedOf(row));
      const random = seeded(1);
      for (let i = 0; i < 20; i++) {
        const parts = inRandomParts(wire, random);
        expectSame(await transformed(leafDecoder(), parts), wanted, parts);
      }
    });
  });

  describe('leafEncoder', () => {
    for (const row of CANONICAL) {
      it(`renders frames: ${row.name}`, async () => {
        expect(await encode(leafEncoder(), row.commands)).to.deep.equal(row.wire);
        expect(Buffer.concat(row.commands.map((frame) => renderLeaf(frame as never)))).to.deep.equal(
          row.wire,
        );
      });

      it(`renders what was read: ${row.name}`, async () => {
        const batches = await batchesOf(new LeafDecoder(leafParserOptions()), [row.wire]);
        const rendered: Buffer[] = [];
        for (const batch of batches) {
          const items: unknown[] = [];
          const runs = publishRuns(batch);
          for (let at = 0; at < batch.length; at++) {
            const run = runs.find(([from]) => from === at);
            if (run === undefined) items.push(batch.at(at));
            else {
              batch.users++;
              items.push(new Delivery(batch, run[0], run[1], batch.queues?.names.join(' ') ?? '', false));
              at = run[1] - 1;
            }
          }
          rendered.push(await encode(new LeafEncoder(), items));
        }
        expect(Buffer.concat(rendered)).to.deep.equal(row.wire);
      });
    }

    it('renders what a client published, for subscribers and for queue groups', async () => {
      const wire = bytes(
        'PUB a 1\r\nx\r\nPUB a rp 1\r\ny\r\nHPUB b rp 20 21\r\nNATS/1.0\r\nA: bee\r\n\r\nz\r\npub   c   01\r\nw\r\n',
      );
      const batch = await batchOfWire(natsDecoder(), wire);
      batch.users += 2;
      const plain = await encode(new LeafEncoder(), [new Delivery(batch, 0, 4, '', false)]);
      expect(plain.toString()).to.equal(
        'LMSG a 1\r\nx\r\nLMSG a rp 1\r\ny\r\nHMSG b rp 20 21\r\nNATS/1.0\r\nA: bee\r\n\r\nz\r\nLMSG c 1\r\nw\r\n',
      );
      const groups = await encode(new LeafEncoder(), [new Delivery(batch, 0, 4, 'q1 q2', false)]);
      expect(groups.toString()).to.equal(
        'LMSG a | q1 q2 1\r\nx\r\nLMSG a + rp q1 q2 1\r\ny\r\nHMSG b + rp q1 q2 20 21\r\nNATS/1.0\r\nA: bee\r\n\r\nz\r\nLMSG c | q1 q2 1\r\nw\r\n',
      );
    });

    it('fails on what is no frame', async () => {
      const encoder = leafEncoder();
      const failed = new Promise((resolve) => encoder.once('error', resolve));
      encoder.write({ op: 'FAULT', code: 'PARSER_ERROR' });
      expect(await failed).to.be.instanceOf(Error);
    });
  });

  it('gives the same for random bytes however they are cut', () => {
    const random = seeded(7);
    const words = [
      'LMSG ',
      'HMSG ',
      'LS+ ',
      'LS- ',
      'PING',
      '\r\n',
      '\n',
      ' ',
      'a',
      '| ',
      '+ ',
      'q ',
      '1',
      '3',
      '20 ',
      'x',
      'INFO {}',
    ];
    for (let i = 0; i < 3_000; i++) {
      let text = '';
      for (let n = 0; n < 12; n++) text += words[Math.floor(random() * words.length)];
      const wire = bytes(text);
      const whole = leafParser().feed(wire);
      const parser = leafParser();
      const cut = inRandomParts(wire, random).flatMap((part) => [...parser.feed(part)]);
      expect(cut, JSON.stringify(text)).to.deep.equal(whole);
    }
  });
});
