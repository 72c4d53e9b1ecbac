import type { SubscriptionListener } from '../routing/interest-listeners.js';
import type { Member } from './member.js';

/** Told of what comes, goes and goes wrong. Must not throw. */
export interface Watcher extends SubscriptionListener {
  connected(member: Member): void;
  /** Its `reason` says why. */
  disconnected(member: Member): void;
  /** A fault of ours, or of what the embedding program brought. */
  failed(error: unknown): void;
}
