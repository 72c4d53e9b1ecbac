import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { clearTimeout, setTimeout } from 'node:timers';
import { WEBSOCKET_HEAD_BYTES } from '../../domain/limits.js';
import type { Security } from '../tls.js';
import { TlsNegotiator } from '../tls-negotiator.js';
import type { ListenEvents, Listener, Transport } from '../transport.js';
import type { Wire } from '../wire.js';
import {
  answerUpgrade,
  peerOf,
  refuseUpgrade,
  takeInTurn,
  type UpgradeOptions,
  type UpgradeRefusal,
  upgradeFault,
} from './upgrade.js';

/**
 * Decides about a connection before its handshakes: calls `begin` at once, later, or, where it closes the wire, never.
 * `done` is called once, when the handshakes are over.
 */
export type Gate = (wire: Wire, begin: (done: () => void) => void) => void;

export interface WebSocketOptions extends UpgradeOptions {
  readonly gate: Gate;
  /** TLS from the first byte, asked for each connection; undefined: none. */
  readonly security: () => Security | undefined;
  /** Time for the handshake of TLS and the upgrade request together, in milliseconds. */
  readonly handshakeTimeoutMs: () => number;
}

const NO_UPGRADE: UpgradeRefusal = { status: 400, why: 'no upgrade request' };
const LARGE_HEAD: UpgradeRefusal = { status: 431, why: 'the head of the request is too large' };
const LATE = 'handshake timeout';

/**
 * WebSockets over the connections of another transport: TLS if there is any, an HTTP request, and what comes after it.
 *
 *   accepted ─→ gate ─→ TLS ─→ HTTP request ─→ 101 ─→ accepted within the WebSocket
 *                └── handshake timeout ──────┘
 */
export class WebSocketTransport implements Transport {
  private readonly below: Transport;
  private readonly options: WebSocketOptions;
  private readonly handshakes = new Map<Duplex, Handshake>();

  constructor(below: Transport, options: WebSocketOptions) {
    this.below = below;
    this.options = options;
  }

  async listen({ accepted, failed }: ListenEvents): Promise<Listener> {
    const { options, handshakes } = this;
    const server = httpServer(handshakes, options, accepted);
    const listener = await this.below.listen({
      accepted: (wire) =>
        options.gate(wire, (done) => {
          new Handshake(wire, options, done).start(server, handshakes);
        }),
      failed,
    });
    return {
      address: listener.address,
      close: () => {
        for (const handshake of [...handshakes.values()]) handshake.abandon();
        return listener.close();
      },
    };
  }
}

/** Reads the requests of connections that are given to it; it never listens. */
function httpServer(
  handshakes: ReadonlyMap<Duplex, Handshake>,
  options: WebSocketOptions,
  accepted: (wire: Wire) => void,
): Server {
  const server = createServer({ maxHeaderSize: WEBSOCKET_HEAD_BYTES });
  const { beginnings } = options;
  server.on('clientError', ({ code }: NodeJS.ErrnoException, stream) => {
    beginnings.reads.count();
    handshakes.get(stream)?.refuse(code === 'HPE_HEADER_OVERFLOW' ? LARGE_HEAD : NO_UPGRADE);
  });
  server.on('request', (request) => {
    beginnings.reads.count();
    handshakes.get(request.socket)?.refuse(NO_UPGRADE, request);
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const handshake = handshakes.get(stream);
    handshake?.requested();
    beginnings.reads.count();
    takeInTurn(request, options, () => {
      const refusal = upgradeFault(request, options.policy());
      if (refusal !== undefined) handshake?.refuse(refusal, request);
      else handshake?.upgrade(request, head, accepted);
    });
  });
  return server;
}

/** One connection on its way to a WebSocket. */
class Handshake {
  /** What the upgrade request comes on: the wire, or the one within TLS. */
  private wire: Wire;
  /** The wire below all of it. */
  private readonly raw: Wire;
  private readonly options: WebSocketOptions;
  private readonly done: () => void;
  private timer: NodeJS.Timeout;
  private handshakes: Map<Duplex, Handshake> | undefined = undefined;
  private negotiator: TlsNegotiator | undefined = undefined;
  private isOver = false;

  constructor(wire: Wire, options: WebSocketOptions, done: () => void) {
    this.wire = wire;
    this.raw = wire;
    this.options = options;
    this.done = done;
    this.timer = setTimeout(this.expire, options.handshakeTimeoutMs());
  }

  start(server: Server, handshakes: Map<Duplex, Handshake>): void {
    const { wire } = this;
    const security = this.options.security();
    this.handshakes = handshakes;
    this.follow(wire);
    this.options.beginnings.reads.add(wire);
    if (security === undefined) {
      server.emit('connection', wire.stream);
      return;
    }
    this.negotiator = new TlsNegotiator(wire, security, this.options.beginnings, {
      greet: () => undefined,
      plain: () => undefined,
      secured: (inner) => {
        handshakes.delete(wire.stream);
        wire.stream.off('close', this.closed);
        this.negotiator = undefined;
        this.wire = inner;
        this.follow(inner);
        server.emit('connection', inner.stream);
      },
      failed: (error) => {
        security.onFailure({ peer: peerOf(wire), error });
        this.abandon();
      },
      throttled: () => this.abandon(),
    });
    this.negotiator.start();
  }

  /** The request has come: that it waits for its turn is not the peer's doing. */
  requested(): void {
    this.timer.refresh();
  }

  upgrade(request: IncomingMessage, head: Buffer, accepted: (wire: Wire) => void): void {
    if (this.isOver) return;
    answerUpgrade(request, this.wire, head, this.options, (wire) => {
      if (this.isOver) return void wire.stream.destroy();
      this.finish();
      this.wire.stream.off('error', ignored);
      accepted(wire);
    });
  }

  refuse(refusal: UpgradeRefusal, request?: IncomingMessage): void {
    if (this.isOver) return;
    refuseUpgrade(this.wire, refusal, this.options, request);
  }

  /** Closes the connection. */
  abandon(): void {
    this.wire.stream.destroy();
    this.finish();
  }

  private follow({ stream }: Wire): void {
    this.handshakes?.set(stream, this);
    stream.on('error', ignored);
    stream.on('close', this.closed);
  }

  private readonly closed = (): void => {
    // A socket under TLS may close before it is known why.
    if (this.negotiator?.undecided !== true) this.finish();
  };

  private readonly expire = (): void => {
    // What has come may not have been read, as others had their turn.
    if (this.options.beginnings.reads.holds(this.raw)) {
      this.timer = setTimeout(this.expire, this.options.handshakeTimeoutMs());
      return;
    }
    this.options.onRefused({ peer: peerOf(this.wire), error: LATE });
    this.abandon();
  };

  private finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.negotiator?.cancel();
    this.options.beginnings.reads.delete(this.raw);
    this.handshakes?.delete(this.wire.stream);
    this.wire.stream.off('close', this.closed);
    this.done();
  }
}

function ignored(): void {}
