import { connect as connectSocket } from 'node:net';
import type { Clock } from '../domain/clock.js';
import { TCP_KEEP_ALIVE_MS } from '../domain/limits.js';
import type { SocketTable } from './socket-table.js';
import { SocketWire } from './socket-wire.js';
import type { TlsClientContext } from './tls-client.js';
import type { Wire } from './wire.js';

/** Where to connect, and within which time. */
export interface ConnectTarget {
  /** The name or address as configured: what the server's certificate must be for. */
  readonly host: string;
  /** The IP address to connect to. */
  readonly address: string;
  readonly port: number;
  /** Undefined: the connection stays in plain text. */
  readonly tls: TlsClientContext | undefined;
  /** Time for the connection, its TLS handshake included, in milliseconds. */
  readonly timeoutMs: number;
}

/** What came of an attempt: exactly one of these is called, once, unless it is cancelled. */
export interface ConnectOutcome {
  /** Errors of the wire's stream must be listened to before this returns. */
  connected(wire: Wire): void;
  failed(error: Error): void;
}

/**
 * Connects to one address over TCP, and secures the connection where the target says so. Returns a function that cancels
 * the attempt and destroys its socket.
 */
export function connectTo(
  { host, address, port, tls, timeoutMs }: ConnectTarget,
  outcome: ConnectOutcome,
  clock: Clock,
  table: SocketTable,
): () => void {
  const socket = connectSocket({
    host: address,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
  });
  let isOver = false;
  let cancelHandshake = (): void => {};
  const end = (): boolean => {
    if (isOver) return false;
    isOver = true;
    cancelTimer();
    return true;
  };
  const fail = (error: Error): void => {
    if (!end()) return;
    cancelHandshake();
    socket.destroy();
    outcome.failed(error);
  };
  const succeed = (wire: Wire): void => {
    if (end()) outcome.connected(wire);
    else wire.stream.destroy();
  };
  const cancelTimer = clock.after(timeoutMs, () => fail(new Error(`no connection within ${timeoutMs} ms`)));
  socket.on('error', fail);
  socket.once('close', () => fail(new Error('the peer closed the connection')));
  socket.once('connect', () => {
    const wire = new SocketWire(socket, table);
    if (tls === undefined) succeed(wire);
    else cancelHandshake = tls.secure(wire, host, { secured: succeed, failed: fail });
  });
  return () => {
    if (!end()) return;
    cancelHandshake();
    socket.destroy();
  };
}
