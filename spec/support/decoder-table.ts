import type { Transform } from 'node:stream';
import { expect } from 'chai';
import type { Parser } from '../../lib/codecs.js';
import { type Plain, plain, samePlain } from './codec.js';
import { parsed } from './parsed.js';
import { type Parts, SPLITTINGS } from './splits.js';

/** A row of any dialect's table, in either direction. */
export interface DecoderCase<O> {
  readonly name: string;
  readonly wire: Buffer;
  readonly commands: readonly object[];
  readonly fault?: string;
  readonly options?: O;
}

/** What a decoder gives for a row. */
export function expectedOf({ commands, fault }: DecoderCase<unknown>): Plain[] {
  return [...commands, ...(fault === undefined ? [] : [{ op: 'FAULT', code: fault }])].map(plain);
}

/** Expects the same plain commands; says where they differ only where they do: these can be megabytes. */
export function expectSame(found: readonly Plain[], wanted: readonly Plain[], parts: Parts): void {
  if (samePlain(found, wanted)) return;
  const sizes = parts.map(({ length }) => length).join('+');
  expect(found, `parts of ${sizes.slice(0, 60)} bytes`).to.deep.equal(wanted);
}

/** Every row, at every split, by a parser without a stream. */
export function describeParser<O>(
  name: string,
  make: (options?: O) => Parser<object>,
  tables: Readonly<Record<string, readonly DecoderCase<O>[]>>,
): void {
  describe(name, () => {
    for (const [about, rows] of Object.entries(tables)) {
      describe(about, () => {
        for (const row of rows) {
          it(row.name, () => {
            const wanted = expectedOf(row);
            for (const { cuttings } of SPLITTINGS)
              for (const parts of cuttings(row.wire))
                expectSame(parsed(make(row.options), parts), wanted, parts);
          });
        }
      });
    }
  });
}

/** What a Transform that gives arrays or batches makes of the parts, as plain data. */
export async function transformed(stream: Transform, parts: Parts): Promise<Plain[]> {
  const found: Plain[] = [];
  stream.on('data', (batch: Iterable<object>) => {
    for (const frame of batch) found.push(plain(frame));
  });
  for (const part of parts) stream.write(part);
  await new Promise<void>((resolve) => stream.once('end', resolve).end());
  return found;
}
