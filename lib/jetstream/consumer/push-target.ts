import { randomBytes } from 'node:crypto';
import type { Account } from '../../routing/account.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { Timer, Timers } from '../timers.js';
import { FlowWindow } from './flow-window.js';
import type { InterestWatch } from './interest-watch.js';
import type { Outlet } from './outlet.js';
import { placesOf } from './receivers.js';
import { FLOW_CONTROL_REQUEST, heartbeat } from './statuses.js';

const NS_PER_MS = 1e6;
/** What all subjects begin with that answer requests for flow control. */
export const FLOW_PREFIX = '$JS.FC.';
/** Characters that make each request for flow control one of its own. */
const TOKEN_LENGTH = 4;

/** What a push target needs of its consumer. */
export interface PushHost {
  readonly account: Account;
  readonly outlet: Outlet;
  /** What was delivered last: its number, and up to where in the stream. */
  readonly last: { readonly consumer: number; readonly stream: number };
  /** Something may be delivered again. */
  resume(): void;
  /** Whether the subject has a receiver has changed. */
  bound(isBound: boolean): void;
}

/** Where a consumer delivers to without being asked: while the subject has a receiver, and as far as flow control allows. */
export class PushTarget {
  subject: string;
  private readonly host: PushHost;
  private readonly watch: InterestWatch;
  private readonly group: string | undefined;
  private readonly window: FlowWindow | undefined;
  private readonly heartbeatMs: number;
  private readonly beat: Timer;
  private readonly flowPrefix: string;
  private isBound = false;
  private stopWatching: () => void;

  constructor(
    host: PushHost,
    { deliver_group, flow_control, idle_heartbeat = 0 }: ConsumerConfig,
    subject: string,
    tools: {
      readonly watch: InterestWatch;
      readonly timers: Timers;
      readonly stream: string;
      readonly consumer: string;
    },
  ) {
    this.host = host;
    this.subject = subject;
    this.group = deliver_group;
    this.window = flow_control === true ? new FlowWindow() : undefined;
    this.heartbeatMs = idle_heartbeat / NS_PER_MS;
    this.flowPrefix = `${FLOW_PREFIX}${tools.stream}.${tools.consumer}.`;
    this.beat = tools.timers.add(() => this.sayAlive());
    this.watch = tools.watch;
    this.stopWatching = this.watchSubject();
  }

  /** Begins to look for receivers. */
  start(): void {
    this.restartHeartbeat();
    this.look();
  }

  /** Whether the subject has a receiver. */
  get isActive(): boolean {
    return this.readiness !== 'none';
  }

  /** Whether a message may be delivered now. */
  get isReady(): boolean {
    return this.window?.isFull !== true && this.readiness === 'ready';
  }

  /** A message of so many bytes was delivered. */
  sent(bytes: number): void {
    const { window, host } = this;
    if (window === undefined || !window.sent(bytes)) return;
    const reply = `${this.flowPrefix}${randomBytes(TOKEN_LENGTH).toString('base64url').slice(0, TOKEN_LENGTH)}`;
    window.ask(reply);
    host.outlet.say(this.subject, FLOW_CONTROL_REQUEST, reply);
  }

  /** An answer to a request for flow control was published to `subject`. */
  answered(subject: string): void {
    if (this.window?.answered(subject) === true) this.host.resume();
  }

  /** Something was delivered: it need not say that it is alive until it has been silent once more. */
  restartHeartbeat(): void {
    if (this.heartbeatMs > 0) this.beat.after(this.heartbeatMs);
  }

  /** Delivers to another subject from now on. */
  redirect(subject: string): void {
    this.stopWatching();
    this.subject = subject;
    this.stopWatching = this.watchSubject();
    this.look();
  }

  stop(): void {
    this.beat.cancel();
    this.stopWatching();
  }

  private get readiness(): 'ready' | 'busy' | 'none' {
    return this.host.outlet.readiness(this.subject, this.group);
  }

  private watchSubject(): () => void {
    const places = placesOf({ account: this.host.account, subject: this.subject });
    const stops = places.map(({ account, subject }) => this.watch.add(account, subject, () => this.look()));
    return () => {
      for (const stop of stops) stop();
    };
  }

  private look(): void {
    const { isActive, host } = this;
    if (isActive !== this.isBound) {
      this.isBound = isActive;
      host.bound(isActive);
    }
    if (isActive) host.resume();
  }

  private sayAlive(): void {
    const { host, window } = this;
    // A receiver that goes while the watch is yet to be told of all that there are goes unnoticed.
    this.look();
    if (this.isBound) {
      const { consumer, stream } = host.last;
      host.outlet.say(this.subject, heartbeat(consumer, stream, window?.asked));
    }
    this.restartHeartbeat();
  }
}
