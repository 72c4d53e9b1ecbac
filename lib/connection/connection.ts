import { nextTick } from 'node:process';
import type { Duplex, Writable } from 'node:stream';
import type { Logger } from 'pino';
import { Outbox } from '../clients/outbox.js';
import { CLOSE_UNITS } from '../clients/work.js';
import type { Decoder } from '../dialects/base-decoder.js';
import type { Dialect, Encoder, Session } from '../dialects/codec.js';
import { decoderOf } from '../dialects/transform-decoder.js';
import type { CloseReason } from '../domain/close-reason.js';
import type { DialectName } from '../domain/dialect-name.js';
import { ERRORS, type ErrorCode, SluiceError } from '../domain/errors.js';
import { slowDown } from '../limits/ingress.js';
import { Client } from '../routing/client.js';
import type { Core } from '../routing/core.js';
import type { Security } from '../transport/tls.js';
import type { TlsNegotiator } from '../transport/tls-negotiator.js';
import { type TlsSession, type TransportName, transportOf, type Wire } from '../transport/wire.js';
import { Admission } from './admission.js';
import { ABRUPT, LOSSES } from './close-effects.js';
import { ConnectionLog } from './connection-log.js';
import type { ConnectionOptions } from './connection-options.js';
import { coreWriter } from './core-writer.js';
import { boundFirstReads, decodeInTurn, FIRST_READ_BYTES } from './first-reads.js';
import { lingerThenDestroy } from './linger.js';
import { Liveness } from './liveness.js';
import { pipeWithProgress } from './pipe-with-progress.js';
import { readInPlace } from './read-in-place.js';
import { StreamIoEnd } from './stream-io-end.js';
import { Trace } from './trace.js';
import { withDefaults } from './wire-credentials.js';

/** TLS as a connection has it. */
export interface TlsState extends TlsSession {
  /** Whether it came before INFO. */
  readonly isFirst: boolean;
}

/**
 * One pipeline over one wire, after TLS has been settled on it, and the one way it ends.
 *
 *   wire → decoder → tail → core        core → outbox → encoder → wire
 */
export class Connection {
  readonly dialect: DialectName;
  readonly transport: TransportName;
  readonly listener: string | undefined;
  readonly client: Client;
  /** Why it closed, or is closing. */
  reason: CloseReason | undefined;
  /** Its TLS, where it has that. */
  tls: TlsState | undefined;
  private wire: Wire;
  private readonly core: Core;
  private readonly log: ConnectionLog;
  private readonly decoder: Decoder;
  private readonly encoder: Encoder;
  private readonly io: StreamIoEnd;
  private readonly tail: Writable;
  private readonly session: Session<unknown>;
  private readonly liveness: Liveness;
  private readonly admission: Admission;
  /** What brings it to TLS, until that has been settled. */
  private negotiator: TlsNegotiator | undefined;
  private readonly readsInPlace: boolean;
  private readonly onClosed: (connection: Connection) => void;
  private readonly options: ConnectionOptions<Connection>;
  private cancelLinger = (): void => {};
  /** Whether the end of the input is ours, not the peer's. */
  private finishing = false;
  private over = false;

  constructor(
    id: number,
    wire: Wire,
    dialect: Dialect<unknown, unknown>,
    core: Core,
    options: ConnectionOptions<Connection>,
    log: Logger,
    onClosed: (connection: Connection) => void,
  ) {
    const { remoteAddress, remotePort } = wire;
    this.dialect = dialect.name;
    this.transport = transportOf(wire);
    this.listener = wire.listener;
    this.wire = wire;
    this.core = core;
    this.onClosed = onClosed;
    this.options = options;
    this.readsInPlace = dialect.readsInPlace;
    this.decoder = decoderOf(dialect.decoder(core.memory));
    // The encoder may always render: what it has rendered is what is pending, and max_pending, which a reload may raise,
    // bounds that.
    this.encoder = dialect.encoder(Number.MAX_SAFE_INTEGER, core.memory);
    this.io = new StreamIoEnd(this.encoder, wire.stream);
    const outbox = new Outbox(this.io, options.flow, core.clock.now);
    this.encoder.borrows = wire.borrows;
    if (wire.tracksAcknowledgements)
      outbox.look = () => wire.unacknowledgedBytes((bytes) => outbox.unacknowledged(bytes, outbox.now()));
    this.client = new Client(
      { id, remoteAddress, remotePort },
      core,
      outbox,
      options.limits,
      {
        close: (reason) => this.close(reason),
        login: (credentials) =>
          this.admission.login(withDefaults(credentials, this.wire.upgrade?.credentials)),
        introduced: () => {
          this.liveness.introduced();
          options.introduced?.(this);
        },
        errors: dialect.errors,
      },
      (link) => dialect.session(link, this.encoder),
    );
    this.log = new ConnectionLog(log, this.client, dialect.name);
    this.session = this.client.session;
    const { name, connectionType, webSocketType = connectionType } = dialect;
    const type = wire.upgrade === undefined ? connectionType : webSocketType;
    this.admission = new Admission(this.client, options.admission, { name, connectionType: type });
    this.tail = coreWriter(core, this.client);
    const ingress = slowDown(this.decoder, options.ingress);
    this.liveness = new Liveness(this.client, options.liveness, ingress, options.clock);
    this.wireUp(dialect.logged, options.trace?.maxPayloadBytes);
  }

