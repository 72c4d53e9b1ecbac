import type { Address } from '../domain/address.js';
import type { Wire } from './wire.js';

/** What a transport reports while it listens. */
export interface ListenEvents {
  /** A peer has connected. Whatever the transport itself needs, such as an HTTP upgrade, is over. */
  accepted(wire: Wire): void;
  /** A connection could not be accepted; the listener goes on. */
  failed(error: NodeJS.ErrnoException): void;
}

/** Where connections come in, opened by {@link Transport.listen}. */
export interface Listener {
  /** Where it listens, with the real port; undefined within the process. */
  readonly address: Address | undefined;
  /** Stops accepting; resolves once the address is free. Connections it has accepted stay open. */
  close(): Promise<void>;
}

/**
 * A way for connections to come in. A listener of the broker is a transport and the dialect that is spoken over it;
 * neither knows the other. A WebSocket transport is one whose wires are the Duplex that an HTTP upgrade ends in.
 */
export interface Transport {
  /**
   * Opens it, once.
   *
   * @throws SluiceError (as a rejection) ADDRESS_IN_USE, ADDRESS_UNUSABLE
   */
  listen(events: ListenEvents): Promise<Listener>;
}
