/** The header block of a message: `NATS/1.0[ status[ description]]␍␊` and a `Name: value␍␊` each, then `␍␊`. */
import { textOf } from '../../frame/text.js';

/** A header block, taken apart. Values are as they were sent, without blanks around them. */
export interface Headers {
  /** Of a message by the broker itself: `503` where there is no responder. */
  readonly status: string | undefined;
  readonly description: string | undefined;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Status that a broker sends instead of a reply where there is no responder. */
export const NO_RESPONDERS = '503';

/** Reads a block, leniently: whatever is no field is left out. */
export function parseHeaders(block: Buffer): Headers {
  const [first = '', ...lines] = textOf(block, 0, block.length).split('\r\n');
  const [, status, description] = /^NATS\/1\.0 *(\d{3})? *(.*)$/s.exec(first) ?? [];
  const fields = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const] : [];
  });
  return { status, description: description || undefined, fields };
}

/** The field in `name:value`; undefined where it is none, or would end its line. */
export function fieldIn(text: string): readonly [string, string] | undefined {
  const colon = text.indexOf(':');
  if (colon < 1 || /[\r\n]/.test(text)) return undefined;
  const name = text.slice(0, colon).trim();
  return name === '' ? undefined : [name, text.slice(colon + 1).trim()];
}

/** The block of these fields. */
export function renderHeaders(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.from(`NATS/1.0\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
}
