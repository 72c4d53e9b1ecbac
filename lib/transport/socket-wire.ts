import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SocketTable } from './socket-table.js';
import { StreamWire } from './stream-wire.js';
import type { Security } from './tls.js';
import type { OnRead, Wire } from './wire.js';

/** How Node's sockets read into given memory: what the `onread` option of `net.connect` sets, for accepted ones. */
interface Hooks {
  readonly buffer: symbol;
  readonly callback: symbol;
}

interface Handle {
  useUserBuffer?(buffer: Uint8Array): void;
  /** Whether it reads. */
  reading?: boolean;
  readStart?(): number;
  readStop?(): number;
}

type Internals = Socket & { _handle?: Handle | null } & Record<symbol, unknown>;

const hooks = findHooks();

/** Absent where Node's internals differ, and on Windows, where the kernel may write to the memory at any time. */
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

/** Whether plain sockets can read into given memory with this Node on this platform. */
export const canReadInPlace = hooks !== undefined;

/** A wire over a socket of Node's. */
export class SocketWire extends StreamWire {
  declare readonly stream: Socket;
  private readonly table: SocketTable;

  /** @param table where it looks up what the peer has acknowledged */
  constructor(stream: Socket, table: SocketTable, security?: Security) {
    super(stream, security);
    this.table = table;
  }

  override get borrows(): boolean {
    return true;
  }

  override get readsInPlace(): boolean {
    if (hooks === undefined || 'encrypted' in this.stream) return false; // what tls.TLSSocket is told by
    const handle = (this.stream as Internals)._handle;
    return typeof handle?.useUserBuffer === 'function' && typeof handle.readStart === 'function';
  }

  override get tracksAcknowledgements(): boolean {
    return true;
  }

  override unacknowledgedBytes(told: (bytes: number) => void): void {
    this.table.ask(this.stream, told);
  }

  override readInto(memory: Buffer, onRead: OnRead): void {
    if (hooks === undefined || !this.readsInPlace) return;
    const socket = this.stream as Internals;
    socket[hooks.callback] = onRead;
    socket[hooks.buffer] = memory;
    socket._handle?.useUserBuffer?.(memory);
  }

  override pauseReading(): boolean {
    const { _handle: handle, destroyed } = this.stream as Internals;
    if (destroyed || handle?.reading !== true || handle.readStop === undefined) return false;
    handle.reading = false;
    handle.readStop();
    return true;
  }

  override resumeReading(): void {
    const { _handle: handle, destroyed } = this.stream as Internals;
    if (destroyed || !handle || handle.reading === true) return;
    handle.reading = true;
    handle.readStart?.();
  }

  override reset(): void {
    // Not while it is being shut down: Node would lose its handle for ever.
    if (this.stream.writableEnded) this.stream.destroy();
    else this.stream.resetAndDestroy();
  }

  override release(): void {
    this.table.forget(this.stream);
  }
}

/** The wire over a stream that was made elsewhere: a socket has a socket's capabilities, any other stream has none. */
export function wireOver(stream: Duplex, table: SocketTable, security?: Security): Wire {
  return stream instanceof Socket
    ? new SocketWire(stream, table, security)
    : new StreamWire(stream, security);
}
