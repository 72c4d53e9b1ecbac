/** Whether decoders that keep unfinished frames keep more than came. */
import { bytesInUse } from '../../../spec/support/memory.js';
import { decoderAfter } from './codecs.js';
import { type FuzzDialect, generate } from './generate.js';

/** What one decoder is with nothing in it: streams, listeners, an assembler's block. */
const DECODER_BYTES = 8 * 1024;
const DECODERS = 400;

/** Feeds decoders of seeds from `seed` on and keeps them; what is wrong with what they take, or undefined. */
export async function judgeMemory(
  seed: number,
  dialect: FuzzDialect,
  make = decoderAfter,
): Promise<string | undefined> {
  bytesInUse(); // buffers are freed a cycle late
  const before = bytesInUse();
  let fed = 0;
  const kept: object[] = [];
  for (let i = 0; i < DECODERS; i++) {
    const wire = generate(seed + i, dialect);
    fed += wire.length;
    kept.push(make(wire, dialect));
  }
  await new Promise((resolve) => setTimeout(resolve, 20)); // for what they passed on to have gone
  bytesInUse();
  const grown = bytesInUse() - before;
  const bound = fed + kept.length * DECODER_BYTES;
  return grown <= bound ? undefined : `${kept.length} decoders keep ${grown} bytes of ${fed} that came`;
}