  /** What it is read from and written to. */
  get stream(): Duplex {
    return this.wire.stream;
  }

  /** Whether all that was read from its wire has gone through the core. */
  get hasRouted(): boolean {
    const { decoder, tail, wire } = this;
    const unread = wire.stream.readableLength + decoder.writableLength;
    return unread + decoder.readableLength + tail.writableLength === 0;
  }

  /** After a reload: it keeps what it still has a right to, and is closed if that is nothing. */
  renew(): void {
    if (this.reason !== undefined) return;
    this.contained(() => {
      const reason = this.admission.renew();
      if (reason === undefined) this.client.subscriptions.review();
      else this.close(reason);
    });
  }

  /** What the session said at the start has changed: tells the peer. */
  inform(): void {
    if (this.reason === undefined) this.contained(() => this.session.inform());
  }

  /** Tells the peer alone to go to another server; false where it cannot be told. */
  informLameDuck(): boolean {
    let isTold = false;
    this.contained(() => {
      isTold = this.reason === undefined && this.session.informLameDuck?.() === true;
    });
    return isTold;
  }

  /**
   * Stops reading and resolves once everything that was read has gone through the core, the wire has closed, or a login
   * takes its time: what comes after it is not waited for. The connection stays, and hears what others still have to say.
   */
  finishInput(): Promise<void> {
    const { decoder, tail } = this;
    const { stream } = this.wire;
    if (this.reason !== undefined || tail.writableFinished || tail.destroyed) return Promise.resolve();
    this.finishing = true;
    if (this.negotiator !== undefined) return Promise.resolve();
    stream.unpipe(decoder);
    stream.pause();
    if (stream.readableLength > 0 && !decoder.writableEnded)
      decoder.write(stream.read(stream.readableLength));
    return new Promise((resolve) => {
      tail.once('close', resolve);
      this.admission.onPending = resolve;
      if (this.admission.isPending) resolve();
      decoder.end();
    });
  }

