import { expect } from 'chai';
import { FIELDS, type Field } from '../../lib/config/fields.js';
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../lib/config/units.js';
import * as jetStreamLimits from '../../lib/domain/jetstream-limits.js';
import * as limits from '../../lib/domain/limits.js';
import { ERRORS } from '../../lib/embed/errors.js';
import { document } from '../support/config/documents.js';
import { type LimitRow, ROWS } from '../support/limits.js';

/** What `lib/domain/limits.ts` and `jetstream-limits.ts` export. */
const VALUES: ReadonlyMap<string, number> = new Map(Object.entries({ ...limits, ...jetStreamLimits }));
const PATH = 'docs/limits.md';
const HEAD = ['Limit', 'Key', 'Default', 'Allowed', 'Beyond it', 'Error'];

/** A fixed limit as its name says what it is in. */
function fixed(constant: LimitRow['constant']): string {
  const value = VALUES.get(constant)!;
  if (constant.endsWith('_BYTES')) return formatBytes(value);
  return constant.endsWith('_MS') ? formatDuration(value) : String(value);
}

/** The default of a key as a number, in bytes or milliseconds where it has a unit. */
function numberOf({ kind, fallback }: Field): number | undefined {
  if (kind === 'duration') return parseDuration(String(fallback));
  return kind === 'bytes' ? parseBytes(fallback as string | number) : Number(fallback);
}

function cells({ constant, key, of, happens, code }: LimitRow): string[] {
  const field = key === undefined ? undefined : FIELDS.get(key)!;
  return [
    of,
    key === undefined ? '' : `\`${key}\``,
    field === undefined ? fixed(constant) : String(field.fallback),
    field === undefined ? 'fixed' : field.allowed,
    happens,
    code === undefined ? '' : `\`${code}\``,
  ];
}

function table(): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  return [line(HEAD), `|${'---|'.repeat(HEAD.length)}`, ...ROWS.map((row) => line(cells(row)))].join('\n');
}

const MARK =
  /(<!-- limits: written from lib\/domain\/limits.ts and the schema -->\n)[\s\S]*?(\n<!-- \/limits -->)/;

/** The document with the table as the code has it; `UPDATE_DOCS=1 make test` writes it. */
function markdown(current: string): string {
  return current.replace(MARK, (_, start: string, end: string) => `${start}${table()}${end}`);
}

describe('limits', () => {
  it(`${PATH} has the table of all of them`, () => expect(document(PATH, markdown)).to.include(table()));

  it('has every one of the code, once each', () => {
    const constants = [...VALUES.keys()].filter((name) => name !== 'KIB' && name !== 'MIB');
    expect(ROWS.map(({ constant }) => constant)).to.have.members(constants);
  });

  it('has every number, size and duration of the configuration, once each', () => {
    const keys = [...FIELDS.values()]
      .filter(({ kind }) => kind === 'integer' || kind === 'bytes' || kind === 'duration')
      .map(({ key }) => key);
    expect(ROWS.flatMap(({ key }) => key ?? [])).to.have.members(keys);
  });

  for (const { constant, key, code, happens } of ROWS) {
    if (key !== undefined)
      it(`${key} is ${constant} if nothing else is said`, () =>
        expect(numberOf(FIELDS.get(key)!)).to.equal(VALUES.get(constant)!));
    if (code === undefined) continue;
    it(`${code} is what the table of errors says of ${constant}`, () => {
      const { closes, nats, line } = { nats: undefined, line: undefined, ...ERRORS[code] };
      const tells = nats !== undefined || line !== undefined;
      if (happens.startsWith('told'))
        expect([tells, closes]).to.deep.equal([true, happens.includes('closed')]);
      else expect([tells, closes]).to.deep.equal([false, true]);
    });
  }

  it('are named by the errors that come of them', () => {
    const codes = new Set(ROWS.flatMap(({ code, key }) => (key === undefined ? [] : (code ?? []))));
    codes.delete('SERVER_SHUTDOWN');
    for (const wanted of codes) {
      const keys = ROWS.flatMap(({ code, key }) => (code === wanted ? (key ?? []) : []));
      for (const key of keys) expect(ERRORS[wanted].about, wanted).to.include(`\`${key}\``);
    }
  });
});
