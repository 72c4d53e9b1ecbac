import { EventEmitter } from 'node:events';
import { nextTick } from 'node:process';
import { type ConnectionInfo, infoOf } from '../broker/diagnostics.js';
import type { Member } from '../broker/member.js';
import type { RunningBroker } from '../broker/running.js';
import type { Watcher } from '../broker/watcher.js';
import type { Subscription } from '../clients/subscription.js';
import { closest } from '../config/suggest.js';
import type { CloseReason } from '../domain/close-reason.js';
import { invalidKey } from '../domain/errors.js';
import { kindOf } from './values.js';

/** A connection that has closed. */
export interface ClosedConnectionInfo extends ConnectionInfo {
  /** A code of `ERRORS`, or `PEER_CLOSED`, `PEER_ERROR`, `QUIT`, `WIRE_ERROR`, `USER_MOVED`, `KICKED`. */
  readonly reason: CloseReason;
}

/** A subscription that began or ended. */
export interface SubscriptionInfo {
  /** The id of its connection. */
  readonly id: number;
  readonly account: string;
  readonly subject: string;
  readonly queue: string | undefined;
}

/** A link to a hub. */
export interface LeafInfo {
  /** The account here that takes part. */
  readonly account: string;
  /** What the hub calls itself; undefined: it has not said so yet. */
  readonly hub: string | undefined;
  /** Where it is dialled, without credentials. */
  readonly urls: readonly string[];
  /** Why it is down. */
  readonly error: string | undefined;
  /** Messages between the two, and their payload bytes, that were dropped since the broker has started. */
  readonly dropped: { readonly messages: number; readonly bytes: number };
}

/** What a broker tells of, by name. */
export interface BrokerEvents {
  /** A client has connected, and may still have to log in. */
  connect: [connection: ConnectionInfo];
  /** A connection has closed. */
  disconnect: [connection: ClosedConnectionInfo];
  subscribe: [subscription: SubscriptionInfo];
  unsubscribe: [subscription: SubscriptionInfo];
  /** A slow consumer was cut off; `disconnect` follows. */
  slowConsumer: [connection: ClosedConnectionInfo];
  /** A link to a hub has come up: both ends know each other's interest. */
  leafUp: [link: LeafInfo];
  /** It has gone down, and is dialled again. */
  leafDown: [link: LeafInfo];
  /** A fault within sluice, or what `authenticate`, `authorize` or a responder threw. Without a listener it is logged only. */
  error: [error: unknown];
}

export type BrokerEvent = keyof BrokerEvents;

/** All of them; the broker itself must be watched for each. */
const WATCHED: readonly BrokerEvent[] = [
  'connect',
  'disconnect',
  'subscribe',
  'unsubscribe',
  'slowConsumer',
  'leafUp',
  'leafDown',
  'error',
];

/**
 * Emits a broker's events. The broker is watched only while there are listeners; each event comes in
 * a tick of its own, so that what a listener does or throws never happens within the broker.
 */
export class Events {
  private readonly emitter = new EventEmitter();

  constructor(broker: RunningBroker) {
    const watcher: Watcher = {
      connected: (member) => this.emit('connect', () => infoOf(member)),
      disconnected: (member) => {
        if (member.reason === 'SLOW_CONSUMER') this.emit('slowConsumer', () => closedInfoOf(member));
        this.emit('disconnect', () => closedInfoOf(member));
      },
      subscribed: (subscription, account) =>
        this.emit('subscribe', () => subscriptionOf(subscription, account)),
      unsubscribed: (subscription, account) =>
        this.emit('unsubscribe', () => subscriptionOf(subscription, account)),
      leafChanged: (remote) =>
        this.emit(remote.isUp ? 'leafUp' : 'leafDown', () => ({
          account: remote.options.account,
          hub: remote.hubName,
          urls: remote.urls,
          error: remote.lastError,
          dropped: remote.droppedInAll,
        })),
      failed: (error) => this.emit('error', () => error),
    };
    let unwatch: (() => void) | undefined;
    this.emitter.on('removeListener', () => {
      if (WATCHED.some((name) => this.emitter.listenerCount(name) > 0)) return;
      unwatch?.();
      unwatch = undefined;
    });
    this.emitter.on('newListener', () => {
      unwatch ??= broker.watch(watcher);
    });
  }

  on<Name extends BrokerEvent>(name: Name, listener: (...args: BrokerEvents[Name]) => void): void {
    checkListener(name, listener);
    this.emitter.on(name, listener as (...args: unknown[]) => void);
  }

  once<Name extends BrokerEvent>(name: Name, listener: (...args: BrokerEvents[Name]) => void): void {
    checkListener(name, listener);
    this.emitter.once(name, listener as (...args: unknown[]) => void);
  }

  off<Name extends BrokerEvent>(name: Name, listener: (...args: BrokerEvents[Name]) => void): void {
    checkListener(name, listener);
    this.emitter.off(name, listener as (...args: unknown[]) => void);
  }

  /** Emits an event, if it has listeners. */
  emit(name: BrokerEvent, make: () => unknown): void {
    if (this.emitter.listenerCount(name) === 0) return;
    const about = make();
    nextTick(() => {
      // Listeners may have gone, and an `error` without a listener would throw.
      if (this.emitter.listenerCount(name) > 0) this.emitter.emit(name, about);
    });
  }
}

/** Throws SluiceError CONFIG_INVALID about an event there is not, or a listener that is no function. */
function checkListener(name: unknown, listener: unknown): void {
  if (!WATCHED.includes(name as BrokerEvent)) {
    const meant = typeof name === 'string' ? closest(name, WATCHED) : undefined;
    const hint = meant === undefined ? '' : `did you mean ${meant}? `;
    const shown = typeof name === 'string' ? JSON.stringify(name) : kindOf(name);
    throw invalidKey(`event ${shown}`, `unknown, ${hint}allowed: ${WATCHED.join(', ')}`);
  }
  if (typeof listener !== 'function') throw invalidKey('listener', `not a function, but ${kindOf(listener)}`);
}

function closedInfoOf(member: Member): ClosedConnectionInfo {
  return { ...infoOf(member), reason: member.reason ?? 'PEER_CLOSED' };
}

function subscriptionOf(
  { client, subject, queue }: Subscription,
  account: { readonly name: string },
): SubscriptionInfo {
  return { id: client?.id ?? 0, account: account.name, subject, queue };
}
