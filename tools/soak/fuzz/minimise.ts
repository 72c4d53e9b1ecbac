/** Makes a wire short while it still does what it does. */

/** Most candidates that are tried. */
const MOST_TRIES = 2_000;

/** The shortest wire found of which `fails` holds, by leaving out halves, quarters … single bytes. */
export async function minimise(
  wire: Buffer,
  fails: (candidate: Buffer) => Promise<boolean>,
): Promise<Buffer> {
  let best = wire;
  let tries = 0;
  for (let size = Math.ceil(wire.length / 2); size >= 1 && tries < MOST_TRIES; ) {
    let shorter = false;
    for (let at = 0; at < best.length && tries < MOST_TRIES; tries++) {
      const candidate = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (await fails(candidate)) {
        best = candidate;
        shorter = true;
      } else at += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!shorter) break;
  }
  return best;
}

/** Printable text that stands for the bytes, in single quotes, for `Buffer.from(…, 'latin1')`. */
export function literal(wire: Buffer): string {
  const text = [...wire].map((byte) => {
    if (byte === 10) return '\\n';
    if (byte === 13) return '\\r';
    if (byte === 9) return '\\t';
    if (byte === 39 || byte === 92) return `\\${String.fromCharCode(byte)}`;
    return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `'${text.join('')}'`;
}

/** A row for the fixtures of the dialect; what it should stand for is left to who adds it. */
export function fixtureRow(dialect: string, seed: number, what: string, wire: Buffer): string {
  const [headline = ''] = what.split('\n');
  return [
    `// ${dialect}.cases.ts: ${headline}`,
    `{ name: 'found by fuzzing, seed ${seed}', wire: Buffer.from(${literal(wire)}, 'latin1'), commands: [] },`,
  ].join('\n');
}
