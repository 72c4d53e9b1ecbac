import { NODE_UNITS, type Work } from '../clients/work.js';
import type { SubscriptionNode } from './subscription-node.js';
import type { TrieNode } from './trie.js';

/** Nodes visited between two looks at the budget. */
const STRIDE = 64;

/**
 * A search of the trie that takes more than one slice: subscriptions to every combination of `a` and `*` in seventeen
 * tokens make 2^17 nodes that each have to be visited. What is subscribed while it lasts may be found or not, as if the
 * message had been published before or after it.
 */
export class TrieSearch {
  readonly subject: string;
  readonly hash: number;
  /** The sublist's count of pattern changes when it began. */
  readonly changes: number;
  /** What has been found so far, in the order in which `TrieNode.collect` finds it. */
  readonly places: SubscriptionNode[] = [];
  private readonly tokens: readonly string[];
  private readonly nodes: TrieNode[];
  private readonly depths = [0];
  private readonly work: Work;

  constructor(root: TrieNode, subject: string, hash: number, changes: number, work: Work) {
    this.subject = subject;
    this.hash = hash;
    this.changes = changes;
    this.tokens = subject.split('.');
    this.nodes = [root];
    this.work = work;
  }

  /** Goes on until the slice ends; returns whether the search is complete. */
  run(): boolean {
    const { nodes, depths, tokens, places, work } = this;
    while (nodes.length > 0) {
      for (let i = 0; i < STRIDE; i++) {
        const node = nodes.pop();
        const depth = depths.pop();
        if (node === undefined || depth === undefined) break;
        node.visit(tokens, depth, places, nodes, depths);
      }
      work.units += STRIDE * NODE_UNITS;
      if (work.units >= work.limit) break;
    }
    return nodes.length === 0;
  }
}
