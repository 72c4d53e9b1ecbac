import type { Security } from './tls.js';
import type { ListenEvents, Listener, Transport } from './transport.js';
import type { Wire } from './wire.js';

/**
 * Connections over another transport that are to be secured with TLS: from the first byte, or after the greeting of the
 * dialect, as their {@link Security} says. The handshake is the connection's, which knows when the greeting is sent.
 */
export class TlsTransport implements Transport {
  private readonly below: Transport;
  private readonly security: () => Security | undefined;

  /** @param security asked for each connection, since a reload may replace it; undefined: no TLS */
  constructor(below: Transport, security: () => Security | undefined) {
    this.below = below;
    this.security = security;
  }

  listen({ accepted, failed }: ListenEvents): Promise<Listener> {
    const secured = (wire: Wire): void => {
      wire.security = this.security();
      accepted(wire);
    };
    return this.below.listen({ accepted: secured, failed });
  }
}
