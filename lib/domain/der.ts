/*
 * Just enough of DER (X.690) to find names in a certificate, and how it is signed: Node shows the subject without its order and the
 * alternative names as one text, which is not enough for a login.
 *
 *   ┌─────┬────────┬─────────┐
 *   │ tag │ length │ content │   length: one byte, or 0x80 + n and n bytes
 *   └─────┴────────┴─────────┘
 */

/** One element. */
export interface Der {
  readonly tag: number;
  readonly content: Buffer;
}

/** The elements one after the other in `bytes`; undefined where they are malformed. */
export function elementsOf(bytes: Buffer): Der[] | undefined {
  const elements: Der[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at];
    let length = bytes[at + 1];
    if (tag === undefined || length === undefined || (tag & 0x1f) === 0x1f) return undefined;
    at += 2;
    if (length > 0x7f) {
      const size = length & 0x7f;
      if (size === 0 || size > 4 || at + size > bytes.length) return undefined;
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    if (at + length > bytes.length) return undefined;
    elements.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

/** An object identifier in dots: `2.5.4.3`. */
export function oidOf(content: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte > 0x7f) continue;
    if (arcs.length > 0) arcs.push(arc);
    else {
      const first = Math.min(Math.floor(arc / 40), 2);
      arcs.push(first, arc - first * 40);
    }
    arc = 0;
  }
  return arcs.join('.');
}

/** A string of any of the kinds names are made of; undefined for what is none. */
export function textOf({ tag, content }: Der): string | undefined {
  switch (tag) {
    case 0x0c: // UTF8String
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x14: // T61String
    case 0x16: // IA5String
      return content.toString('utf8');
    case 0x1e: // BMPString: UTF-16, big end first
      return content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : undefined;
    default:
      return undefined;
  }
}
