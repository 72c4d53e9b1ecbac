import { type Plain, plain } from './codec.js';
import type { Parts } from './splits.js';

/** Anything with a parser's `feed`. */
interface Feedable {
  feed(chunk: Uint8Array): Iterable<object>;
}

/** What a parser makes of the parts, as plain data. */
export function parsed(parser: Feedable, parts: Parts): Plain[] {
  const found: Plain[] = [];
  for (const part of parts) for (const frame of parser.feed(part)) found.push(plain(frame));
  return found;
}

/** What comes out of a Web Stream that the chunks are written to, until it has ended. */
export async function through<I, O>(stream: TransformStream<I, O>, chunks: Iterable<I>): Promise<O[]> {
  const writer = stream.writable.getWriter();
  const writing = (async () => {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  const found: O[] = [];
  const reader = stream.readable.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    found.push(value);
  }
  await writing;
  return found;
}
