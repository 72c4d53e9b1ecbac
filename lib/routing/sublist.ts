import { viewOf } from '../protocol/copy.js';
import { hashBytes } from '../protocol/hash.js';
import { firstWildcard, hasEmptyToken } from '../protocol/subject.js';
import { bytesOfText, hashOfText, isFitForLines, textOf } from '../protocol/text.js';
import { type Census, MatchCache } from './cache.js';
import type { Listener } from './literal-table.js';
import { Literals } from './literals.js';
import { MatchResult } from './match.js';
import type { Place } from './place.js';
import { Subscription } from './subscription.js';
import { TrieNode } from './trie.js';

/** Interned results kept; beyond it the table starts anew, which costs sharing but no correctness. */
const MAX_INTERNED = 4_096;
/** Receivers in all kept results together; beyond it likewise. Bounds what many wide results cost. */
const MAX_KEPT_RECEIVERS = 1_000_000;
/** Subjects that only servers may publish to: replies that cross a gateway. As in nats-server. */
const RESERVED_PREFIX = '_GR_.';
const RESERVED_FIRST = 95;

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
  /** The patterns that have wildcards; the others are in a table. */
  private readonly root = new TrieNode(0, undefined, '');
  private nextPlaceId = 1;
  private readonly literals = new Literals(() => this.nextPlaceId++);
  private readonly interned = new Map<string, MatchResult>();
  /** Receivers in all kept results: the interned ones, and those that the cache alone has. */
  private keptReceivers = 0;
  private readonly cache: MatchCache | undefined;
  private readonly none = new MatchResult([]);

  /** @param cached false looks every subject up anew; for tests of the cache */
  constructor(cached = true) {
    this.cache = cached ? new MatchCache((result) => this.released(result)) : undefined;
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
    const { subject } = subscription;
    const wildcard = firstWildcard(subject);
    if (wildcard < 0) {
      const hash = hashOfText(subject);
      this.literalChanged(hash, this.literals.insert(subscription, hash));
      return;
    }
    let node = this.root;
    for (const token of subject.split('.')) {
      let child = node.child(token);
      if (child === undefined) {
        child = new TrieNode(this.nextPlaceId++, node, token);
        node.adopt(child);
      }
      node = child;
    }
    const fresh = !node.occupied;
    node.insert(subscription);
    if (fresh) this.cache?.distrust(bytesOfText(subject.slice(0, wildcard)));
    this.placeChanged(node);
  }

  private displace(subscription: Subscription): void {
    if (subscription.queue !== undefined) this.queued--;
    const { subject } = subscription;
    if (firstWildcard(subject) < 0) {
      const hash = hashOfText(subject);
      this.literalChanged(hash, this.literals.remove(subscription, hash));
      return;
    }
    let node = this.root;
    for (const token of subject.split('.')) node = node.child(token)!;
    node.remove(subscription);
    this.placeChanged(node);
    while (node.empty && node.parent !== undefined) {
      node.parent.disown(node);
      node = node.parent;
    }
  }

  /** Whether nothing is kept but what internal subscriptions need: no other subscription, no other node. */
  get empty(): boolean {
    if (this.internal > 0) return this.size === 0 && (this.root.empty || this.root.tidy);
    return this.size === 0 && this.root.empty && this.literals.empty;
  }

  /**
   * Who gets a message whose subject is `bytes[start, end)`; `hash` as `hashBytes` has it.
   * @param view as `viewOf` has it for these bytes
   */
  match(
    bytes: Buffer,
    start: number,
    end: number,
    hash: number,
    view: DataView = viewOf(bytes),
  ): MatchResult {
    const cached = this.cache?.find(view, bytes.byteOffset + start, end - start, hash);
    if (cached !== undefined) return cached;
    this.misses++;
    if (this.root.empty && isOrdinary(bytes, start, end)) {
      const result = this.shared([], this.literals.at(bytes, start, end, hash));
      this.cacheResult(view, bytes.byteOffset + start, end - start, hash, result);
      return result;
    }
    const subject = textOf(bytes, start, end);
    // Results are shared by subjects, so one that says how to write a subject to a line client is nobody else's.
    const isRaw = !isFitForLines(subject);
    const isReserved = subject.startsWith(RESERVED_PREFIX) && subject.length > RESERVED_PREFIX.length;
    const patterns = this.patternsOf(subject);
    const literal = this.literals.of(subject, hash);
    if (isRaw || isReserved) return resultOf(patterns, literal, isRaw, isReserved);
    const result = this.shared(patterns, literal);
    this.cacheResult(view, bytes.byteOffset + start, end - start, hash, result);
    return result;
  }

  /** Who gets a message on `subject`. */
  matchSubject(subject: string): MatchResult {
    const bytes = bytesOfText(subject);
    return this.match(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  }

  /** Who would get a message on `subject`, without a trace in the cache or the counts. */
  peek(subject: string): MatchResult {
    return resultOf(this.patternsOf(subject), this.literals.of(subject, hashOfText(subject)));
  }

  /** What the cache holds, counted in steps. */
  *census(): Generator<void, Census, void> {
    return this.cache === undefined
      ? { entries: 0, maxFanout: 0, totalFanout: 0 }
      : yield* this.cache.census();
  }

  /** What is cached for the subject with that hash is wrong; other results are not, as they hold other places. */
  private literalChanged(hash: number, shared: Place | undefined): void {
    this.cache?.forget(hash);
    this.placeChanged(shared);
  }

  /**
   * Drops the kept results that list the subscriptions of `place`. They are wrong, and they would keep connections alive
   * that have closed. Each result is dropped once, so that costs no more than making it did.
   */
  private placeChanged(place: Place | undefined): void {
    if (this.size === 0) {
      this.forgetAll();
      return;
    }
    const results = place?.results;
    if (results === undefined) return;
    for (const result of results) {
      this.forgetKept(result);
      if (result.key !== undefined) this.interned.delete(result.key);
      this.cache?.drop(result);
    }
  }

  private forgetAll(): void {
    for (const result of this.interned.values()) this.forgetKept(result);
    this.interned.clear();
    this.cache?.reset();
  }

  /** Its places are to end it when they change. */
  private keep(result: MatchResult): void {
    this.keptReceivers += result.size;
    for (const place of result.places) {
      place.results ??= new Set();
      place.results.add(result);
    }
  }

  private forgetKept(result: MatchResult): void {
    this.keptReceivers -= result.size;
    for (const place of result.places) {
      const { results } = place;
      if (results?.delete(result) === true && results.size === 0) place.results = undefined;
    }
  }

  /** The cache has no entry left with this result. */
  private released(result: MatchResult): void {
    if (result.key === undefined && result.places.length > 0) this.forgetKept(result);
  }

  /** Remembers `result` for a subject; one that is not interned lives as long as that entry. */
  private cacheResult(view: DataView, at: number, length: number, hash: number, result: MatchResult): void {
    if (this.cache?.add(view, at, length, hash, result) !== true) return;
    if (result.key !== undefined || result.places.length === 0) return;
    this.keep(result);
    if (this.keptReceivers > MAX_KEPT_RECEIVERS) this.forgetAll();
  }

  /**
   * The result of these places, interned; but not for who is alone on a subject: no other subject can have that result,
   * and where each of a million has its own subscriber it would push all others out.
   */
  private shared(patterns: Place[], literal: Listener | undefined): MatchResult {
    if (literal instanceof Subscription) return new MatchResult(patterns, literal);
    if (literal !== undefined) patterns.push(literal);
    if (patterns.length === 0) return this.none;
    let key = '';
    for (const { id } of patterns) key += `${id} `;
    const known = this.interned.get(key);
    if (known !== undefined) return known;
    const result = new MatchResult(patterns);
    if (this.interned.size >= MAX_INTERNED || this.keptReceivers + result.size > MAX_KEPT_RECEIVERS)
      this.forgetAll();
    result.key = key;
    this.interned.set(key, result);
    this.keep(result);
    return result;
  }

  /** The patterns with wildcards that match; none for a subject with an empty token. */
  private patternsOf(subject: string): Place[] {
    if (this.root.empty || hasEmptyToken(subject)) return [];
    const places: Place[] = [];
    this.root.collect(subject, 0, places);
    return places;
  }
}

/** Whether it is the ASCII letters of a subject of which there is nothing to be known. */
function isOrdinary(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] === RESERVED_FIRST) return false;
  for (let i = start; i < end; i++) if (bytes[i]! <= 32 || bytes[i]! > 126) return false;
  return true;
}

function resultOf(
  patterns: Place[],
  literal: Listener | undefined,
  isRaw = false,
  isReserved = false,
): MatchResult {
  if (literal instanceof Subscription) return new MatchResult(patterns, literal, isRaw, isReserved);
  return new MatchResult(
    literal === undefined ? patterns : [...patterns, literal],
    undefined,
    isRaw,
    isReserved,
  );
}
