import type { Decoder } from '../dialects/base-decoder.js';
import type { Beginnings } from '../domain/beginnings.js';
import { KIB } from '../domain/limits.js';
import type { Wire } from '../transport/wire.js';
import type { Admission } from './admission.js';

/**
 * Most bytes of one read, and of what waits to be decoded, until a connection has logged in. A CONNECT with a JWT fits;
 * a longer one takes several reads.
 */
export const FIRST_READ_BYTES = 16 * KIB;

/** As much of a stream as has a mark that can be moved; Node has no public way to move it. */
interface Marked {
  readonly _readableState?: { highWaterMark: number };
}

/**
 * Has reads decoded as the turn allows: very many connections may send their first words at the same instant, and these
 * cost most. That goes for the first read of each, and for all until it has logged in.
 */
export function decodeInTurn(
  decoder: Decoder,
  wire: Wire,
  beginnings: Beginnings,
  isFirstOnly: boolean,
): void {
  decoder.turn = (decode) => {
    beginnings.reads.count();
    if (isFirstOnly) {
      decoder.turn = undefined;
      beginnings.reads.delete(wire);
    }
    beginnings.add(decode, 1);
  };
}

/**
 * Bounds what is read of a connection that has not logged in. While a login is decided nothing more is decoded, so that no
 * message is put together meanwhile; what waits for that is bounded by a low mark of the wire. Returns what lifts
 * both, and the limits of a wire that is not trusted yet.
 *
 *   wire ≤ 16 KiB ─→ decoder: waits while a login is pending ─→ the rest of the batch with the login
 */
export function boundFirstReads(
  wire: Wire,
  decoder: Decoder,
  admission: Admission,
  beginnings: Beginnings,
): () => void {
  const state = (wire.stream as Marked)._readableState;
  const highWaterMark = state?.highWaterMark ?? 0;
  if (state !== undefined) state.highWaterMark = Math.min(highWaterMark, FIRST_READ_BYTES);
  decoder.hold = (goOn) => {
    if (admission.isPending) admission.onDecided = goOn;
    else goOn();
  };
  return () => {
    if (state !== undefined) state.highWaterMark = highWaterMark;
    decoder.hold = undefined;
    decoder.turn = undefined;
    beginnings.reads.delete(wire);
    wire.trust();
  };
}
