import { createHash } from 'node:crypto';

/** Longest name that is written out, in characters. */
const MAX_LENGTH = 200;
const KEPT_LENGTH = 100;
const HASH_LENGTH = 32;
const PLAIN = /[a-z0-9_-]/;
/** Names that Windows keeps for devices. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/**
 * Name of a file or directory for the name of an account, a stream or a consumer. Different names have different ones where
 * upper and lower case are the same, too. One that would be too long is cut, and ends in a hash.
 */
export function diskName(name: string): string {
  let text = '';
  for (const letter of name) text += PLAIN.test(letter) ? letter : encoded(letter);
  if (RESERVED.test(text)) text = encoded(text.charAt(0)) + text.slice(1);
  if (text.length <= MAX_LENGTH) return text;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${text.slice(0, KEPT_LENGTH)}~${hash}`;
}

/** A letter as its bytes in hex, each after `%`. */
function encoded(letter: string): string {
  return Buffer.from(letter).toString('hex').replace(/../g, '%$&');
}
