import type { Subscription } from '../clients/subscription.js';
import type { Work } from '../clients/work.js';
import { Drops } from '../domain/drops.js';
import { Interest } from './interest.js';
import type { InterestListeners } from './interest-listeners.js';
import type { Mappings } from './mappings.js';
import { Sublist, type SublistReader } from './sublist.js';

/** Where an account has traces of messages with a sampled `traceparent` published, and how many percent of them. */
export interface TraceDestination {
  readonly subject: string;
  readonly sampling: number;
}

/** Messages that came over links to other servers and went over them, and their payload bytes. */
export interface LinkTraffic {
  inMessages: number;
  inBytes: number;
  outMessages: number;
  outBytes: number;
}

export const NO_TRAFFIC: Readonly<LinkTraffic> = { inMessages: 0, inBytes: 0, outMessages: 0, outBytes: 0 };

/** A subject space of its own: its clients get nothing of other accounts, except what is imported. */
export class Account {
  readonly name: string;
  sublist: SublistReader;
  /** Changes its subscriptions. */
  readonly interest: Interest;
  /** Connections logged in to it. */
  connections = 0;
  /** Messages its connections published and were handed, and their payload bytes. */
  inMessages = 0;
  inBytes = 0;
  outMessages = 0;
  outBytes = 0;
  /** The share in that of links to other servers, of those that have closed. */
  readonly closedLinks: LinkTraffic = { ...NO_TRAFFIC };
  /** Its connections that were closed for taking too little. */
  slowConsumers = 0;
  /** Messages for its connections, or of theirs, that went nowhere. */
  readonly drops = new Drops();
  /** Time its publishers were held, once for each receiver that held one, in milliseconds. */
  heldMs = 0;
  /** Where traces of messages with a sampled `traceparent` are published; undefined: there are none. */
  traces: TraceDestination | undefined = undefined;
  /** What its subjects are mapped to as they are published; undefined: they stay as they are. */
  mappings: Mappings | undefined = undefined;
  /** Whether the configuration has it: then it stays, used or not. */
  isConfigured = false;
  /** What it is kept for though no connection is logged in to it: its streams. */
  readonly keepers = new Set<object>();

  /**
   * @param work counts what its subscriptions cost
   * @param listeners what changes to its subscriptions are announced to
   */
  constructor(name: string, work?: Work, listeners?: InterestListeners) {
    this.name = name;
    const sublist = new Sublist(work);
    this.sublist = sublist;
    this.interest = new Interest(this, sublist, listeners);
  }

  /** The broker has closed: it keeps no subscription, even where a program holds the broker. */
  end(): void {
    this.sublist = this.interest.end();
  }

  /** Whether `subject` has a receiver other than `one`; undefined where finding out takes a long search. */
  hasReceiverBeside(subject: string, one: object | undefined): boolean | undefined {
    const result = this.sublist.matchSubjectInSlice(subject);
    if (result === undefined) return undefined;
    const isOther = ({ client }: Subscription): boolean => client !== one;
    return result.plain.some(isOther) || result.groups.some(({ members }) => members.some(isOther));
  }
}
