import type { Logger } from 'pino';
import type { Authenticator } from '../auth/grant.js';
import type { LoginThrottle } from '../auth/throttle.js';
import type { AdmissionOptions } from '../connection/admission.js';
import { Connection } from '../connection/connection.js';
import type { ConnectionOptions } from '../connection/connection-options.js';
import { LoginLog } from '../connection/login-log.js';
import type { Dialect } from '../dialects/codec.js';
import type { DialectName } from '../domain/dialect-name.js';
import { SluiceError } from '../domain/errors.js';
import type { Permissions } from '../domain/permissions.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { Core } from '../routing/core.js';
import { StreamWire } from '../transport/stream-wire.js';
import type { Wire } from '../transport/wire.js';
import type { Diagnostics } from './diagnostics.js';
import type { Dialects, Registered } from './dialects.js';
import type { InForce } from './in-force.js';
import type { Replacements } from './replacements.js';

type Options = ConnectionOptions<Connection>;

/** What connections are made of. */
export interface ConnectionParts {
  readonly core: Core;
  readonly inForce: InForce;
  readonly throttle: LoginThrottle;
  readonly log: Logger;
  readonly replacements: Replacements;
  readonly reports: RateLimits;
  readonly dialects: Dialects;
  readonly diagnostics: Diagnostics;
  /** What a leaf may do, by the id of its connection and the permissions of its user. */
  readonly restrictLeaf: (id: number, permissions: Permissions | undefined) => Permissions;
  /** See `ConnectionOptions`. */
  readonly introduced: (connection: Connection) => void;
  /** See `ConnectionOptions`. */
  readonly lingers: (connection: Connection) => void;
}

/** Makes connections of accepted wires. */
export class ConnectionFactory {
  /** Told of each login that is refused. */
  readonly loginLog: LoginLog;
  private readonly parts: ConnectionParts;
  private readonly options: ReadonlyMap<Registered, Options>;
  /** How its connections are let in. */
  readonly admission: AdmissionOptions;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    const { log, reports, diagnostics } = parts;
    this.loginLog = new LoginLog((fields, message) => log.warn(fields, message), reports);
    this.loginLog.onRefused = (login) => diagnostics.loginFailed(login);
    this.admission = admissionFrom(parts, this.loginLog);
    this.options = optionsFrom(parts, this.admission);
  }

  /** Makes a connection to another server, over a wire that was dialled; `authenticator` lets it in. */
  link(
    id: number,
    wire: Wire,
    dialect: Dialect,
    authenticator: Authenticator,
    onClosed: (connection: Connection) => void,
  ): Connection {
    const { core, log, inForce, introduced } = this.parts;
    const { live } = inForce;
    const { limits, liveness } = live;
    const admission = { ...this.admission, authenticator: () => authenticator, restrict: undefined };
    const options = {
      limits,
      liveness,
      admission,
      flow: live.linkFlow,
      introduced,
      clock: this.parts.replacements.clock,
    };
    return new Connection(id, wire, dialect, core, options, log, onClosed);
  }

  make(
    id: number,
    accepted: Wire,
    dialect: DialectName,
    onClosed: (connection: Connection) => void,
  ): Connection {
    const { core, dialects, log, replacements } = this.parts;
    const { wrap } = replacements;
    const { stream, security, upgrade } = accepted;
    const wire = wrap === undefined ? accepted : new StreamWire(wrap(stream, id), security, upgrade);
    wire.listener = accepted.listener;
    const spoken = dialects.over(dialect, accepted);
    const options = this.options.get(spoken) as Options;
    const code = spoken.code.value;
    if (code === undefined) throw new SluiceError('INTERNAL', `the code of ${dialect} is not loaded`);
    return new Connection(id, wire, code, core, options, log, onClosed);
  }
}

function admissionFrom(
  { inForce, core, throttle, replacements }: ConnectionParts,
  log: LoginLog,
): AdmissionOptions {
  return {
    authenticator: () => inForce.access.authenticator,
    throttle,
    clock: replacements.refusalClock,
    log,
    authTimeoutMs: () => inForce.config.authorization.timeoutMs,
    account: (name) => core.account(name),
    restrict: replacements.restrict,
    admitted: replacements.admitted,
  };
}

function leafOptions(
  options: Omit<Options, 'flow'>,
  { inForce, restrictLeaf }: ConnectionParts,
  leaf: Registered,
): Options {
  return {
    ...options,
    flow: inForce.live.flowOf(leaf),
    admission: {
      ...options.admission,
      authenticator: () => inForce.access.leaf.authenticator,
      authTimeoutMs: () => inForce.config.leaf.authTimeoutMs,
      restrict: ({ id }, permissions) => restrictLeaf(id, permissions),
    },
  };
}

/** Options of all connections of a dialect. What a reload may change is read where it is used. */
function optionsFrom(parts: ConnectionParts, admission: AdmissionOptions): ReadonlyMap<Registered, Options> {
  const { inForce, replacements, dialects, introduced, lingers } = parts;
  const { live } = inForce;
  const { limits, ingress, liveness, trace } = live;
  const { clock, lingerClock } = replacements;
  const options: Omit<Options, 'flow'> = {
    limits,
    ingress,
    liveness,
    trace,
    introduced,
    lingers,
    clock,
    lingerClock,
    admission,
    negotiator: () => inForce.access.negotiator,
  };
  const websocket: Omit<Options, 'flow'> = {
    ...options,
    liveness: live.websocketLiveness,
    admission: {
      ...options.admission,
      authenticator: () => inForce.access.websocket.authenticator,
      authTimeoutMs: () => inForce.config.websocket.authTimeoutMs,
    },
  };
  return new Map([
    ...dialects.all.map((one) => [one, { ...options, flow: live.flowOf(one) }] as const),
    [dialects.leaf, leafOptions(options, parts, dialects.leaf)],
    [dialects.websocket, { ...websocket, flow: live.flowOf(dialects.websocket) }],
  ]);
}
