import type { CloseReason } from '../domain/close-reason.js';
import type { DropReason } from '../domain/drops.js';
import type { DeliveryFilter } from '../domain/permissions.js';
import type { CommandBatch } from '../frame/command.js';
import type { Origin } from './origin.js';
import type { Outbox } from './outbox.js';

/** A publisher as delivery sees it: a client, or the server itself. */
export interface Publisher {
  /** What published its messages. */
  readonly origin: Origin;
  /** Whether its own subscriptions get what it publishes. */
  readonly echo: boolean;
  /** The queue groups that its messages go to, where another server has chosen them; undefined: all that there are. */
  readonly chosenQueues?: ReadonlySet<string> | undefined;
  /** Its last measured round trip, in milliseconds. */
  readonly rttMs?: number | undefined;
  /** Whether it is a connection that has closed, or is about to. */
  readonly closing?: boolean;
  /** Id of the connection that it fed last; 0: none yet. */
  readonly receiverId: number;
  /** It feeds another connection than the last time. */
  switchReceiver(receiverId: number): void;
  /** Makes it wait until `outbox` has drained. Returns whether it does. */
  holdFor(outbox: Outbox): boolean;
  /** Sets what it may publish until the next call, while it is held. Returns whether it still is. */
  pace(now: number): boolean;
  /** A fault of ours in what concerns it alone. */
  fault(error: unknown): void;
}

/** A change to all subscriptions of a connection that is under way. */
export interface PendingChanges {
  /** Whether no message may be handed to any of them meanwhile. */
  readonly allowsNone: boolean;
  /** Whether a message may be handed to `subscription` meanwhile. */
  allow(subscription: Subscription): boolean;
}

/** A connection as routing hands messages to it. */
export interface Receiver {
  readonly id: number;
  /** What is at its other end. */
  readonly origin: Origin;
  readonly closing: boolean;
  readonly outbox: Outbox;
  /** Name and counters of its account. */
  readonly account: { readonly name: string; outMessages: number; outBytes: number };
  /** What the peer calls itself. */
  readonly peer: { readonly name: string | undefined };
  readonly subscriptions: {
    /** Removes one that is over. */
    forget(subscription: Subscription): void;
    /** Removes those that have had their maximum: many of them over some turns. */
    forgetEnded(subscriptions: readonly Subscription[]): void;
  };
  /** Members of queue groups that a subscription of another server stands for; one that is not listed: one. */
  readonly weights?: ReadonlyMap<Subscription, number> | undefined;
  /** A change to all of its subscriptions that is under way: it says whether a message may be handed over meanwhile. */
  readonly changes: PendingChanges | undefined;
  /** Notes messages with a reply subject, where it may answer what it was sent. */
  readonly replies: { note(batch: CommandBatch, from: number, to: number): void } | undefined;
  /** Messages handed to it, and their payload bytes. */
  outMessages: number;
  outBytes: number;
  /** The last match result it was put into, and how often or in which group; for `MatchResult` alone. */
  seenIn: number;
  seenTimes: number;
  /** So many messages for it go nowhere; `bytes` of payload. */
  dropped(reason: DropReason, messages: number, bytes: number): void;
  close(reason: CloseReason): void;
  /** A fault of ours in what concerns this connection alone: it ends. */
  fault(error: unknown): void;
}

/** Whether `receiver` is the connection that publishes. */
export function isPublisher(receiver: Receiver | undefined, publisher: Publisher): boolean {
  const one: object | undefined = receiver;
  return one === publisher;
}

/** What takes messages in the place of a client: an import into another account, or a service of the server's own. */
export interface Sink {
  /** Whether it is a stream import, or takes requests and replies; `maySend` decides by it. */
  readonly kind: 'stream' | 'service';
  /** Whose results must not be handed over run by run where there is another of the same: see `MatchResult.repeats`. */
  readonly owner: object;
  /** Work of taking one message, in units, beside what it counts itself. */
  readonly units: number;
  /** Whether it takes what a stream import brings into its account, too. Default false. */
  readonly takesImported?: boolean;
  /** Members of queue groups behind it, in another account; undefined: it leads to none. */
  readonly queueMembers?: number;
  /** Whether it passes messages on to receivers, which message traces record. */
  readonly isTraced?: boolean;
  /** Whether other servers are told of its subject as of that of a client's subscription. Default false: each server has its own. */
  readonly isAdvertised?: boolean;
  /** Takes rows `[from, to)`; returns how many had a receiver. */
  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number;
}

/** One subscription of one client, or of a sink. */
export class Subscription {
  /** Undefined: it is the sink's. */
  readonly client: Receiver | undefined;
  readonly sink: Sink | undefined;
  readonly subject: string;
  /** Unique in its client; NATS's sid, or the topic in the line dialect. */
  readonly sid: string;
  readonly queue: string | undefined;
  /** Asked for each message, where part of what it covers is denied. */
  filter: DeliveryFilter | undefined = undefined;
  /** Messages delivered. */
  delivered = 0;
  /** Messages in total after which it ends; 0 means never. */
  max = 0;
  /** Where it stands in the sublist's array, so that removing it needs no search. The sublist's alone. */
  index = -1;

  constructor(
    client: Receiver | undefined,
    subject: string,
    sid: string,
    queue: string | undefined,
    sink?: Sink,
  ) {
    this.client = client;
    this.subject = subject;
    this.sid = sid;
    this.queue = queue;
    this.sink = sink;
  }

  /** A subscription of `sink`. */
  static into(sink: Sink, subject: string): Subscription {
    return new Subscription(undefined, subject, '', undefined, sink);
  }

  /** Whether it has had its maximum of messages: it is over, though it may not have been removed yet. */
  get isEnded(): boolean {
    return this.max > 0 && this.delivered >= this.max;
  }

  /** How many of `count` messages it may still take. */
  room(count: number): number {
    return this.max === 0 ? count : Math.min(count, this.max - this.delivered);
  }
}
