/** The beginning of a payload, as it is shown. */

import { isUtf8 } from 'node:buffer';
import { endOfLetters } from '../../frame/text.js';

/** A payload, or the beginning of one. */
export interface Excerpt {
  /** Undefined: it is not UTF-8. */
  readonly text: string | undefined;
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

/** At most `most` bytes of a payload; text is not cut inside a letter. */
export function excerptOf(payload: Buffer, most: number): Excerpt {
  const isText = isUtf8(payload);
  const end = isText ? endOfLetters(payload, most) : Math.min(payload.length, most);
  const bytes = payload.subarray(0, end);
  return { text: isText ? bytes.toString('utf8') : undefined, bytes, isCut: end < payload.length };
}
