import type { LeafRemote } from '../links/leaf-remote.js';
import type { SubscriptionListener } from '../routing/interest-listeners.js';
import type { Member } from './member.js';

/** Told of what comes, goes and goes wrong. Must not throw. */
export interface Watcher extends SubscriptionListener {
  connected(member: Member): void;
  /** Its `reason` says why. */
  disconnected(member: Member): void;
  /** A link to a hub has come up, or gone down. */
  leafChanged(remote: LeafRemote): void;
  /** A fault of ours, or of what the embedding program brought. */
  failed(error: unknown): void;
}

/** The watchers of one broker. */
export class Watchers {
  private all: readonly Watcher[] = [];

  /** Adds one; returns what removes it. */
  add(watcher: Watcher): () => void {
    this.all = [...this.all, watcher];
    return () => {
      this.all = this.all.filter((each) => each !== watcher);
    };
  }

  connected(member: Member): void {
    for (const watcher of this.all) watcher.connected(member);
  }

  disconnected(member: Member): void {
    for (const watcher of this.all) watcher.disconnected(member);
  }

  leafChanged(remote: LeafRemote): void {
    for (const watcher of this.all) watcher.leafChanged(remote);
  }

  failed(error: unknown): void {
    for (const watcher of this.all) watcher.failed(error);
  }
}
