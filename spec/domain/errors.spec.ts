import { expect } from 'chai';
import { type ErrorCode, errorText, SluiceError, unreachable } from '../../lib/domain/errors.js';
import { ERRORS, type ErrorEntry } from '../../lib/embed/errors.js';
import { document } from '../support/config/documents.js';

const PATH = 'docs/errors.md';
const HEAD = ['Code', 'NATS clients see', 'Line clients see', 'Closes', 'What it means'];

function cells(code: string, { nats, line, closes, about }: ErrorEntry): string[] {
  return [
    `\`${code}\``,
    nats === undefined ? '' : `\`-ERR '${nats}'\``,
    line === undefined ? '' : `\`ERR ${line}\``,
    closes ? 'yes' : 'no',
    about,
  ];
}

/** The table as Markdown, its columns in line. */
function table(): string {
  const rows = Object.entries(ERRORS).map(([code, entry]) => cells(code, entry));
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [HEAD, rule, ...rows]
    .map((row) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`)
    .join('\n');
}

const MARK =
  /(<!-- errors: written from lib\/domain\/errors.ts and error-texts.ts of each dialect -->\n)[\s\S]*?(\n<!-- \/errors -->)/;

/** The document with the table as it is in the code; `UPDATE_DOCS=1 make test` writes it. */
function markdown(current: string): string {
  return current.replace(MARK, (_, start: string, end: string) => `${start}${table()}${end}`);
}

/** The rows of the document's table, as entries. */
function documented(): Map<string, ErrorEntry> {
  const text = document(PATH, markdown);
  const rows = text.split('\n').filter((one) => one.startsWith('| `'));
  return new Map(
    rows.map((one) => {
      const [code, nats, line, closes, about] = one
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.trim());
      const entry: ErrorEntry = {
        ...(nats === '' ? {} : { nats: nats!.replace(/^`-ERR '(.*)'`$/, '$1') }),
        ...(line === '' ? {} : { line: line!.replace(/^`ERR (.*)`$/, '$1') }),
        closes: closes === 'yes',
        about: about!,
      };
      return [code!.replaceAll('`', ''), entry] as const;
    }),
  );
}

describe('errors', () => {
  describe(PATH, () => {
    it('has every error of the table, as it is there', () => {
      const found = documented();
      for (const [code, entry] of Object.entries(ERRORS)) expect(found.get(code), code).to.deep.equal(entry);
    });

    it('has no error that the table does not have', () => {
      for (const code of documented().keys()) expect(ERRORS).to.have.property(code);
    });

    it('has them in the order of the table, once each, under the right heads', () => {
      expect([...documented().keys()]).to.deep.equal(Object.keys(ERRORS));
      expect(document(PATH, markdown)).to.include(table());
    });
  });

  for (const [code, { nats, line, closes, about }] of Object.entries(ERRORS)) {
    it(`${code} can go on the wire and be read`, () => {
      expect(code).to.match(/^[A-Z][A-Z0-9_]+$/);
      // A quote would end the text of an -ERR, a line end any of them.
      if (nats !== undefined) expect(nats).to.match(/^[\x20-\x26\x28-\x7e]+$/);
      if (line !== undefined) expect(line).to.match(/^[\x20-\x7e]+$/);
      expect(closes).to.be.a('boolean');
      expect(about).to.match(/^[^|\n]+\.$/);
    });
  }

  it('the texts NATS clients look for are nats-server’s own', () => {
    const texts: Partial<Record<ErrorCode, string | undefined>> = {
      UNKNOWN_OPERATION: 'Unknown Protocol Operation',
      PARSER_ERROR: undefined,
      HEADERS_NOT_SUPPORTED: undefined,
      INVALID_CLIENT_PROTOCOL: 'invalid client protocol',
      MAX_CONTROL_LINE: 'maximum control line exceeded',
      MAX_PAYLOAD: 'Maximum Payload Violation',
      INVALID_SUBJECT: 'Invalid Subject',
      INVALID_PUBLISH_SUBJECT: 'Invalid Publish Subject',
      NO_RESPONDERS_NEEDS_HEADERS: 'no responders requires headers support',
      AUTHORIZATION_VIOLATION: 'Authorization Violation',
      AUTHENTICATION_TIMEOUT: 'Authentication Timeout',
      MAX_CONNECTIONS: 'maximum connections exceeded',
      MAX_SUBSCRIPTIONS: 'maximum subscriptions exceeded',
      STALE_CONNECTION: 'Stale Connection',
    };
    const open = new Set<string>(['INVALID_SUBJECT', 'INVALID_PUBLISH_SUBJECT', 'MAX_SUBSCRIPTIONS']);
    for (const [code, text] of Object.entries(texts)) {
      const entry = ERRORS[code as ErrorCode];
      expect(entry.nats, code).to.equal(text);
      expect(entry.closes, code).to.equal(!open.has(code));
    }
  });

  it('say what they are about, in quotes, where the dialect has a text', () => {
    const texts = { PERMISSIONS_QUEUE: 'not {subject} in {queue}', INTERNAL: 'broken' };
    expect(errorText(texts, 'PERMISSIONS_QUEUE', ['a"b', 'q\n'])).to.equal('not "a\\"b" in "q\\n"');
    expect(errorText(texts, 'PERMISSIONS_QUEUE', ['a'])).to.equal('not "a" in "{queue}"');
    expect(errorText(texts, 'INTERNAL', ['a'])).to.equal('broken');
    expect(errorText(texts, 'USAGE', [])).to.equal(undefined);
  });

  describe('SluiceError', () => {
    it('carries a code, says what the table says, and keeps its cause', () => {
      const cause = new Error('deep');
      const error = new SluiceError('MAX_PAYLOAD', undefined, { cause });
      expect(error).to.be.instanceOf(Error);
      expect([error.name, error.code, error.message]).to.deep.equal([
        'SluiceError',
        'MAX_PAYLOAD',
        ERRORS.MAX_PAYLOAD.about,
      ]);
      expect(error.cause).to.equal(cause);
      expect(new SluiceError('INTERNAL', 'own words').message).to.equal('own words');
    });

    it('is what an unreachable case throws', () => {
      expect(() => unreachable({ op: 'NEW' } as never))
        .to.throw(SluiceError, '{"op":"NEW"}')
        .with.property('code', 'INTERNAL');
    });
  });
});
