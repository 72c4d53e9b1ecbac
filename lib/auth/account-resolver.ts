import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers';
import { ACCOUNT_FETCHES, ACCOUNT_FETCHES_WAITING, FETCHED_ACCOUNTS } from '../domain/limits.js';
import type { AccountSource, Trust, TrustedAccount } from './operator.js';

/** How long an account that could not be fetched is not asked for again, in milliseconds. */
const RETRY_MS = 1_000;
/** Accounts of which that is remembered. */
const MAX_FAILED = 10_000;
/** Accounts that one login may have fetched: its own, and what that imports from. */
const MAX_RELATED = 256;

/** So many times as long as the accounts take to be joined they are not joined again. */
const JOIN_SHARE = 9;

/** An account that is not in the configuration. */
interface Entry {
  readonly jwt: string;
  /** Undefined: by the operators of that trust it is none. */
  readonly account: TrustedAccount | undefined;
  readonly trust: Trust;
}

/**
 * The accounts of one broker that are not in its configuration: fetched at the first login to them, or brought by a
 * request. They are kept across reloads. At most so many are fetched at once, and nothing waits for them but their logins.
 */
export class AccountResolver {
  /** Called when accounts have come that others import from, or that import or map something themselves. */
  onJoined = (): void => {};
  private readonly entries = new Map<string, Entry>();
  /** Accounts that any of those import from, or have imported from. */
  private readonly exporters = new Set<string>();
  private readonly underWay = new Map<string, Promise<void>>();
  /** By when they may be asked for again, oldest first. */
  private readonly failed = new Map<string, number>();
  private readonly onFailure: (failure: { readonly account: string; readonly reason: string }) => void;
  private readonly now: () => number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private waitingLogins = 0;
  /** When accounts were joined last, and how long that took, in milliseconds. */
  private joinedAt = Number.NEGATIVE_INFINITY;
  private joinMs = 0;
  private joining: Promise<void> | undefined;

  /** @param now Unix time in milliseconds */
  constructor(
    onFailure: (failure: { readonly account: string; readonly reason: string }) => void,
    now: () => number = Date.now,
  ) {
    this.onFailure = onFailure;
    this.now = now;
  }

  /** The account with that key; where there are two, the younger one. */
  find(key: string, trust: Trust): TrustedAccount | undefined {
    const configured = trust.accounts.get(key);
    const other = this.entry(key, trust)?.account;
    if (configured === undefined || other === undefined) return configured ?? other;
    return other.claims.iat >= configured.claims.iat ? other : configured;
  }

  /** All accounts, by their keys. */
  all(trust: Trust): ReadonlyMap<string, TrustedAccount> {
    const all = new Map(trust.accounts);
    for (const key of this.entries.keys()) {
      const account = this.find(key, trust);
      if (account !== undefined) all.set(key, account);
    }
    return all;
  }

  /** Whether it has that account. */
  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** Takes the JWT of an account in the place of what it has. Throws what `Trust.verify` throws. */
  put(key: string, jwt: string, trust: Trust): void {
    const account = trust.verify(key, jwt);
    this.entries.set(key, { jwt, account, trust });
    for (const { account: exporter } of account.claims.nats.imports) this.exporters.add(exporter);
  }

  /** Whether to fetch an account: it is missing or has expired, and fetching it has not failed just now. */
  isWanted(key: string, trust: Trust): boolean {
    if (trust.source === undefined || (this.failed.get(key) ?? 0) > this.now()) return false;
    const exp = this.find(key, trust)?.claims.exp;
    return exp === undefined || (exp > 0 && exp * 1_000 <= this.now());
  }

  /**
   * Fetches an account, with those that it imports from.
   * @returns whether that was tried; false: too many logins wait already
   */
  async fetch(key: string, trust: Trust): Promise<boolean> {
    const { source } = trust;
    if (source === undefined || this.waitingLogins >= ACCOUNT_FETCHES_WAITING) return false;
    this.waitingLogins++;
    const signal = AbortSignal.timeout(source.timeoutMs);
    const seen = new Set([key]);
    const came: string[] = [];
    try {
      for (let next = [key]; next.length > 0; ) {
        await Promise.all(next.map((each) => this.load(each, trust, source, signal)));
        const found = next.filter((each) => this.find(each, trust) !== undefined);
        came.push(...found);
        next = this.importedBy(found, trust).filter((each) => !seen.has(each));
        next = [...new Set(next)].slice(0, MAX_RELATED - seen.size);
        for (const each of next) seen.add(each);
      }
    } finally {
      this.waitingLogins--;
    }
    if (this.matters(came, trust)) await this.join();
    return true;
  }

  /** Has the accounts joined: at once, or with others that have come, so that it takes a tenth of the time at most. */
  private join(): Promise<void> | undefined {
    const waitMs = this.joinedAt + JOIN_SHARE * this.joinMs - performance.now();
    if (this.joining === undefined && waitMs <= 0) return this.joinNow();
    this.joining ??= new Promise((resolve) => {
      setTimeout(() => {
        this.joining = undefined;
        this.joinNow();
        resolve();
      }, waitMs);
    });
    return this.joining;
  }

  private joinNow(): undefined {
    const startedAt = performance.now();
    this.onJoined();
    this.joinedAt = performance.now();
    this.joinMs = this.joinedAt - startedAt;
  }

  private entry(key: string, trust: Trust): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.trust === trust) return entry;
    let account: TrustedAccount | undefined;
    try {
      account = trust.verify(key, entry.jwt);
    } catch (error) {
      this.onFailure({ account: key, reason: (error as Error).message });
    }
    const renewed = { jwt: entry.jwt, account, trust };
    this.entries.set(key, renewed);
    return renewed;
  }

  /** Accounts that these import from, and that have to be fetched for that. */
  private importedBy(keys: readonly string[], trust: Trust): string[] {
    return keys.flatMap((key) => {
      const imports = this.find(key, trust)?.claims.nats.imports ?? [];
      return imports.map(({ account }) => account).filter((each) => this.isWanted(each, trust));
    });
  }

  /** Whether accounts that have come change how accounts are joined. */
  private matters(came: readonly string[], trust: Trust): boolean {
    return came.some((key) => {
      const { imports = [], mappings = {} } = this.find(key, trust)?.claims.nats ?? {};
      const isJoined = imports.length > 0 || Object.keys(mappings).length > 0;
      return isJoined || this.exporters.has(key) || trust.exporters.has(key);
    });
  }

  /** Fetches one account, unless that is under way. Never rejects. */
  private load(key: string, trust: Trust, source: AccountSource, signal: AbortSignal): Promise<void> {
    let loading = this.underWay.get(key);
    if (loading === undefined) {
      loading = this.loadOnce(key, trust, source, signal).finally(() => this.underWay.delete(key));
      this.underWay.set(key, loading);
    }
    return loading;
  }

  private async loadOnce(
    key: string,
    trust: Trust,
    source: AccountSource,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.running >= ACCOUNT_FETCHES) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
    try {
      const jwt = (await source.get(key, signal)).trim();
      const isNew = !this.entries.has(key);
      if (isNew && this.entries.size >= FETCHED_ACCOUNTS)
        throw new Error(`there are ${FETCHED_ACCOUNTS} already`);
      this.put(key, jwt, trust);
    } catch (error) {
      this.fail(key, (error as Error).message);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private fail(key: string, reason: string): void {
    this.failed.delete(key);
    this.failed.set(key, this.now() + RETRY_MS);
    for (const first of this.failed.keys()) {
      if (this.failed.size <= MAX_FAILED) break;
      this.failed.delete(first);
    }
    this.onFailure({ account: key, reason });
  }
}
