import { Subscription } from '../clients/subscription.js';
import { CHANGE_UNITS, MISS_UNITS, NODE_UNITS, REHASH_UNITS, Work } from '../clients/work.js';
import { SluiceError } from '../domain/errors.js';
import { firstWildcard, hasEmptyToken } from '../domain/subject.js';
import { viewOf } from '../frame/copy.js';
import { hashBytes } from '../frame/hash.js';
import { bytesOfText, hashOfText, isFitForLines, isVisibleAscii, textOf } from '../frame/text.js';
import { type Census, MatchCache } from './cache.js';
import type { Listener } from './literal-table.js';
import { Literals } from './literals.js';
import { MatchResult } from './match.js';
import type { KeptResult, SubscriptionNode } from './subscription-node.js';
import { TrieNode } from './trie.js';
import { TrieSearch } from './trie-search.js';

/** Interned results kept; beyond it the table starts anew, which costs sharing but no correctness. */
const MAX_INTERNED = 4_096;
/** Receivers in all kept results together; beyond it likewise. Bounds what many wide results cost. */
const MAX_KEPT_RECEIVERS = 1_000_000;
/** Nodes of the trie that one search visits at once; a longer one goes on in slices. */
const MAX_VISITS = 1_024;
/** Places above which a result is not kept: it would have to be noted in each of them. */
const MAX_KEPT_PLACES = 1_024;
/** Subjects that only servers may publish to: replies that cross a gateway. As in nats-server. */
const RESERVED_PREFIX = '_GR_.';
const RESERVED_FIRST = 95;

/** A sublist for all that does not change it: its account's `Interest` alone inserts and removes. */
export type SublistReader = Omit<Sublist, 'insert' | 'remove' | 'insertInternal' | 'removeInternal'>;

