import type { Subscription } from './subscription.js';
import type { TrieNode } from './trie.js';

/**
 * Who gets a message. Interned: subjects with equal receivers have the very same object while nothing changes, so
 * that consecutive messages for the same receivers are found by comparing references.
 */
export class MatchResult {
  readonly plain: readonly Subscription[];
  /** Each group gets every message once. */
  readonly groups: readonly (readonly Subscription[])[];
  private readonly nodes: readonly TrieNode[];
  private readonly versions: readonly number[];

  constructor(nodes: readonly TrieNode[]) {
    this.nodes = nodes;
    this.versions = nodes.map((node) => node.version);
    const plain: Subscription[] = [];
    const groups = new Map<string, Subscription[]>();
    for (const node of nodes) {
      if (node.plain !== undefined) for (const subscription of node.plain) plain.push(subscription);
      if (node.queues === undefined) continue;
      for (const [queue, members] of node.queues) {
        const group = groups.get(queue);
        if (group === undefined) groups.set(queue, [...members]);
        else for (const member of members) group.push(member);
      }
    }
    this.plain = plain;
    this.groups = [...groups.values()];
  }

  get empty(): boolean {
    return this.nodes.length === 0;
  }

  /** Whether none of its subscriptions' places has changed. */
  get current(): boolean {
    for (let i = 0; i < this.nodes.length; i++) {
      if (this.nodes[i]!.version !== this.versions[i]) return false;
    }
    return true;
  }
}
