import { expect } from 'chai';
import { natsParserOptions } from '../../../lib/dialects/nats/options.js';
import { NatsParser } from '../../../lib/dialects/nats/parser.js';
import { mayAskTrace, mayHaveDestination } from '../../../lib/dialects/nats/trace-headers.js';
import { type CommandBatch, TRACED } from '../../../lib/frame/command.js';
import { seeded } from '../../support/random.js';

const DESTINATION = 'Nats-Trace-Dest';

describe('headers that ask for a trace', () => {
  const asks = (text: string, takesParents: boolean): boolean =>
    mayAskTrace(Buffer.from(`NATS/1.0\r\n${text}`), 0, 10 + text.length, takesParents);

  it('are found where a plain search finds them', () => {
    const random = seeded(7);
    const pieces = [
      ...'Nats-Trace-Dest',
      ...'traceparent',
      DESTINATION,
      DESTINATION.slice(1),
      'TRACEparent',
      '\r\n',
    ];
    let found = 0;
    let passed = 0;
    for (let round = 0; round < 20_000; round++) {
      let text = '';
      for (let i = 0; i < 12; i++) text += pieces[Math.floor(random() * pieces.length)]!;
      const hasDestination = text.includes(DESTINATION);
      const hasParent = text.toLowerCase().includes('traceparent');
      expect(asks(text, false), text).to.equal(hasDestination);
      expect(asks(text, true), text).to.equal(hasDestination || hasParent);
      if (hasDestination || hasParent) found++;
      const bytes = Buffer.from(`x${' '.repeat(round % 9)}NATS/1.0\r\n${text}`);
      const start = bytes.byteOffset + 1 + (round % 9);
      const view = new DataView(bytes.buffer);
      const mayHave = mayHaveDestination(view, start, bytes.byteOffset + bytes.length);
      if (hasDestination) expect(mayHave, text).to.equal(true);
      else if (!mayHave) passed++;
    }
    expect(found).to.be.within(1_000, 19_000);
    expect(passed).to.be.above(1_000);
  });

  it('are looked for in the block alone', () => {
    const bytes = Buffer.from(`xNATS/1.0\r\n${DESTINATION}x`);
    expect(mayAskTrace(bytes, 1, bytes.length - 1, false)).to.equal(true);
    expect(mayAskTrace(bytes, 2, bytes.length, false)).to.equal(false);
    expect(mayAskTrace(bytes, 0, bytes.length - 2, false)).to.equal(false);
  });

  const traced = (frames: string, cut = frames.length, takesTraceParents = false): boolean[] => {
    const rows: boolean[] = [];
    const parser = new NatsParser(natsParserOptions({ takesTraceParents }), (batch: CommandBatch) => {
      for (let row = 0; row < batch.length; row++) rows.push((batch.columns[row * 8]! & TRACED) !== 0);
    });
    parser.feed(Buffer.from(frames.slice(0, cut)));
    if (cut < frames.length) parser.feed(Buffer.from(frames.slice(cut)));
    return rows;
  };
  const hpub = (header: string, payload = 'x'): string => {
    const block = `NATS/1.0\r\n${header}\r\n\r\n`;
    return `HPUB a ${block.length} ${block.length + payload.length}\r\n${block}${payload}\r\n`;
  };
  const dest = `${DESTINATION}: t`;
  const other = 'Nats-Trace-Xest: t';

  it('mark their row and no other, however the read is cut', () => {
    const frames = [dest, dest, other, other, dest].map((header) => hpub(header)).join('');
    const all = `${frames}PUB a ${dest.length}\r\n${dest}\r\n${hpub(other, dest)}`;
    for (let cut = 1; cut <= all.length; cut++)
      expect(traced(all, cut), `cut at ${cut}`).to.deep.equal([true, true, false, false, true, false, false]);
  });

  it('mark a message too large for one read', () => {
    const large = hpub(dest, 'x'.repeat(100_000));
    for (const cut of [20, 50, 70_000]) expect(traced(large, cut)).to.deep.equal([true]);
    expect(traced(hpub(other, dest.repeat(9_000)), 70_000)).to.deep.equal([false]);
  });

  it('are a traceparent as well where an account takes it so', () => {
    const frames = hpub('TraceParent: 00-1-2-01');
    expect(traced(frames)).to.deep.equal([false]);
    expect(traced(frames, frames.length, true)).to.deep.equal([true]);
  });
});
