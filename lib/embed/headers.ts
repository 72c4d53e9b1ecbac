import { SluiceError } from '../domain/errors.js';
import { isOptions } from './check.js';
import { kindOf } from './values.js';

/** What headers may be given as: an object, a Map, or pairs; several values of one name as a list or as several pairs. */
export type HeadersInput =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [name: string, value: string | readonly string[]]>;

const VERSION_LINE = 'NATS/1.0';
/** What a name may consist of: a token of HTTP (RFC 9110, 5.6.2). */
const NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
/** What would end a line, or a text in languages whose text ends there. */
const UNFIT_VALUE = /[\r\n\0]/;

/**
 * The header block of a message: pairs of name and value, in the order in which they were sent. Names are compared as
 * they are, letter by letter, as NATS does. Can be given on as it is, as the headers of another message.
 */
export class MessageHeaders implements Iterable<readonly [name: string, value: string]> {
  /** Of a status message, such as 503; undefined: it is none. */
  readonly status: number | undefined;
  /** What the status line says beside the number. */
  readonly description: string;
  private readonly pairs: readonly (readonly [string, string])[];

  private constructor(
    status: number | undefined,
    description: string,
    pairs: readonly (readonly [string, string])[],
  ) {
    this.status = status;
    this.description = description;
    this.pairs = pairs;
  }

  /** Reads a block as it is on the wire; lines that are no header are passed over. */
  static parse(block: Buffer): MessageHeaders {
    const [first = '', ...lines] = block.toString('utf8').split('\r\n');
    const [, code, description = ''] = /^NATS\/1\.0 *(\d{3})? *(.*)$/.exec(first) ?? [];
    const pairs = lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const];
    });
    return new MessageHeaders(code === undefined ? undefined : Number(code), description, pairs);
  }

  /** The first value of that name; undefined: none. */
  get(name: string): string | undefined {
    return this.pairs.find(([each]) => each === name)?.[1];
  }

  /** All values of that name. */
  values(name: string): readonly string[] {
    return this.pairs.filter(([each]) => each === name).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.pairs.some(([each]) => each === name);
  }

  [Symbol.iterator](): Iterator<readonly [string, string]> {
    return this.pairs[Symbol.iterator]();
  }
}

/**
 * The header block as it is on the wire.
 * @throws SluiceError INVALID_MESSAGE naming a header whose name is no token, or whose value has a line end in it
 */
export function renderHeaders(headers: HeadersInput): Buffer {
  try {
    return rendered(headers);
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    // An iterator, a getter or a Proxy of the program's threw.
    throw new SluiceError('INVALID_MESSAGE', 'headers: reading them failed', { cause: error });
  }
}

function rendered(headers: unknown): Buffer {
  let block = `${VERSION_LINE}\r\n`;
  for (const pair of pairsOf(headers)) {
    if (!Array.isArray(pair))
      throw new SluiceError('INVALID_MESSAGE', `headers: not pairs of name and value, but ${kindOf(pair)}`);
    const [name, values] = pair as readonly unknown[];
    if (typeof name !== 'string' || !NAME.test(name))
      throw wrong(name, "not a name, allowed: letters, digits, and any of !#$%&'*+-.^_`|~");
    for (const value of Array.isArray(values) ? values : [values]) {
      if (typeof value !== 'string') throw wrong(name, `not text, but ${kindOf(value)}`);
      if (UNFIT_VALUE.test(value)) throw wrong(name, 'not usable, allowed: text without CR, LF and NUL');
      block += `${name}: ${value}\r\n`;
    }
  }
  return Buffer.from(`${block}\r\n`);
}

function pairsOf(headers: unknown): Iterable<unknown> {
  if (typeof headers === 'object' && headers !== null) {
    if (Symbol.iterator in headers) return headers as Iterable<unknown>;
    if (isOptions(headers)) return Object.entries(headers);
  }
  throw new SluiceError(
    'INVALID_MESSAGE',
    `headers: not usable, allowed: an object, a Map or pairs, not ${kindOf(headers)}`,
  );
}

function wrong(name: unknown, reason: string): SluiceError {
  const shown = typeof name === 'string' ? JSON.stringify(name) : kindOf(name);
  return new SluiceError('INVALID_MESSAGE', `header ${shown}: ${reason}`);
}
