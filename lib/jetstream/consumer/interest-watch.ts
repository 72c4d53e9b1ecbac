import { covers, hasWildcard } from '../../domain/subject.js';
import type { Account } from '../../routing/account.js';
import type { InterestListener, InterestListeners } from '../../routing/interest-listeners.js';
import type { ListenedAccount } from '../../routing/interest-replay.js';

/** Tells push consumers that the receivers of their subjects may have changed. */
export class InterestWatch implements InterestListener {
  private readonly listeners: InterestListeners;
  private readonly watched = new Map<ListenedAccount, Map<string, Set<() => void>>>();
  private stopListening: (() => void) | undefined = undefined;

  constructor(listeners: InterestListeners) {
    this.listeners = listeners;
  }

  /** Calls `changed` when a receiver of `subject`, which has no wildcards, may have come or gone. Returns what ends that. */
  add(account: Account, subject: string, changed: () => void): () => void {
    let subjects = this.watched.get(account);
    if (subjects === undefined) {
      subjects = new Map();
      this.watched.set(account, subjects);
    }
    const callbacks = subjects.get(subject) ?? new Set();
    subjects.set(subject, callbacks);
    callbacks.add(changed);
    this.stopListening ??= this.listeners.watchInterest(this);
    return () => this.remove(account, subject, changed);
  }

  interestAdded(account: ListenedAccount, subject: string): void {
    this.tell(account, subject);
  }

  interestRemoved(account: ListenedAccount, subject: string): void {
    this.tell(account, subject);
  }

  private remove(account: Account, subject: string, changed: () => void): void {
    const subjects = this.watched.get(account);
    const callbacks = subjects?.get(subject);
    if (subjects === undefined || callbacks === undefined) return;
    callbacks.delete(changed);
    if (callbacks.size === 0) subjects.delete(subject);
    if (subjects.size === 0) this.watched.delete(account);
    if (this.watched.size > 0) return;
    this.stopListening?.();
    this.stopListening = undefined;
  }

  private tell(account: ListenedAccount, subject: string): void {
    const subjects = this.watched.get(account);
    if (subjects === undefined) return;
    if (!hasWildcard(subject)) {
      for (const changed of subjects.get(subject) ?? []) changed();
      return;
    }
    for (const [literal, callbacks] of subjects)
      if (covers(subject, literal)) for (const changed of callbacks) changed();
  }
}
