import { expect } from 'chai';
import { lineDecoder, natsDecoder, natsEncoder } from '../../lib/codecs.js';
import { FLAGS, HASH, SAME, STRIDE } from '../../lib/frame/command.js';
import { Delivery } from '../../lib/frame/delivery.js';
import { hashBytes } from '../../lib/frame/hash.js';
import { renameRows } from '../../lib/frame/rename.js';
import { batchOfWire, commandsOf, encode, type Plain, publishRuns } from '../support/codec.js';

const HEADERS = 'NATS/1.0\r\nA: b\r\n\r\n';
const NATS = [
  'PUB a 1\r\nx\r\n',
  'PUB  a   re  02\r\nyy\r\n',
  'PING\r\n',
  `HPUB a re ${HEADERS.length} ${HEADERS.length + 3}\r\n${HEADERS}zzz\r\n`,
  'PUB b 0\r\n\r\n',
  'PUB b 0\r\n\r\n',
  'PUB b 0\r\n\r\n',
].join('');
const LINE = 'PUB a x y\nPUB a\nSUB q\nPUB  b  z\r\nPUB b z\nPUB b z\n';

describe('publishes under other subjects', () => {
  for (const [dialect, wire] of [
    ['nats', NATS],
    ['line', LINE],
  ] as const) {
    const read = () => batchOfWire(dialect === 'nats' ? natsDecoder() : lineDecoder(), Buffer.from(wire));
    const names = ['longer.name', undefined, undefined, 'x', 'one', 'one', undefined];

    for (const from of [0, 1, 4]) {
      for (const keepsBytes of [true, false]) {
        if (from > 0 && !keepsBytes) continue;
        it(`have all else as it was: ${dialect}, from row ${from}${keepsBytes ? ', kept' : ''}`, async () => {
          const expected = commandsOf([await read()]).map((command: Plain, row) =>
            row < from || names[row] === undefined || !('payload' in command)
              ? command
              : { ...command, subject: names[row] },
          );
          const batch = await read();
          renameRows(batch, batch.columns, from, names.slice(from), keepsBytes);
          expect(commandsOf([batch])).to.deep.equal(expected);
          for (let row = 0; row < batch.length; row++) {
            if (!batch.isPublish(row)) continue;
            const subject = Buffer.from(batch.subject(row));
            expect(batch.columns[row * STRIDE + HASH]).to.equal(hashBytes(subject, 0, subject.length));
          }
        });
      }
    }

    it(`can be named again from what they were: ${dialect}`, async () => {
      const batch = await read();
      const { columns } = batch;
      renameRows(batch, columns, 0, names, true);
      renameRows(batch, columns, 4, ['again', 'again.too', 'last'], true);
      const subjects = commandsOf([batch]).map(({ subject }: Plain) => subject);
      expect(subjects.slice(4)).to.deep.equal(['again', 'again.too', 'last']);
      expect(subjects[0]).to.equal('longer.name');
    });
  }

  it('are the same as the one before only where their names are', async () => {
    const batch = await batchOfWire(natsDecoder(), Buffer.from(NATS));
    const same = () => [4, 5, 6].map((row) => (batch.columns[row * STRIDE + FLAGS]! & SAME) !== 0);
    expect(same()).to.deep.equal([false, true, true]);
    const { columns } = batch;
    renameRows(batch, columns, 0, ['n', 'n', undefined, 'n', 'one', 'one', undefined], true);
    expect(same()).to.deep.equal([false, true, false]);
  });

  it('are rendered as messages under their new names, runs of many as well', async () => {
    const wire = Buffer.from(`${'PUB a 2\r\nhi\r\n'.repeat(100)}PUB b re 3\r\nyou\r\n`);
    const batch = await batchOfWire(natsDecoder(), wire);
    renameRows(
      batch,
      batch.columns,
      0,
      [...Array.from({ length: 100 }, () => 'a.much.longer.name'), 'c'],
      false,
    );
    const runs = publishRuns(batch).map(([from, to]) => new Delivery(batch, from, to, '7', true));
    const bytes = await encode(natsEncoder(), runs);
    expect(bytes.toString()).to.equal(
      `${'MSG a.much.longer.name 7 2\r\nhi\r\n'.repeat(100)}MSG c 7 re 3\r\nyou\r\n`,
    );
  });
});
