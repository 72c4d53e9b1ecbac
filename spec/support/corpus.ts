/** The conformance corpus as the tables in spec/fixtures have it. */
import { isUtf8 } from 'node:buffer';
import { ERRORS } from '../../lib/domain/errors.js';
import { bytesOfText } from '../../lib/frame/text.js';
import type { DecoderCase } from './decoder-table.js';
import { leafCases } from './fixtures/leaf.cases.js';
import { lineCases } from './fixtures/line.cases.js';
import { lineServerCases } from './fixtures/line-server.cases.js';
import { earliestFaults, natsCases } from './fixtures/nats.cases.js';
import { natsServerCases } from './fixtures/nats-server.cases.js';

/** Rows with more bytes or more frames are left out: what they show others show, and a file must stay a file. */
const MOST_BYTES = 8_192;
const MOST_FRAMES = 200;
/** Fields that hold words as `textOf` gives them. */
const WORDS = ['subject', 'reply', 'queue', 'sid', 'topic'];

type Table = Readonly<Record<string, readonly (DecoderCase<unknown> & { readonly canonical?: true })[]>>;

function octets(bytes: Buffer): object {
  return { base64: bytes.toString('base64'), ...(isUtf8(bytes) ? { text: bytes.toString() } : {}) };
}

function word(text: string): string | object {
  const bytes = bytesOfText(text);
  return isUtf8(bytes) ? text : { base64: bytes.toString('base64') };
}

function frame(command: object): object {
  const fields = Object.entries(command).map(([name, value]) => {
    if (value instanceof Uint8Array) return [name, octets(Buffer.from(value))];
    if (Array.isArray(value)) return [name, value.map((each: string) => word(each))];
    return [name, WORDS.includes(name) && typeof value === 'string' ? word(value) : value];
  });
  return Object.fromEntries(fields);
}

function casesOf(from: 'client' | 'server', table: Table): object[] {
  return Object.entries(table).flatMap(([about, rows]) =>
    rows
      .filter(({ wire, commands }) => wire.length <= MOST_BYTES && commands.length <= MOST_FRAMES)
      .map(({ name, options = {}, wire, commands, fault, canonical = false }) => ({
        about,
        name,
        from,
        options,
        wire: octets(wire),
        frames: [...commands, ...(fault === undefined ? [] : [{ op: 'FAULT', code: fault }])].map(frame),
        canonical,
      })),
  );
}

/** The errors that the cases name, with what they mean. */
function faultsOf(cases: readonly object[]): object {
  const codes = new Set(JSON.stringify(cases).match(/(?<="op":"FAULT","code":")\w+/g));
  return Object.fromEntries(
    [...codes].sort().map((code) => [code, ERRORS[code as keyof typeof ERRORS].about]),
  );
}

/** A file with a line for each case, so that one that changes is one line. */
function fileOf(dialect: string, cases: readonly object[], earliest: readonly object[]): string {
  const list = (items: readonly object[]) => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  return [
    `{"format": 1, "dialect": ${JSON.stringify(dialect)},`,
    `"faults": ${JSON.stringify(faultsOf(cases), null, 1)},`,
    `"earliestFaults": ${list(earliest)},`,
    `"cases": ${list(cases)}}\n`,
  ].join('\n');
}

/** The files, by path. */
export function corpusFiles(): Readonly<Record<string, string>> {
  const earliest = earliestFaults
    .filter(([wire]) => wire.length <= MOST_BYTES)
    .map(([wire, code]) => ({ wire: octets(Buffer.from(wire)), code }));
  return {
    'corpus/nats.json': fileOf(
      'nats',
      [...casesOf('client', natsCases), ...casesOf('server', natsServerCases)],
      earliest,
    ),
    'corpus/leaf.json': fileOf('leaf', casesOf('server', leafCases), []),
    'corpus/line.json': fileOf(
      'line',
      [...casesOf('client', lineCases), ...casesOf('server', lineServerCases)],
      [],
    ),
  };
}
