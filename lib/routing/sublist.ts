import { hashBytes } from '../protocol/hash.js';
import { hasWildcard } from '../protocol/subject.js';
import { bytesOfText, isFitForLines, textOf } from '../protocol/text.js';
import { MatchCache } from './cache.js';
import { MatchResult } from './match.js';
import type { Subscription } from './subscription.js';
import { TrieNode } from './trie.js';

/** Interned results kept; beyond it the table starts anew, which costs sharing but no correctness. */
const MAX_INTERNED = 4_096;
/** Receivers in all interned results together; beyond it likewise. Bounds what many wide results cost. */
const MAX_INTERNED_RECEIVERS = 1_000_000;
/** Subjects that only servers may publish to: replies that cross a gateway. As in nats-server. */
const RESERVED_PREFIX = '_GR_.';

/** The subscriptions of a subject space, and who matches a subject. */
export class Sublist {
  /** Number of subscriptions, internal ones not counted. */
  size = 0;
  /** How many of them are members of queue groups. */
  queued = 0;
  /** Changes and lookups so far, and lookups that the cache had no answer to; for the monitor. */
  inserts = 0;
  removes = 0;
  matches = 0;
  misses = 0;
  private internal = 0;
  private readonly root = new TrieNode(0, undefined, '');
  private nextNodeId = 1;
  private readonly interned = new Map<string, MatchResult>();
  /** Receivers in all results interned since it was last emptied; those dropped one by one stay counted. */
  private internedReceivers = 0;
  private readonly cache: MatchCache | undefined;
  private readonly none = new MatchResult([]);

  /** @param cached false looks every subject up anew; for tests of the cache */
  constructor(cached = true) {
    this.cache = cached ? new MatchCache() : undefined;
  }

  /** Adds a subscription whose subject is valid. Time and memory in its tokens only. */
  insert(subscription: Subscription): void {
    this.size++;
    this.inserts++;
    this.place(subscription);
  }

  /** Removes a subscription that was inserted, and frees what only it needed. */
  remove(subscription: Subscription): void {
    this.size--;
    this.removes++;
    this.displace(subscription);
  }

  /** Adds a subscription of the broker's own, which counts for nothing. */
  insertInternal(subscription: Subscription): void {
    this.internal++;
    this.place(subscription);
  }

  /** Removes a subscription of the broker's own. */
  removeInternal(subscription: Subscription): void {
    this.internal--;
    this.displace(subscription);
  }

  private place(subscription: Subscription): void {
    if (subscription.queue !== undefined) this.queued++;
    let node = this.root;
    for (const token of subscription.subject.split('.')) {
      let child = node.child(token);
      if (child === undefined) {
        child = new TrieNode(this.nextNodeId++, node, token);
        node.adopt(child);
      }
      node = child;
    }
    const fresh = !node.occupied;
    node.insert(subscription);
    this.changed();
    if (fresh) this.forget(subscription.subject);
  }

  private displace(subscription: Subscription): void {
    if (subscription.queue !== undefined) this.queued--;
    let node = this.root;
    for (const token of subscription.subject.split('.')) node = node.child(token)!;
    node.remove(subscription);
    this.changed();
    while (node.empty && node.parent !== undefined) {
      node.parent.disown(node);
      node = node.parent;
    }
  }

  /** Whether nothing is kept but what internal subscriptions need: no other subscription, no other node. */
  get empty(): boolean {
    return this.size === 0 && (this.internal === 0 ? this.root.empty : this.root.tidy);
  }

  /** Who gets a message whose subject is `bytes[start, end)`; `hash` as `hashBytes` has it. */
  match(bytes: Buffer, start: number, end: number, hash: number): MatchResult {
    const cached = this.cache?.find(bytes, start, end, hash);
    if (cached !== undefined) return cached;
    this.misses++;
    const subject = textOf(bytes, start, end);
    // Results are shared by subjects, so one that says how to write a subject to a line client is nobody else's.
    const isRaw = !isFitForLines(subject);
    const isReserved = subject.startsWith(RESERVED_PREFIX) && subject.length > RESERVED_PREFIX.length;
    if (isRaw || isReserved) return new MatchResult(this.nodesOf(subject), isRaw, isReserved);
    const result = this.lookUp(subject);
    this.cache?.add(bytes, start, end, hash, result);
    return result;
  }

  /** Who gets a message on `subject`. */
  matchSubject(subject: string): MatchResult {
    const bytes = bytesOfText(subject);
    return this.match(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  }

  /** Who would get a message on `subject`, without a trace in the cache or the counts. */
  peek(subject: string): MatchResult {
    return new MatchResult(this.nodesOf(subject));
  }

  /** What the cache holds. */
  get cached(): { readonly entries: number; readonly maxFanout: number; readonly totalFanout: number } {
    return this.cache?.census() ?? { entries: 0, maxFanout: 0, totalFanout: 0 };
  }

  private changed(): void {
    if (this.size === 0) this.forgetAll();
    else if (this.cache?.changed() === true) {
      for (const [key, result] of this.interned) if (!result.current) this.interned.delete(key);
    }
  }

  private forgetAll(): void {
    this.interned.clear();
    this.internedReceivers = 0;
    this.cache?.reset();
  }

  /** The places in the trie that match; none for a subject with an empty token. */
  private nodesOf(subject: string): TrieNode[] {
    const tokens = subject.split('.');
    const nodes: TrieNode[] = [];
    if (!tokens.includes('')) this.root.collect(tokens, 0, nodes);
    return nodes;
  }

  private lookUp(subject: string): MatchResult {
    const nodes = this.nodesOf(subject);
    if (nodes.length === 0) return this.none;
    let key = '';
    for (const node of nodes) key += `${node.id} `;
    const known = this.interned.get(key);
    if (known?.current === true) return known;
    const result = new MatchResult(nodes);
    this.internedReceivers += result.size;
    if (this.interned.size >= MAX_INTERNED || this.internedReceivers > MAX_INTERNED_RECEIVERS) {
      this.forgetAll();
      this.internedReceivers = result.size;
    }
    this.interned.set(key, result);
    return result;
  }

  /** A place that was in no result is now: what is cached for its subjects is wrong. */
  private forget(subject: string): void {
    if (hasWildcard(subject)) this.cache?.clear();
    else {
      const bytes = bytesOfText(subject);
      this.cache?.forget(bytes, hashBytes(bytes, 0, bytes.length));
    }
  }
}
