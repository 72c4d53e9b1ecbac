/** Standard input, as messages. */
import type { Readable } from 'node:stream';

const NEWLINE = 10;
const RETURN = 13;

/** What is wrong with a line: the number it has, from 1, and its bytes so far. */
export interface TooLong {
  readonly number: number;
  readonly bytes: number;
}

/**
 * The lines of a stream without their ends, LF or CRLF; the last one may have none.
 * @param mostBytes longer lines are not read further
 * @param tooLong makes the error that a longer line ends with
 */
export async function* linesOf(
  input: AsyncIterable<Buffer>,
  mostBytes: number,
  tooLong: (line: TooLong) => Error,
): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 1;
  const finish = (last: Buffer): Buffer => {
    const line = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    heldBytes = 0;
    const end = line[line.length - 1] === RETURN ? line.length - 1 : line.length;
    if (end > mostBytes) throw tooLong({ number, bytes: end });
    number++;
    return line.subarray(0, end);
  };
  for await (const chunk of input) {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      yield finish(chunk.subarray(at, end));
      at = end + 1;
    }
    if (at === chunk.length) continue;
    held.push(chunk.subarray(at));
    heldBytes += chunk.length - at;
    if (heldBytes > mostBytes + 1) throw tooLong({ number, bytes: heldBytes });
  }
  if (heldBytes > 0) yield finish(Buffer.alloc(0));
}

/**
 * All of a stream.
 * @param tooLong makes the error that more than `mostBytes` end with
 */
export async function allOf(
  input: Readable,
  mostBytes: number,
  tooLong: (bytes: number) => Error,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of input) {
    pieces.push(piece as Buffer);
    bytes += (piece as Buffer).length;
    if (bytes > mostBytes) throw tooLong(bytes);
  }
  return Buffer.concat(pieces);
}
