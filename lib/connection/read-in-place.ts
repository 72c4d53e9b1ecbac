import { Socket } from 'node:net';
import type { Transform } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { arena, READ_BYTES } from '../frame/arena.js';
import { reading } from '../frame/reading.js';
import type { Core } from '../routing/core.js';

/** Below this, copying a read costs less than rendering what comes of it before the turn is over. */
const IN_PLACE_BYTES = 8 * 1024;

/** How Node's sockets read into memory of ours: what the `onread` option of `net.connect` sets, for accepted ones. */
interface Hooks {
  readonly buffer: symbol;
  readonly callback: symbol;
}

interface Handle {
  useUserBuffer?(buffer: Uint8Array): void;
  /** Whether it reads. */
  reading?: boolean;
  readStart?(): number;
}

type Reads = Socket & { _handle?: Handle | null } & Record<symbol, unknown>;

const hooks = findHooks();
let memory: Buffer | undefined;

/** Absent where this is not the Node we know, and on Windows, where the kernel writes to the memory at any time. */
function findHooks(): Hooks | undefined {
  if (process.platform === 'win32') return undefined;
  const symbols = Object.getOwnPropertySymbols(new Socket());
  const named = (name: string): symbol | undefined => symbols.find(({ description }) => description === name);
  const buffer = named('kBuffer');
  const callback = named('kBufferCb');
  return buffer === undefined || callback === undefined || named('kBufferGen') === undefined
    ? undefined
    : { buffer, callback };
}

/** Whether `readInPlace` does anything here. */
export const canReadInPlace = hooks !== undefined;

/**
 * Has every read of `wire` land in one piece of memory that all connections share, in the place of 64 KiB that Node
 * allocates for each: that and the garbage collector are a quarter of what a large message costs. What was read must be
 * dealt with before the next read; `reading` sees to that. The wire still is the stream it was, piped into `decoder`,
 * which must heed `reading`. Does nothing for streams that are no plain sockets.
 *
 * @param bytes the size of a read, at most
 */
export function readInPlace(wire: unknown, decoder: Transform, core: Core, bytes = READ_BYTES): void {
  if (hooks === undefined || !(wire instanceof Socket) || wire instanceof TLSSocket) return;
  const socket = wire as Reads;
  const handle = socket._handle;
  if (typeof handle?.useUserBuffer !== 'function' || typeof handle.readStart !== 'function') return;
  memory ??= arena.readBuffer();
  socket[hooks.callback] = (length: number, buffer: Buffer): boolean => {
    const chunk = buffer.subarray(0, length);
    if (length < IN_PLACE_BYTES || !flows(socket, decoder)) return socket.push(Buffer.from(chunk));
    reading.begin(chunk.buffer);
    try {
      const more = socket.push(chunk);
      core.renderAll();
      if (!reading.consumed) decoder.destroy(new TypeError('a read was not decoded at once'));
      if (!more || !core.scheduler.isSpent) return more;
      // What is read no sooner than it can be dealt with need not be copied; a socket is read many times in one turn.
      core.scheduler.nextTurn(() => readOn(socket));
      return false;
    } finally {
      reading.end();
    }
  };
  const into = memory.subarray(0, bytes);
  socket[hooks.buffer] = into;
  handle.useUserBuffer(into);
}

/** Goes on reading after `false` has stopped it. */
function readOn({ _handle: handle, destroyed }: Reads): void {
  if (destroyed || !handle || handle.reading === true) return;
  handle.reading = true;
  handle.readStart?.();
}

/** Whether what the socket pushes now goes through the decoder before `push` returns. */
function flows(socket: Socket, decoder: Transform): boolean {
  return (
    reading.memory === undefined &&
    socket.readableFlowing === true &&
    socket.readableLength === 0 &&
    socket.listenerCount('data') > 0 &&
    decoder.writableLength === 0 &&
    !decoder.destroyed &&
    !decoder.writableEnded
  );
}
