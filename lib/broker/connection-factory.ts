import type { Logger } from 'pino';
import type { LoginThrottle } from '../auth/throttle.js';
import { Connection, type ConnectionOptions } from '../connection/connection.js';
import { LoginLog } from '../connection/login-log.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { Core } from '../routing/core.js';
import { StreamWire } from '../transport/stream-wire.js';
import type { Wire } from '../transport/wire.js';
import { type AnyDialect, type DialectName, dialectsFor } from './dialects.js';
import type { InForce } from './in-force.js';
import type { Replacements } from './replacements.js';

/** What connections are made of. */
export interface ConnectionParts {
  readonly core: Core;
  readonly inForce: InForce;
  readonly throttle: LoginThrottle;
  readonly log: Logger;
  readonly replacements: Replacements;
  readonly reports: RateLimits;
  /** What INFO says, over TLS or not. */
  readonly info: (secured: boolean) => Readonly<Record<string, unknown>>;
}

/** Makes connections of accepted wires. */
export class ConnectionFactory {
  private readonly parts: ConnectionParts;
  private readonly dialects: Readonly<Record<DialectName, AnyDialect>>;
  private readonly options: Readonly<Record<DialectName, ConnectionOptions>>;

  constructor(parts: ConnectionParts) {
    const { inForce, info } = parts;
    this.parts = parts;
    this.dialects = dialectsFor({
      config: () => inForce.config,
      connectFirst: () => inForce.authenticator.anonymous === undefined,
      info,
    });
    this.options = optionsFrom(parts);
  }

  make(
    id: number,
    accepted: Wire,
    dialect: DialectName,
    onClosed: (connection: Connection) => void,
  ): Connection {
    const { core, log, replacements } = this.parts;
    const { wrap } = replacements;
    const wire = wrap === undefined ? accepted : new StreamWire(wrap(accepted.stream, id), accepted.security);
    return new Connection(id, wire, this.dialects[dialect], core, this.options[dialect], log, onClosed);
  }
}

/** Options of all connections of a dialect. What a reload may change is read where it is used. */
function optionsFrom({
  inForce,
  log,
  core,
  throttle,
  replacements,
  reports,
}: ConnectionParts): Readonly<Record<DialectName, ConnectionOptions>> {
  const { flow, limits, ingress, liveness, trace } = inForce.live;
  const options: Omit<ConnectionOptions, 'flow'> = {
    limits,
    ingress,
    liveness,
    trace,
    clock: replacements.clock,
    admission: {
      authenticator: () => inForce.authenticator,
      throttle,
      log: new LoginLog((fields, message) => log.warn(fields, message), reports),
      authTimeoutMs: () => inForce.config.authorization.timeoutMs,
      account: (name) => core.account(name),
      restrict: replacements.restrict,
      admitted: replacements.admitted,
    },
  };
  return { nats: { ...options, flow: flow.nats }, line: { ...options, flow: flow.line } };
}
