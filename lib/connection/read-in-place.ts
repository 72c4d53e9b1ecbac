import type { Duplex } from 'node:stream';
import type { Decoder } from '../dialects/base-decoder.js';
import { READ_BYTES } from '../frame/arena.js';
import type { Reading } from '../frame/reading.js';
import type { Core } from '../routing/core.js';
import type { Wire } from '../transport/wire.js';

/** Below this, copying a read costs less than rendering what comes of it before the turn is over. */
const IN_PLACE_BYTES = 8 * 1024;

/**
 * Makes every read of `wire` land in one piece of memory that all connections of the broker share, instead of 64 KiB that Node allocates
 * for each: that and the garbage collector are a quarter of what a large message costs. What was read must be processed
 * before the next read; `Reading` ensures that. The stream is still piped into `decoder`, which must heed `Reading`. Does
 * nothing for wires that cannot read in place.
 *
 * @param bytes the size of a read, at most
 */
export function readInPlace(wire: Wire, decoder: Decoder, core: Core, bytes = READ_BYTES): void {
  if (!wire.readsInPlace) return;
  const { stream } = wire;
  const { arena, reading } = core.memory;
  wire.readInto(arena.readBuffer().subarray(0, bytes), (length, buffer) => {
    const chunk = buffer.subarray(0, length);
    if (length < IN_PLACE_BYTES || !flows(reading, stream, decoder)) return stream.push(Buffer.from(chunk));
    reading.begin(chunk.buffer);
    try {
      const more = stream.push(chunk);
      core.renderAll();
      if (!reading.consumed) decoder.destroy(new TypeError('a read was not decoded at once'));
      if (!more || !core.scheduler.isSpent) return more;
      // Reads that wait until they can be processed need not be copied; a socket is read many times in one turn.
      core.scheduler.nextTurn(() => wire.resumeReading());
      return false;
    } finally {
      reading.end();
    }
  });
}

/** Whether what the stream pushes now goes through the decoder before `push` returns. */
function flows(reading: Reading, stream: Duplex, decoder: Decoder): boolean {
  return (
    reading.memory === undefined &&
    stream.readableFlowing === true &&
    stream.readableLength === 0 &&
    stream.listenerCount('data') > 0 &&
    decoder.turn === undefined &&
    decoder.writableLength === 0 &&
    !decoder.destroyed &&
    !decoder.writableEnded
  );
}
