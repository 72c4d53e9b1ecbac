import type { FlowLimits } from '../clients/outbox.js';
import { defaultTotalPendingBytes, type PendingTotal } from '../clients/pending-total.js';
import type { Config } from '../config.js';
import type { LivenessOptions } from '../connection/liveness.js';
import { MAX_SUBJECT_DEPTH, MAX_TRACED_PAYLOAD_BYTES } from '../domain/limits.js';
import type { IngressLimits } from '../limits/ingress.js';
import type { ClientLimits } from '../routing/client.js';

/** What every connection goes by, those that are open included: the same objects as long as the broker lives. */
export class LiveOptions {
  /** By listener, as each may have a policy of its own. */
  readonly flow: Readonly<Record<'nats' | 'line', FlowLimits>>;
  readonly limits: ClientLimits;
  readonly ingress: IngressLimits;
  readonly liveness: LivenessOptions;
  private readonly pendingTotal: PendingTotal;
  readonly trace: { readonly maxPayloadBytes: number };

  /** @param pendingTotal what is pending over all connections: told how much may be */
  constructor(config: Config, pendingTotal: PendingTotal) {
    this.pendingTotal = pendingTotal;
    pendingTotal.limitBytes = totalPendingBytesOf(config);
    this.flow = { nats: flowOf(config, 'nats'), line: flowOf(config, 'line') };
    this.limits = limitsOf(config);
    this.ingress = { ...config.limits };
    this.liveness = { ...config.nats };
    this.trace = traceOf(config);
  }

  /** From now on `config` holds. */
  take(config: Config): void {
    Object.assign(this.flow.nats, flowOf(config, 'nats'));
    Object.assign(this.flow.line, flowOf(config, 'line'));
    Object.assign(this.limits, limitsOf(config));
    Object.assign(this.ingress, config.limits);
    Object.assign(this.liveness, config.nats);
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

function flowOf(config: Config, listener: 'nats' | 'line'): FlowLimits {
  return { ...config.flow, policy: config[listener].flowPolicy ?? config.flow.policy };
}
