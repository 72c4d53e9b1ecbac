import type { Duplex } from 'node:stream';
import type { Authenticator } from '../auth/grant.js';
import type { CoreClock } from '../clients/core-clock.js';
import type { AdmissionOptions } from '../connection/admission.js';
import type { Clock } from '../domain/clock.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { FrameMemory } from '../frame/memory.js';
import type { PeerStream } from '../transport/wire.js';
import type { DialectRegistration } from './dialects.js';
import type { ControlActions } from './monitor-control.js';

/** What takes the place of parts of the configuration. */
export interface Replacements {
  /** Undefined: as the configuration says. */
  readonly authenticator?: Authenticator | undefined;
  /** See `AdmissionOptions`. */
  readonly restrict?: AdmissionOptions['restrict'];
  /** See `AdmissionOptions`. */
  readonly admitted?: AdmissionOptions['admitted'];
  /** Puts a stream between the broker and the stream of the connection with that id. Undefined: there is none. */
  readonly wrap?: ((stream: PeerStream, id: number) => Duplex) | undefined;
  /** Limits how often the broker reports what repeats, and is flushed when it has closed. Undefined: limits of its own. */
  readonly reports?: RateLimits | undefined;
  /** What requests to the monitor may do, as far as a broker cannot do it by itself. Undefined: nothing more. */
  readonly actions?: ControlActions | undefined;
  /** What PINGs go by. Undefined: real time. */
  readonly clock?: Clock | undefined;
  /** What refusals of logins are held back by. Undefined: real time. */
  readonly refusalClock?: Clock | undefined;
  /** What a closing connection waits by for its peer to hang up. Undefined: real time. */
  readonly lingerClock?: Clock | undefined;
  /** What the core goes by. Undefined: the clocks of the system. */
  readonly coreClock?: CoreClock | undefined;
  /** Dialects beside the built-in ones. Undefined: none. */
  readonly dialects?: readonly DialectRegistration[] | undefined;
  /** What decoders and encoders share. Undefined: memory of this broker's own. */
  readonly memory?: FrameMemory | undefined;
}
