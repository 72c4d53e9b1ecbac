import { seeded } from './random.js';

/** The same bytes, as reads. */
export type Parts = readonly Buffer[];

/** One way of cutting a wire into reads. */
export interface Splitting {
  readonly name: string;
  /** Every cutting of this kind; a lazy sequence, as two-way cuts are many. */
  cuttings(wire: Buffer): Iterable<Parts>;
}

/** Up to here a wire is cut at every position; beyond, near its ends and at random. */
const CUT_BYTES = 1_024;
/** Up to here a wire is fed byte by byte. */
const SINGLE_BYTES = 8_192;
const EDGE_BYTES = 160;
const RANDOM_CUTS = 24;
/** Reads a longer wire is fed in where it would be fed byte by byte. */
const TINY_READ_BYTES = 61;

/** `wire` cut before each of the ascending positions; every part has memory of its own, as reads have. */
export function cutAt(wire: Buffer, ...positions: readonly number[]): Parts {
  const ends = [...positions, wire.length];
  return ends.map((end, i) => Buffer.from(wire.subarray(i === 0 ? 0 : ends[i - 1]!, end)));
}

/** `wire` in parts of `size` bytes. */
export function inPartsOf(wire: Buffer, size: number): Parts {
  const parts: Buffer[] = [];
  for (let at = 0; at < wire.length; at += size) parts.push(Buffer.from(wire.subarray(at, at + size)));
  return parts;
}

/** `wire` in parts of random sizes, most of them small. */
export function inRandomParts(wire: Buffer, random: () => number): Parts {
  const parts: Buffer[] = [];
  for (let at = 0; at < wire.length; ) {
    const largest = random() < 0.2 ? wire.length : random() < 0.5 ? 64 : 6;
    const size = 1 + Math.floor(random() * largest);
    parts.push(Buffer.from(wire.subarray(at, at + size)));
    at += size;
  }
  return parts;
}

function* twoWayPositions(length: number): Iterable<number> {
  if (length <= CUT_BYTES) {
    for (let at = 1; at < length; at++) yield at;
    return;
  }
  const random = seeded(length);
  for (let at = 1; at <= EDGE_BYTES; at++) yield at;
  for (let i = 0; i < RANDOM_CUTS; i++) yield EDGE_BYTES + Math.floor(random() * (length - 2 * EDGE_BYTES));
  for (let at = length - EDGE_BYTES; at < length; at++) yield at;
}

/** A codec case runs at every one of these and gives the same each time. */
export const SPLITTINGS: readonly Splitting[] = [
  { name: 'whole', cuttings: (wire) => [[wire]] },
  {
    name: 'at every two-way cut',
    *cuttings(wire) {
      for (const at of twoWayPositions(wire.length)) yield cutAt(wire, at);
    },
  },
  {
    name: 'byte by byte',
    cuttings: (wire) => [inPartsOf(wire, wire.length <= SINGLE_BYTES ? 1 : TINY_READ_BYTES)],
  },
  {
    name: 'in random parts',
    *cuttings(wire) {
      const random = seeded(wire.length * 7_919 + (wire[wire.length >> 1] ?? 0));
      for (let i = 0; i < (wire.length <= SINGLE_BYTES ? 12 : 6); i++) yield inRandomParts(wire, random);
    },
  },
];
