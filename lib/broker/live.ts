import type { Config } from '../config.js';
import type { LivenessOptions } from '../net/liveness.js';
import type { ClientLimits } from '../routing/client.js';
import type { FlowLimits } from '../routing/outbox.js';

/** What every connection goes by, those that are open included: the same objects as long as the broker lives. */
export class LiveOptions {
  readonly flow: FlowLimits;
  readonly limits: ClientLimits;
  readonly liveness: LivenessOptions;

  constructor({ flow, limits, nats }: Config) {
    this.flow = { ...flow };
    this.limits = { ...limits };
    this.liveness = { ...nats };
  }

  /** From now on `config` holds. */
  take({ flow, limits, nats }: Config): void {
    Object.assign(this.flow, flow);
    Object.assign(this.limits, limits);
    Object.assign(this.liveness, nats);
  }
}