  /**
   * The one way a connection ends. The first reason is recorded; the peer is told where its dialect has words for it,
   * and gets what was queued, unless it has stopped taking anything.
   */
  close(reason: CloseReason): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.client.countWork(CLOSE_UNITS);
    this.client.lossReason = LOSSES[reason] ?? 'closed';
    this.wire.closing(reason);
    if (reason === 'SLOW_CONSUMER') this.log.slowConsumer();
    this.admission.closing(reason);
    const { negotiator } = this;
    negotiator?.cancel();
    const isClogged = reason === 'STALE_CONNECTION' && this.liveness.isClogged;
    if (isClogged || ABRUPT.has(reason) || negotiator?.isPlaintext === false) {
      this.client.dispose();
      this.destroy(reason);
      return;
    }
    if (negotiator !== undefined) this.pipeOut(); // it has not come to that yet
    // A session that fails while it closes must not fail its caller.
    if (reason in ERRORS && !this.contained(() => this.session.sendError(reason as ErrorCode))) return;
    this.client.retire();
    const { stream } = this.wire;
    stream.unpipe(this.decoder);
    stream.resume(); // and discard: closing with bytes unread would reset what the peer has yet to read
    this.client.outbox.finish(() => this.encoder.end());
    this.cancelLinger = lingerThenDestroy(
      stream,
      this.client.outbox,
      this.core.endings,
      this.options.lingerClock,
    );
    if (reason in ERRORS) this.options.lingers?.(this);
  }

  /** Ends it without another word. */
  destroy(reason: CloseReason): void {
    if (this.reason === undefined) {
      this.reason = reason;
      this.client.lossReason = LOSSES[reason] ?? 'closed';
    }
    this.client.outbox.settle(); // while the wire still knows what it has not taken
    this.negotiator?.cancel();
    const { stream } = this.wire;
    if (!stream.closed) stream.destroy();
    // Thousands may be reset at once, and each is closed by the time its error is known.
    else this.core.endings.add(() => this.closed(), 1);
  }

  private wireUp(logged: Dialect['logged'], maxTracedBytes: number | undefined): void {
    const { decoder, encoder, tail } = this;
    const { security } = this.wire;
    if (this.wire.isSecure) this.secured(this.wire, true);
    else this.follow(this.wire);
    const failed = (error: Error): void => this.pipelineFailed(error);
    for (const stream of [decoder, encoder, tail]) stream.on('error', failed);
    // All the peer sent has been routed and it sends no more: it has left.
    tail.on('finish', () => this.inTurn(() => this.close('PEER_CLOSED')));
    if (this.log.isDebug) {
      const { own } = this.log;
      const trace = new Trace(this.client, own, logged, maxTracedBytes);
      trace.followCommands(decoder);
      if (own.isLevelEnabled('trace')) trace.followDeliveries(this.client.outbox);
      own.debug('connected');
    }
    if (security !== undefined) this.establish(security);
    else if (this.open()) this.begin();
  }

  /** Takes a step towards its end by itself, as the turn allows: thousands may leave at once. */
  private inTurn(step: () => void): void {
    this.core.endings.add(() => {
      if (this.reason === undefined && !this.finishing) step();
    }, 1);
  }

  /** Brings the wire to TLS before anything is read from it. */
  private establish(security: Security): void {
    let opened = false;
    const Negotiator = this.options.negotiator?.();
    if (Negotiator === undefined) throw new SluiceError('INTERNAL', 'the code for TLS is not loaded');
    this.negotiator = new Negotiator(this.wire, security, this.core.beginnings, {
      greet: (sent) => {
        opened = true;
        if (!this.open()) return;
        this.client.outbox.flush();
        const greeting = this.encoder.read() as Buffer | null;
        if (greeting === null) sent();
        else this.wire.stream.write(greeting, () => sent());
      },
      plain: () => this.begin(),
      secured: (wire) => {
        this.secured(wire, !opened);
        if (opened || this.open()) this.begin();
      },
      failed: (error) => {
        security.onFailure({ peer: this.log.peer, error });
        this.log.debug({ error }, 'TLS handshake failed');
        this.close('TLS_HANDSHAKE');
      },
      throttled: () => this.close('TLS_HANDSHAKE_RATE'),
    });
    this.negotiator.start();
  }

  /** The handshake is over, here or before there was a connection, and the connection goes on over `wire`. */
  private secured(wire: Wire, isFirst: boolean): void {
    this.follow(wire);
    this.io.wire = wire.stream;
    this.client.peer.isSecure = wire.isSecure;
    this.client.peer.certificate = wire.peerCertificate;
    this.admission.certificate = wire.peerCertificate;
    const { tls } = wire;
    this.tls = tls && { ...tls, isFirst };
    this.log.debug({ version: tls?.version, cipher: tls?.opensslCipher }, 'TLS handshake complete');
  }

  /** Takes `wire` for the one to talk on. */
  private follow(wire: Wire): void {
    const { stream } = wire;
    this.core.beginnings.reads.replace(this.wire, wire);
    this.wire = wire;
    stream.on('error', (error) => this.wireFailed(error));
    // These come once, and `once` would take memory for each connection to see to that.
    stream.on('finish', () => this.client.outbox.settle());
    const over = (): void => {
      // A socket under TLS may close before what it brought has been read, or before it is known why.
      if (wire === this.wire && this.negotiator?.undecided !== true) this.closed();
    };
    stream.on('close', () => this.core.endings.add(over, 1));
    if (stream.closed) nextTick(over); // an attached stream may be over already
  }

  /** Lets the session say its first word; false where that went wrong. */
  private open(): boolean {
    return this.contained(() => this.session.open());
  }

  private contained(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      this.pipelineFailed(error as Error);
      return false;
    }
  }

  /** The wire is what it will be: lets the pipeline run over it. */
  private begin(): void {
    const { wire, decoder, tail } = this;
    this.negotiator = undefined;
    if (!this.contained(() => this.session.ready())) return;
    this.liveness.start();
    this.pipeOut();
    if (this.finishing) return;
    const isBounded = !this.client.admitted;
    decodeInTurn(decoder, wire, this.core.beginnings, !isBounded);
    wire.stream.pipe(decoder, { end: false }).pipe(tail);
    wire.stream.on('end', () => this.inTurn(() => decoder.end()));
    if (this.readsInPlace) readInPlace(wire, decoder, this.core, isBounded ? FIRST_READ_BYTES : undefined);
    if (!isBounded) return wire.trust();
    const lift = boundFirstReads(wire, decoder, this.admission, this.core.beginnings);
    this.admission.onAdmitted = () => {
      lift();
      if (this.readsInPlace) readInPlace(wire, decoder, this.core);
    };
  }

  /** Lets what is rendered go to the wire. */
  private pipeOut(): void {
    const { outbox } = this.client;
    const taken = (): void => {
      if (outbox.isAwaited) this.contained(() => outbox.drained());
    };
    pipeWithProgress(this.encoder, this.wire.stream, taken, this.core.resumes);
  }

  private wireFailed(error: Error): void {
    this.log.debug({ error: error.message }, 'connection failed');
    this.destroy('WIRE_ERROR');
  }

  /** A fault of ours: it must cost this connection only. */
  private pipelineFailed(error: Error): void {
    this.log.own.error({ err: error }, 'internal error, closing this connection');
    this.destroy('INTERNAL');
  }

  private closed(): void {
    if (this.over) return;
    this.over = true;
    this.reason ??= 'PEER_CLOSED';
    this.cancelLinger();
    this.negotiator?.cancel();
    this.liveness.stop();
    this.admission.stop();
    this.contained(() => this.session.close());
    this.core.forget(this.client);
    this.decoder.destroy();
    this.encoder.destroy();
    this.encoder.discard();
    this.wire.release();
    this.core.beginnings.reads.delete(this.wire);
    this.tail.destroy();
    this.log.closed(this.reason);
    this.onClosed(this);
  }
}
