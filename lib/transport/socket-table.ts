import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';
import { performance } from 'node:perf_hooks';

/** Shortest time between two readings, in milliseconds. */
const INTERVAL_MS = 250;
/** Most of the list that is read, in bytes a millisecond: 10,000 sockets, some 1.5 MB, three times a second. */
const MAX_BYTES_PER_MS = 5_000;
const NEWLINE = 10;
const COLON = 58;
/** `01 ` for the state, then eight digits: bytes in the send queue. */
const QUEUE_AT = 4;
const QUEUE_DIGITS = 8;

/** The kernel's list of TCP sockets of one family. */
interface Table {
  readonly path: string;
  /** Bytes of an address. */
  readonly addressBytes: 4 | 16;
}

const TABLES: readonly [Table, Table] = [
  { path: '/proc/net/tcp', addressBytes: 4 },
  { path: '/proc/net/tcp6', addressBytes: 16 },
];

type SocketFigures = (unacknowledgedBytes: number) => void;

/**
 * Tells how much of what sockets sent has not been acknowledged, as Linux lists it in `/proc/net/tcp`. That is finer
 * than what writing shows: a full send buffer says nothing until a third of it, some megabyte, is free again.
 *
 *   sl  local_address rem_address   st tx_queue rx_queue …
 *    0: 0100007F:1053 0100007F:A255 01 0002F3C1:00000000 …
 *
 * A request while a reading is under way or not yet due is answered by the next one; elsewhere than on Linux, and
 * where the list cannot be read, never.
 */
export class SocketTable {
  private readonly tables: readonly [Table, Table];
  private waiting = new Map<Socket, SocketFigures>();
  /** What the reading that is under way answers. */
  private asked = new Map<Socket, SocketFigures>();
  private busy = false;
  /** Resolves once the reading that is under way is over, if there is one. */
  reading: Promise<void> = Promise.resolve();
  private dueAt = 0;

  /** @param tables where the lists of IPv4 and IPv6 are; a test's own */
  constructor(tables: readonly [Table, Table] = TABLES) {
    this.tables = tables;
  }

  /** Asks about `socket`; `told` is called once, later, or never. It must not throw. */
  ask(socket: Socket, told: SocketFigures): void {
    this.waiting.set(socket, told);
    if (this.busy || performance.now() < this.dueAt) return;
    this.busy = true;
    this.reading = this.read();
  }

  /**
   * Drops the questions about `socket`, which has closed: they would keep what `told` refers to until the next reading is
   * over, and the kernel hands out long lists in hundreds of pieces.
   */
  forget(socket: Socket): void {
    this.waiting.delete(socket);
    this.asked.delete(socket);
  }

  private async read(): Promise<void> {
    this.asked = this.waiting;
    this.waiting = new Map();
    let size = 0;
    try {
      for (const table of this.tables) {
        if (placesOf(this.asked, table.addressBytes).size === 0) continue;
        const list = await readFile(table.path);
        size += list.length;
        answer(list, table.addressBytes, placesOf(this.asked, table.addressBytes));
      }
    } catch {
      // Not there, or not for us: then only writing shows progress.
    }
    this.asked.clear();
    this.dueAt = performance.now() + Math.max(INTERVAL_MS, size / MAX_BYTES_PER_MS);
    this.busy = false;
  }
}

/** Those of a family, by the two addresses as the list has them. */
function placesOf(
  asked: ReadonlyMap<Socket, SocketFigures>,
  addressBytes: number,
): Map<string, SocketFigures> {
  const places = new Map<string, SocketFigures>();
  for (const [{ localAddress, localPort, remoteAddress, remotePort }, told] of asked) {
    const local = localAddress && addressHex(localAddress);
    const remote = remoteAddress && addressHex(remoteAddress);
    if (!local || !remote || localPort === undefined || remotePort === undefined) continue;
    if (local.length === 2 * addressBytes)
      places.set(`${local}:${portHex(localPort)} ${remote}:${portHex(remotePort)}`, told);
  }
  return places;
}

function answer(list: Buffer, addressBytes: number, places: ReadonlyMap<string, SocketFigures>): void {
  const keyLength = 2 * (2 * addressBytes + 5) + 1;
  for (let end = list.indexOf(NEWLINE); end >= 0; end = list.indexOf(NEWLINE, end + 1)) {
    const colon = list.indexOf(COLON, end); // of the next line: the first one is a heading
    if (colon < 0) return;
    const at = colon + 2;
    const told = places.get(list.toString('latin1', at, at + keyLength));
    if (told !== undefined) {
      const queue = at + keyLength + QUEUE_AT;
      const bytes = Number.parseInt(list.toString('latin1', queue, queue + QUEUE_DIGITS), 16);
      if (!Number.isNaN(bytes)) told(bytes);
    }
  }
}

function portHex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** An address in the list's digits: 32-bit words as this machine has them in memory. */
export function addressHex(address: string): string {
  const bytes = address.includes(':') ? ipv6Bytes(address) : address.split('.').map(Number);
  let hex = '';
  for (let word = 0; word < bytes.length; word += 4) {
    const four = bytes.slice(word, word + 4);
    if (endianness() === 'LE') four.reverse();
    for (const byte of four) hex += byte.toString(16).toUpperCase().padStart(2, '0');
  }
  return hex;
}

function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const front = groupBytes(head);
  if (tail === undefined) return front;
  const back = groupBytes(tail);
  return [...front, ...new Array<number>(Math.max(0, 16 - front.length - back.length)).fill(0), ...back];
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
