import { randomBytes } from 'node:crypto';
import type { JetStreamClock } from '../clock.js';
import type { Instant } from '../instant.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { Timer } from '../timers.js';
import type { ConsumerEvents } from './consumer-events.js';
import type { PullRequest } from './pull-request.js';

const NS_PER_MS = 1e6;
const PIN_BYTES = 16;

/** What a request says of the group it is in. */
type GroupRequest = Pick<PullRequest, 'group' | 'minPending' | 'minAckPending'> & {
  readonly pin: string;
};

/** What priority groups need of their consumer. */
export interface PriorityHost {
  readonly config: ConsumerConfig;
  /** What is yet to be delivered, and what is to be acknowledged. */
  readonly cursor: { readonly pending: number };
  readonly pending: { readonly size: number };
  /** Another request may be served. */
  resume(): void;
}

/** Which requests of a consumer with priority groups are served: those of one client, or those that step in for others. */
export class Priority {
  /** Id of the client that alone is served; undefined: none is chosen. */
  pin: string | undefined = undefined;
  pinnedAt: Instant | undefined = undefined;
  private readonly host: PriorityHost;
  private readonly events: ConsumerEvents;
  private readonly clock: JetStreamClock;
  private readonly timeout: Timer;

  constructor(host: PriorityHost, events: ConsumerEvents, clock: JetStreamClock) {
    this.host = host;
    this.events = events;
    this.clock = clock;
    this.timeout = clock.timers.add(() => this.release('timeout'));
  }

  /** Why a request is not taken: a status; undefined: it is. */
  refusalOf(request: PullRequest): readonly [code: number, text: string] | undefined {
    const { priority_policy: policy, priority_groups: groups = [] } = this.host.config;
    const bad = (reason: string) => [400, `Bad Request - ${reason}`] as const;
    if ((request.minPending !== 0 || request.minAckPending !== 0) && policy !== 'overflow')
      return bad('Not a Overflow Priority consumer');
    if (request.id !== '' && policy !== 'pinned_client') return bad('Not a Pinned Client Priority consumer');
    if (policy === undefined || !request.isObject) return undefined;
    if (request.group === '') return bad('Priority Group missing');
    if (!groups.includes(request.group)) return bad('Invalid Priority Group');
    if (this.pin === undefined) return undefined;
    if (request.id === this.pin) this.restart();
    else if (request.id !== '') return [423, 'Nats-Pin-Id mismatch'];
    return undefined;
  }

  /** Whether a request is served in its turn, passed over, or ended since another client has been chosen. */
  verdict({ minPending, minAckPending, pin }: GroupRequest): 'serve' | 'skip' | 'end' {
    const { config, cursor, pending } = this.host;
    const { priority_policy: policy } = config;
    if (policy === 'overflow') {
      if (minPending === 0 && minAckPending === 0) return 'serve';
      const steps =
        (minPending > 0 && minPending <= cursor.pending) ||
        (minAckPending > 0 && minAckPending <= pending.size);
      return steps ? 'serve' : 'skip';
    }
    if (policy !== 'pinned_client' || pin === (this.pin ?? '')) return 'serve';
    return pin === '' ? 'skip' : 'end';
  }

  /** A request is served: its client is chosen, where none is. Returns the id that its messages have. */
  serve({ group }: { readonly group: string }): string | undefined {
    if (this.host.config.priority_policy !== 'pinned_client') return undefined;
    if (this.pin === undefined && group !== '') {
      this.pin = randomBytes(PIN_BYTES).toString('base64url');
      this.pinnedAt = this.clock.now();
      this.restart();
      this.events.pinned(group, this.pin);
    }
    return this.pin;
  }

  /** Has another client chosen. */
  release(reason: 'admin' | 'timeout'): void {
    const [group = ''] = this.host.config.priority_groups ?? [];
    if (this.pin === undefined && reason === 'timeout') return;
    this.pin = undefined;
    this.pinnedAt = undefined;
    this.timeout.cancel();
    this.events.unpinned(group, reason);
    this.host.resume();
  }

  stop(): void {
    this.timeout.cancel();
  }

  private restart(): void {
    this.timeout.after((this.host.config.priority_timeout ?? 0) / NS_PER_MS);
  }
}
