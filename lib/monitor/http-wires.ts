import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Security } from '../transport/tls.js';
import { RequestGate } from './request-gate.js';

/**
 * Stands between the sockets of a monitor and its HTTP server: brings them to TLS where it speaks HTTPS, and puts a gate
 * before each, so that the server is handed one request of a connection at a time.
 */
export class HttpWires {
  private readonly serveConnection: readonly ((stream: RequestGate) => void)[];
  private readonly server: Server;
  private readonly security: (() => Security) | undefined;
  /** Sockets whose handshake is under way. */
  private readonly unsecured = new Set<Socket>();

  /** @param security TLS, asked for each connection; undefined: plain HTTP */
  constructor(server: Server, security: (() => Security) | undefined) {
    this.server = server;
    this.security = security;
    this.serveConnection = server.listeners('connection') as ((stream: RequestGate) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      if (this.security === undefined) this.serve(socket);
      else this.secure(socket, this.security());
    });
  }

  /** Closes the sockets that the HTTP server does not know yet. */
  close(): void {
    for (const socket of this.unsecured) socket.destroy();
  }

  private serve(socket: Socket): void {
    const gate = new RequestGate(socket);
    for (const serve of this.serveConnection) serve.call(this.server, gate);
  }

  private secure(socket: Socket, { context, timeoutMs, onFailure }: Security): void {
    const peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? '?'}`;
    const fail = (error: string) => {
      settle();
      socket.destroy();
      onFailure({ peer, error });
    };
    const timer = setTimeout(fail, timeoutMs, 'timeout');
    const settle = () => {
      clearTimeout(timer);
      this.unsecured.delete(socket);
    };
    this.unsecured.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', settle);
    context.secure(socket, {
      secured: (stream) => {
        settle();
        if (socket.destroyed) stream.destroy();
        else this.serve(stream);
      },
      failed: (why) => {
        if (this.unsecured.has(socket)) fail(why);
      },
    });
  }
}
