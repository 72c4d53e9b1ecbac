import { expect } from 'chai';
import { type CommandBatch, lineDecoder, type NatsCommand, natsDecoder } from '../../lib/codecs.js';
import { batchOf, batchOfPieces, HASH, STRIDE } from '../../lib/frame/command.js';
import { hashBytes } from '../../lib/frame/hash.js';
import { batchesOf, batchOfWire, plain } from '../support/codec.js';
import { inPartsOf } from '../support/splits.js';
import { bytes, filler, headerBlock, nats } from '../support/wire.js';

const BLOCK = headerBlock(['A', 'b']);

describe('CommandBatch', () => {
  it('gives each command by its row, as what it is', async () => {
    const wire = bytes(
      nats.ping,
      nats.pub('a', 'x', { reply: 'r' }),
      nats.sub('b', '1'),
      nats.hpub('c', BLOCK, 'yz'),
    );
    const batch = await batchOfWire<NatsCommand>(natsDecoder(), wire);
    expect(batch.length).to.equal(4);
    expect([0, 1, 2, 3].map((row) => batch.isPublish(row))).to.deep.equal([false, true, false, true]);
    expect([...batch].map(plain)).to.deep.equal([0, 1, 2, 3].map((row) => plain(batch.at(row))));
    expect(batch.at(2)).to.deep.equal({ op: 'SUB', subject: 'b', sid: '1' });
    expect([batch.subject(1), batch.reply(1), batch.payload(1).toString()]).to.deep.equal(['a', 'r', 'x']);
    expect([batch.headers(1), batch.headerBytes(1), batch.payloadBytes(1)]).to.deep.equal([undefined, 0, 1]);
    expect([batch.subject(3), batch.reply(3), batch.payload(3).toString()]).to.deep.equal([
      'c',
      undefined,
      'yz',
    ]);
    expect(batch.headers(3)!.equals(BLOCK)).to.equal(true);
    expect([batch.headerBytes(3), batch.payloadBytes(3)]).to.deep.equal([BLOCK.length, BLOCK.length + 2]);
  });

  it('absent is absent, not undefined', async () => {
    const batch = await batchOfWire(natsDecoder(), nats.pub('a', 'x'));
    expect(Object.keys(batch.publish(0)).sort()).to.deep.equal(['op', 'payload', 'subject']);
  });

  it('a publish in pieces reads like any other', async () => {
    const payload = filler(150_000);
    const wire = nats.hpub('a', BLOCK, payload, { reply: 'r' });
    const [batch] = await batchesOf(natsDecoder(), inPartsOf(wire, 40_000));
    expect(batch!.piecesBytes).to.equal(BLOCK.length + payload.length);
    expect(batch!.payloadBytes(0)).to.equal(BLOCK.length + payload.length);
    expect([batch!.subject(0), batch!.reply(0)]).to.deep.equal(['a', 'r']);
    expect(batch!.headers(0)!.equals(BLOCK)).to.equal(true);
    expect(batch!.payload(0).equals(payload)).to.equal(true);
  });

  it('views share memory with the read: keep a copy of what you keep', async () => {
    const wire = nats.pub('a', 'hello');
    const batch = await batchOfWire(natsDecoder(), wire);
    wire.fill('x', wire.length - 7);
    expect(batch.payload(0).toString()).to.equal('xxxxx');
  });

  it('equal subjects have equal hashes, whichever decoder and whichever way through it', async () => {
    const subject = bytes('grüße.b');
    const hash = hashBytes(subject, 0, subject.length);
    const batches: CommandBatch[] = [
      await batchOfWire(natsDecoder(), nats.pub('grüße.b', 'x')),
      await batchOfWire(natsDecoder(), nats.pub('grüße.b', 'x', { reply: 'r' })),
      await batchOfWire(natsDecoder(), bytes('pub\tgrüße.b  1\nx\r\n')),
      await batchOfWire(natsDecoder(), nats.hpub('grüße.b', BLOCK, '')),
      await batchOfWire(lineDecoder(), bytes('PUB grüße.b x\n')),
      ...(await batchesOf(natsDecoder(), inPartsOf(nats.pub('grüße.b', filler(100_000)), 30_000))),
      ...(await batchesOf(natsDecoder(), inPartsOf(nats.pub('grüße.b', 'x'), 1))),
      ...(await batchesOf(lineDecoder(), inPartsOf(bytes('PUB grüße.b x\n'), 1))),
      batchOf({ subject: 'grüße.b', payload: bytes('x') }),
    ];
    for (const batch of batches) expect(batch.columns[HASH]).to.equal(hash);
    const other = await batchOfWire(natsDecoder(), nats.pub('grüße.c', 'x'));
    expect(other.columns[HASH]).not.to.equal(hash);
  });

  it('rows written after the scratch grew keep their place', async () => {
    const count = 5_000;
    const batch = await batchOfWire(
      natsDecoder(),
      bytes(...Array.from({ length: count }, (_, i) => nats.pub(`${i}`, ''))),
    );
    expect(batch.columns.length).to.equal(count * STRIDE);
    for (const row of [0, 1_023, 1_024, 2_047, 2_048, 4_999]) expect(batch.subject(row)).to.equal(`${row}`);
  });

  describe('batchOf', () => {
    for (const message of [
      { subject: 'a', payload: bytes('') },
      { subject: 'grüße', payload: bytes('x') },
      { subject: 'a', reply: 'ré', payload: bytes('x') },
      { subject: 'a', headers: BLOCK, payload: bytes('x') },
      { subject: 'a', reply: 'r', headers: BLOCK, payload: filler(300) },
    ]) {
      it(`${Object.keys(message).join(', ')}: gives back what it was given`, () => {
        const batch = batchOf(message);
        expect([...batch].map((command) => plain(command))).to.deep.equal([plain({ op: 'PUB', ...message })]);
      });
    }
  });

  for (const headers of [undefined, Buffer.from('NATS/1.0\r\nA: b\r\n\r\n')])
    it(`of one message is the same with its payload in pieces, ${headers ? 'with' : 'without'} headers`, () => {
      const message = { subject: 'a.b', reply: 'c', ...(headers && { headers }) };
      const whole = batchOf({ ...message, payload: Buffer.from('payload') });
      const pieces = batchOfPieces(message, [Buffer.from('pay'), Buffer.from('load')]);
      expect(pieces.publish(0)).to.deep.equal(whole.publish(0));
      expect(pieces.payloadBytes(0)).to.equal(whole.payloadBytes(0));
      expect([...pieces]).to.deep.equal([...whole]);
    });
});
