import type { FlowLimits } from '../clients/outbox.js';
import type { Clock } from '../domain/clock.js';
import type { IngressLimits } from '../limits/ingress.js';
import type { ClientLimits } from '../routing/client.js';
import type { TlsNegotiator } from '../transport/tls-negotiator.js';
import type { AdmissionOptions } from './admission.js';
import type { LivenessOptions } from './liveness.js';

/** What a connection goes by. `C` is the connection. */
export interface ConnectionOptions<C> {
  readonly flow: FlowLimits;
  readonly limits: ClientLimits;
  /** How fast it may send; undefined: as fast as it likes. */
  readonly ingress?: IngressLimits | undefined;
  readonly liveness: LivenessOptions;
  readonly admission: AdmissionOptions;
  /** Called when a peer has introduced itself and been let in, which it may do again; undefined: nothing is. */
  readonly introduced?: ((connection: C) => void) | undefined;
  /** Called when it begins to close with an error, and its peer has yet to hang up; undefined: nothing is. */
  readonly lingers?: ((connection: C) => void) | undefined;
  /** Brings it to TLS, where its wire has that; undefined: no wire has. */
  readonly negotiator?: (() => typeof TlsNegotiator | undefined) | undefined;
  /** How much of messages the trace shows; undefined: as by default. */
  readonly trace?: { readonly maxPayloadBytes: number } | undefined;
  /** What PINGs go by; undefined: real time. */
  readonly clock?: Clock | undefined;
  /** What a closing connection waits by for its peer to hang up; undefined: real time. */
  readonly lingerClock?: Clock | undefined;
}
