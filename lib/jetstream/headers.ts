const CR = 13;
const LF = 10;
const COLON = 58;
const SPACE = 32;
const VERSION_LINE = Buffer.from('NATS/1.0\r\n');
const END = Buffer.from('\r\n');

/** Value of the first header of that very name in a header block; undefined: there is none. */
export function headerOf(block: Buffer, name: Buffer): string | undefined {
  const at = findHeader(block, name);
  if (at < 0) return undefined;
  let start = at + name.length + 1;
  while (block[start] === SPACE) start++;
  const end = block.indexOf(END, start);
  return block.toString('utf8', start, end < 0 ? block.length : end);
}

/** A block without the first header of that name: the block itself where there is none. Undefined: nothing is left of it. */
export function withoutHeader(block: Buffer, name: Buffer): Buffer | undefined {
  const at = findHeader(block, name);
  if (at < 0) return block;
  const end = block.indexOf(END, at);
  const rest = Buffer.concat([
    block.subarray(0, at),
    block.subarray(end < 0 ? block.length : end + END.length),
  ]);
  return rest.length <= VERSION_LINE.length + END.length ? undefined : rest;
}

/** A block without the headers whose names begin so: the block itself where there are none. Undefined: nothing is left of it. */
export function withoutHeaders(block: Buffer, prefix: Buffer): Buffer | undefined {
  const kept: Buffer[] = [];
  let from = 0;
  for (let at = block.indexOf(prefix); at >= 0; at = block.indexOf(prefix, at + 1)) {
    if (at < from || block[at - 1] !== LF || block[at - 2] !== CR) continue;
    const end = block.indexOf(END, at);
    kept.push(block.subarray(from, at));
    from = end < 0 ? block.length : end + END.length;
  }
  if (from === 0) return block;
  const rest = Buffer.concat([...kept, block.subarray(from)]);
  return rest.length <= VERSION_LINE.length + END.length ? undefined : rest;
}

/** A block with these headers after those it has; without a block: one of them alone. */
export function withHeaders(
  block: Buffer | undefined,
  headers: readonly (readonly [name: string, value: string | number])[],
): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const before = block === undefined ? VERSION_LINE : block.subarray(0, block.length - END.length);
  return Buffer.concat([before, Buffer.from(`${lines}\r\n`)]);
}

/** Where the line of that header begins; -1: there is none. */
function findHeader(block: Buffer, name: Buffer): number {
  let at = block.indexOf(name);
  while (at >= 0) {
    if (at >= 2 && block[at - 1] === LF && block[at - 2] === CR && block[at + name.length] === COLON)
      return at;
    at = block.indexOf(name, at + 1);
  }
  return -1;
}
