import { linkFlowOf } from '../clients/link-flow.js';
import type { FlowLimits } from '../clients/outbox.js';
import { defaultTotalPendingBytes, type PendingTotal } from '../clients/pending-total.js';
import type { Config } from '../config.js';
import type { LivenessOptions } from '../connection/liveness.js';
import { MAX_SUBJECT_DEPTH, MAX_TRACED_PAYLOAD_BYTES } from '../domain/limits.js';
import type { IngressLimits } from '../limits/ingress.js';
import type { ClientLimits } from '../routing/client.js';
import type { Registered } from './dialects.js';

/** What every connection goes by, those that are open included: the same objects as long as the broker lives. */
export class LiveOptions {
  /** By dialect, as each may have a policy of its own. */
  private readonly flow = new Map<Registered, FlowLimits>();
  private config: Config;
  readonly limits: ClientLimits;
  readonly ingress: IngressLimits;
  readonly liveness: LivenessOptions;
  /** Of clients over WebSockets. */
  readonly websocketLiveness: LivenessOptions;
  /** Of links that are dialled; those that are accepted have the same by their dialect. */
  readonly linkFlow: FlowLimits;
  private readonly pendingTotal: PendingTotal;
  readonly trace: { readonly maxPayloadBytes: number };

  /** @param pendingTotal what is pending over all connections: told how much may be */
  constructor(config: Config, pendingTotal: PendingTotal) {
    this.pendingTotal = pendingTotal;
    pendingTotal.limitBytes = totalPendingBytesOf(config);
    this.config = config;
    this.limits = limitsOf(config);
    this.ingress = { ...config.limits };
    this.liveness = { ...config.nats };
    this.websocketLiveness = { ...config.nats, pingIntervalMs: config.websocket.pingIntervalMs };
    this.linkFlow = linkFlowOf(config.flow);
    this.trace = traceOf(config);
  }

  /** Returns the flow limits of the connections of a dialect: the same object each time. */
  flowOf(dialect: Registered): FlowLimits {
    let limits = this.flow.get(dialect);
    if (limits === undefined) {
      limits = dialect.flow(this.config);
      this.flow.set(dialect, limits);
    }
    return limits;
  }

  /** From now on `config` holds. */
  take(config: Config): void {
    this.config = config;
    for (const [dialect, limits] of this.flow) Object.assign(limits, dialect.flow(config));
    Object.assign(this.linkFlow, linkFlowOf(config.flow));
    Object.assign(this.limits, limitsOf(config));
    Object.assign(this.ingress, config.limits);
    Object.assign(this.liveness, config.nats);
    const { pingIntervalMs } = config.websocket;
    Object.assign(this.websocketLiveness, config.nats, { pingIntervalMs });
    this.pendingTotal.limitBytes = totalPendingBytesOf(config);
    Object.assign(this.trace, traceOf(config));
  }
}

function traceOf({ log }: Config): { readonly maxPayloadBytes: number } {
  return { maxPayloadBytes: log.maxTracedPayloadBytes ?? MAX_TRACED_PAYLOAD_BYTES };
}

function totalPendingBytesOf({ flow }: Config): number {
  return flow.maxTotalPendingBytes || defaultTotalPendingBytes();
}

function limitsOf({ limits }: Config): ClientLimits {
  return { ...limits, maxSubjectTokens: limits.maxSubjectTokens || MAX_SUBJECT_DEPTH };
}
