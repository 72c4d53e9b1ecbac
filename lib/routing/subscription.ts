import type { Client } from './client.js';

/** One subscription of one client. */
export class Subscription {
  readonly client: Client;
  readonly subject: string;
  /** Unique in its client; NATS's sid, or the topic in the line dialect. */
  readonly sid: string;
  readonly queue: string | undefined;
  /** Messages delivered. */
  delivered = 0;
  /** Messages in total after which it ends; 0 means never. */
  max = 0;
  /** Where it stands in the sublist's array, so that removing it needs no search. The sublist's alone. */
  index = -1;

  constructor(client: Client, subject: string, sid: string, queue: string | undefined) {
    this.client = client;
    this.subject = subject;
    this.sid = sid;
    this.queue = queue;
  }

  /** How many of `count` messages it may still take. */
  room(count: number): number {
    return this.max === 0 ? count : Math.min(count, this.max - this.delivered);
  }
}
