import { type Sink, Subscription } from '../clients/subscription.js';
import type { Work } from '../clients/work.js';
import { Drops } from '../domain/drops.js';
import type { TraceDestination } from './message-trace.js';
import { Sublist } from './sublist.js';

/** A subject space of its own: who is in one hears nothing of another, but for what is imported. */
export class Account {
  readonly name: string;
  readonly sublist: Sublist;
  /** Connections logged in to it. */
  connections = 0;
  /** Messages its connections published and were handed, and their payload bytes. */
  inMessages = 0;
  inBytes = 0;
  outMessages = 0;
  outBytes = 0;
  /** Its connections that were closed for taking too little. */
  slowConsumers = 0;
  /** Messages for its connections, or of theirs, that went nowhere. */
  readonly drops = new Drops();
  /** Time its publishers were held, once for each receiver that held one, in milliseconds. */
  heldMs = 0;
  /** Where traces of messages with a sampled `traceparent` are published; undefined: there are none. */
  traces: TraceDestination | undefined = undefined;
  /** Whether the configuration has it: then it stays, used or not. */
  isConfigured = false;
  private readonly ways: Subscription[] = [];

  /** @param work counts what its subscriptions cost */
  constructor(name: string, work?: Work) {
    this.name = name;
    this.sublist = new Sublist(work);
  }

  /** Hands what is published on `subject` to `sink` as well. */
  attach(sink: Sink, subject: string): void {
    const way = Subscription.into(sink, subject);
    this.ways.push(way);
    this.sublist.insertInternal(way);
  }

  /** Takes away every sink. */
  detachAll(): void {
    for (const way of this.ways.splice(0)) this.sublist.removeInternal(way);
  }
}
