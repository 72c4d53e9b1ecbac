import { crc32 } from 'node:zlib';
import type { Instant } from '../../instant.js';

/*
 * The header of a block, in little-endian order. The name of the file has the first sequence and the salt, too.
 *
 *   0         8        12    16     24   32     40         48       52 … 60
 *   sluiceJS  version  salt  first  end  front  ms of the  ns of    CRC-32 of all before it
 *                                               last message
 *
 * `end` is the sequence after its last one where that was known when the file was made, else 0. All messages below `front`
 * were removed when it was made. The time is that of the last message below `end`, or else below `first`; 0: there was none.
 */
const MAGIC = 'sluiceJS';
const VERSION = 1;
const VERSION_AT = 8;
const SALT_AT = 12;
const FIRST_AT = 16;
const END_AT = 24;
const FRONT_AT = 32;
const MS_AT = 40;
const NS_AT = 48;
const CRC_AT = 60;
/** Size in bytes of the header. */
export const BLOCK_HEADER_BYTES = 64;

export interface BlockHeader {
  readonly salt: number;
  readonly first: number;
  readonly end: number;
  readonly front: number;
  readonly lastAt: Instant | undefined;
}

export function blockHeader({ salt, first, end, front, lastAt }: BlockHeader): Buffer {
  const bytes = Buffer.alloc(BLOCK_HEADER_BYTES);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(VERSION, VERSION_AT);
  bytes.writeUInt32LE(salt, SALT_AT);
  bytes.writeDoubleLE(first, FIRST_AT);
  bytes.writeDoubleLE(end, END_AT);
  bytes.writeDoubleLE(front, FRONT_AT);
  bytes.writeDoubleLE(lastAt?.ms ?? 0, MS_AT);
  bytes.writeUInt32LE(lastAt?.ns ?? 0, NS_AT);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT);
  return bytes;
}

/**
 * Reads a header; undefined: it is damaged, or not all there.
 * @throws Error where another version wrote it
 */
export function parseBlockHeader(bytes: Buffer, size: number): BlockHeader | undefined {
  if (size < BLOCK_HEADER_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  if (crc32(bytes.subarray(0, CRC_AT)) !== bytes.readUInt32LE(CRC_AT)) return undefined;
  const version = bytes.readUInt32LE(VERSION_AT);
  if (version !== VERSION) throw new Error(`a block has format version ${version}, this is ${VERSION}`);
  const ms = bytes.readDoubleLE(MS_AT);
  return {
    salt: bytes.readUInt32LE(SALT_AT),
    first: bytes.readDoubleLE(FIRST_AT),
    end: bytes.readDoubleLE(END_AT),
    front: bytes.readDoubleLE(FRONT_AT),
    lastAt: ms === 0 ? undefined : { ms, ns: bytes.readUInt32LE(NS_AT) },
  };
}

const NUMBER_DIGITS = 10;
const FIRST_DIGITS = 16;
const SALT_DIGITS = 8;
const NAME = /^(\d{10})\.(\d{16})\.([0-9a-f]{8})\.blk$/;

/** What the name of a block's file says. */
export interface BlockId {
  /** Rises from block to block. */
  readonly number: number;
  /** Sequence of its first slot. */
  readonly first: number;
  readonly salt: number;
}

/** Name of the file of a block. */
export function blockName({ number, first, salt }: BlockId): string {
  return [
    String(number).padStart(NUMBER_DIGITS, '0'),
    String(first).padStart(FIRST_DIGITS, '0'),
    salt.toString(16).padStart(SALT_DIGITS, '0'),
    'blk',
  ].join('.');
}

/** Reads the name of a block's file; undefined: it is another file. */
export function parseBlockName(name: string): BlockId | undefined {
  const [, number, first, salt] = NAME.exec(name) ?? [];
  return number === undefined || first === undefined || salt === undefined
    ? undefined
    : { number: Number(number), first: Number(first), salt: Number.parseInt(salt, 16) };
}
