import { createHash } from 'node:crypto';
import { orAll } from './names.js';
import type { StreamSource } from './stream-config.js';

const HASH_CHARACTERS = 8;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** What tells a source from the others of its stream, as nats-server writes it: `<stream>[:<hash>] <filters> <destinations>`. */
export function sourceId({ name, external, filter_subject, subject_transforms = [] }: StreamSource): string {
  const stream = external === undefined ? name : `${name}:${shortHash(external.api)}`;
  if (subject_transforms.length === 0) return `${stream} ${filter_subject ?? '>'} >`;
  const filters = subject_transforms.map(({ src }) => orAll(src));
  const destinations = subject_transforms.map(({ dest }) => orAll(dest));
  return `${stream} ${filters.join('\f')} ${destinations.join('\f')}`;
}

/** nats-server's short hash of a text: eight letters and digits. */
export function shortHash(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, HASH_CHARACTERS);
  return [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
