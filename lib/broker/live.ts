import type { Config } from '../config.js';
import type { LivenessOptions } from '../net/liveness.js';
import type { ClientLimits } from '../routing/client.js';
import type { FlowLimits } from '../routing/outbox.js';

/** What every connection goes by, those that are open included: the same objects as long as the broker lives. */
export class LiveOptions {
  /** By listener, as each may have a policy of its own. */
  readonly flow: Readonly<Record<'nats' | 'line', FlowLimits>>;
  readonly limits: ClientLimits;
  readonly liveness: LivenessOptions;

  constructor(config: Config) {
    this.flow = { nats: flowOf(config, 'nats'), line: flowOf(config, 'line') };
    this.limits = { ...config.limits };
    this.liveness = { ...config.nats };
  }

  /** From now on `config` holds. */
  take(config: Config): void {
    Object.assign(this.flow.nats, flowOf(config, 'nats'));
    Object.assign(this.flow.line, flowOf(config, 'line'));
    Object.assign(this.limits, config.limits);
    Object.assign(this.liveness, config.nats);
  }
}

function flowOf(config: Config, listener: 'nats' | 'line'): FlowLimits {
  return { ...config.flow, policy: config[listener].flowPolicy ?? config.flow.policy };
}