/** Keeps the subscriptions of a subject space and finds those that match a subject. */
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
  /** Number of the broker's own subscriptions. */
  internal = 0;
  /** The root of the patterns that have wildcards. */
  readonly patterns = new TrieNode(0, undefined, '');
  private nextPlaceId = 1;
  /** The other subscriptions. */
  readonly literals: Literals;
  private readonly interned = new Map<string, MatchResult>();
  /** Receivers in all kept results: the interned ones, and those that the cache alone has. */
  private keptReceivers = 0;
  private readonly cache: MatchCache | undefined;
  /** Counts changes to patterns with wildcards. */
  private patternChanges = 0;
  /** The search that the last `matchInSlice` began and did not end. */
  private unfinished: TrieSearch | undefined;
  private readonly none = new MatchResult([]);
  /** The last result of too many places to be kept with them; any change to the subscriptions ends it. */
  private large: { readonly subject: string; readonly result: MatchResult } | undefined;

  private readonly work: Work;

  /**
   * @param work counts what changes and searches cost
   * @param cached false looks every subject up anew; for tests of the cache
   */
  constructor(work: Work = new Work(), cached = true) {
    this.work = work;
    this.literals = new Literals(() => this.nextPlaceId++, work);
    this.cache = cached ? new MatchCache((result) => this.released(result)) : undefined;
  }

  /**
   * Adds a subscription whose subject is valid. Time and memory in its tokens only. Returns the node where it is; undefined:
   * it is alone on its subject.
   */
  insert(subscription: Subscription): SubscriptionNode | undefined {
    this.size++;
    this.inserts++;
    return this.place(subscription);
  }

  /** Removes a subscription that was inserted, and frees what only it needed. Returns the node where it was, likewise. */
  remove(subscription: Subscription): SubscriptionNode | undefined {
    this.size--;
    this.removes++;
    return this.displace(subscription);
  }

  /** Adds a subscription of the broker's own, which counts for nothing. */
  insertInternal(subscription: Subscription): SubscriptionNode | undefined {
    this.internal++;
    return this.place(subscription);
  }

  /** Removes a subscription of the broker's own. */
  removeInternal(subscription: Subscription): SubscriptionNode | undefined {
    this.internal--;
    return this.displace(subscription);
  }

  private place(subscription: Subscription): SubscriptionNode | undefined {
    this.large = undefined;
    if (subscription.queue !== undefined) this.queued++;
    const { subject } = subscription;
    const wildcard = firstWildcard(subject);
    this.work.units += CHANGE_UNITS;
    if (wildcard < 0) {
      const hash = hashOfText(subject);
      return this.literalChanged(hash, this.literals.insert(subscription, hash));
    }
    let node = this.patterns;
    this.patternChanges++;
    for (const token of subject.split('.')) {
      this.work.units += CHANGE_UNITS;
      let child = node.child(token);
      if (child === undefined) {
        child = new TrieNode(this.nextPlaceId++, node, token);
        this.work.units += node.adopt(child) * REHASH_UNITS;
      }
      node = child;
    }
    const fresh = !node.occupied;
    node.insert(subscription);
    if (fresh) this.cache?.invalidatePrefix(bytesOfText(subject.slice(0, wildcard)));
    this.placeChanged(node);
    return node;
  }

  private displace(subscription: Subscription): SubscriptionNode | undefined {
    this.large = undefined;
    if (subscription.queue !== undefined) this.queued--;
    const { subject } = subscription;
    this.work.units += CHANGE_UNITS;
    if (firstWildcard(subject) < 0) {
      const hash = hashOfText(subject);
      return this.literalChanged(hash, this.literals.remove(subscription, hash));
    }
    const changed = this.patterns.find(subject);
    if (changed === undefined) return undefined;
    let node = changed;
    this.patternChanges++;
    node.remove(subscription);
    this.placeChanged(node);
    while (node.empty && node.parent !== undefined) {
      this.work.units += CHANGE_UNITS;
      node.parent.disown(node);
      node = node.parent;
    }
    return changed;
  }

  /** Whether nothing is kept but what internal subscriptions need: no other subscription, no other node. */
  get empty(): boolean {
    if (this.internal > 0) return this.size === 0 && (this.patterns.empty || this.patterns.tidy);
    return this.size === 0 && this.patterns.empty && this.literals.empty;
  }

  /**
   * The receivers of a message whose subject is `bytes[start, end)`; `hash` as `hashBytes` has it.
   * @param view as `viewOf` has it for these bytes
   */
  match(
    bytes: Buffer,
    start: number,
    end: number,
    hash: number,
    view: DataView = viewOf(bytes),
  ): MatchResult {
    return this.matchInSlice(bytes, start, end, hash, view) ?? this.completed(this.takeSearch());
  }

  /**
   * The same, but undefined where the search takes more than a little. Then it is up to the caller to take the search
   * with `takeSearch`, to run it and to pass it to `resultOf`.
   */
  matchInSlice(
    bytes: Buffer,
    start: number,
    end: number,
    hash: number,
    view: DataView,
  ): MatchResult | undefined {
    const cached = this.cache?.find(view, bytes.byteOffset + start, end - start, hash);
    if (cached !== undefined) return cached;
    this.misses++;
    this.work.units += MISS_UNITS;
    if (this.patterns.empty && isOrdinary(bytes, start, end)) {
      const result = this.shared([], this.literals.at(bytes, start, end, hash));
      this.cacheResult(view, bytes.byteOffset + start, end - start, hash, result);
      return result;
    }
    const subject = textOf(bytes, start, end);
    if (this.large?.subject === subject) return this.large.result;
    const places: SubscriptionNode[] = [];
    const visits = this.collect(subject, places);
    this.work.units += visits * NODE_UNITS;
    if (visits <= MAX_VISITS) return this.resultAt(subject, hash, places, bytes, start, end, view);
    this.unfinished = new TrieSearch(this.patterns, subject, hash, this.patternChanges, this.work);
    return undefined;
  }

  /** The search that `matchInSlice` began last, once. */
  takeSearch(): TrieSearch {
    const search = this.unfinished;
    if (search === undefined) throw new SluiceError('INTERNAL', 'no search has begun');
    this.unfinished = undefined;
    return search;
  }

  /** What a search that is complete has found. */
  resultOf({ subject, hash, places, changes }: TrieSearch): MatchResult {
    const bytes = bytesOfText(subject);
    if (changes === this.patternChanges)
      return this.resultAt(subject, hash, places, bytes, 0, bytes.length, viewOf(bytes));
    // What was found may lack what came meanwhile: it is right for this message, and for no other.
    return this.listed(places, this.literals.of(subject, hash), !isFitForLines(subject), isReserved(subject));
  }

  /** The receivers of a message on `subject`. */
  matchSubject(subject: string): MatchResult {
    const bytes = bytesOfText(subject);
    return this.match(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  }

  /** The same; undefined where finding out would take a long search. */
  matchSubjectInSlice(subject: string): MatchResult | undefined {
    const bytes = bytesOfText(subject);
    const { length } = bytes;
    const result = this.matchInSlice(bytes, 0, length, hashBytes(bytes, 0, length), viewOf(bytes));
    this.unfinished = undefined;
    return result;
  }

  /** The receivers that a message on `subject` would have, without a trace in the cache or the counts. */
  peek(subject: string): MatchResult {
    const hash = hashOfText(subject);
    const places: SubscriptionNode[] = [];
    if (this.collect(subject, places) <= MAX_VISITS)
      return this.listed(places, this.literals.of(subject, hash));
    const walk = new TrieSearch(this.patterns, subject, hash, this.patternChanges, this.work);
    while (!walk.run());
    return this.listed(walk.places, this.literals.of(subject, hash));
  }

  /** What the cache holds, counted in steps. */
  *census(): Generator<void, Census, void> {
    return this.cache === undefined
      ? { entries: 0, maxFanout: 0, totalFanout: 0 }
      : yield* this.cache.census();
  }

  /** What is cached for the subject with that hash is wrong; other results are not, as they hold other places. */
  private literalChanged(hash: number, shared: SubscriptionNode | undefined): SubscriptionNode | undefined {
    this.cache?.forget(hash);
    this.placeChanged(shared);
    return shared;
  }

  /**
   * Drops the kept results that list the subscriptions of `place`. They are wrong, and they would keep connections alive
   * that have closed. Each result is dropped once, so that costs no more than making it did.
   */
  private placeChanged(place: SubscriptionNode | undefined): void {
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

  private forgetKept(result: KeptResult): void {
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

  private completed(walk: TrieSearch): MatchResult {
    while (!walk.run());
    return this.resultOf(walk);
  }

  /** The result of these places and of the literal `subject`, which is `bytes[start, end)`; remembered where that may be. */
  private resultAt(
    subject: string,
    hash: number,
    places: SubscriptionNode[],
    bytes: Buffer,
    start: number,
    end: number,
    view: DataView,
  ): MatchResult {
    // Results are shared by subjects, so one that says how to write a subject to a line client is not shared.
    const isRaw = !isFitForLines(subject);
    const literal = this.literals.of(subject, hash);
    if (isRaw || isReserved(subject) || places.length > MAX_KEPT_PLACES) {
      const result = this.listed(places, literal, isRaw, isReserved(subject));
      if (!isRaw && !result.reserved && this.cache !== undefined) this.large = { subject, result };
      return result;
    }
    const result = this.shared(places, literal);
    this.cacheResult(view, bytes.byteOffset + start, end - start, hash, result);
    return result;
  }

  /**
   * The result of these nodes, interned; but not for a subscription that is alone on a subject: no other subject can have that result,
   * and where each of a million has its own subscriber it would push all others out.
   */
  private shared(patterns: SubscriptionNode[], literal: Listener | undefined): MatchResult {
    if (literal instanceof Subscription) return this.counted(new MatchResult(patterns, literal));
    if (literal !== undefined) patterns.push(literal);
    if (patterns.length === 0) return this.none;
    let key = '';
    for (const { id } of patterns) key += `${id} `;
    const known = this.interned.get(key);
    if (known !== undefined) return known;
    const result = this.counted(new MatchResult(patterns));
    if (this.interned.size >= MAX_INTERNED || this.keptReceivers + result.size > MAX_KEPT_RECEIVERS)
      this.forgetAll();
    result.key = key;
    this.interned.set(key, result);
    this.keep(result);
    return result;
  }

  /** The result of these places and of the literal subject, which is not kept. */
  private listed(
    patterns: SubscriptionNode[],
    literal: Listener | undefined,
    isRaw = false,
    reserved = false,
  ): MatchResult {
    if (literal instanceof Subscription)
      return this.counted(new MatchResult(patterns, literal, isRaw, reserved));
    const places = literal === undefined ? patterns : [...patterns, literal];
    return this.counted(new MatchResult(places, undefined, isRaw, reserved));
  }

  /** Counts the subscriptions that were listed for a result. */
  private counted(result: MatchResult): MatchResult {
    if (result.places.length > 0) this.work.units += result.size;
    return result;
  }

  /** Collects the patterns with wildcards that match, none for a subject with an empty token; returns the nodes visited. */
  private collect(subject: string, into: SubscriptionNode[]): number {
    if (this.patterns.empty || hasEmptyToken(subject)) return 0;
    return MAX_VISITS - this.patterns.collect(subject, 0, into, MAX_VISITS);
  }
}

/** Whether only servers may publish to `subject`. */
function isReserved(subject: string): boolean {
  return subject.startsWith(RESERVED_PREFIX) && subject.length > RESERVED_PREFIX.length;
}

/** Whether it is the ASCII letters of a subject of which there is nothing to be known. */
function isOrdinary(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] === RESERVED_FIRST) return false;
  return isVisibleAscii(bytes, start, end);
}
