import type { Subscription } from './subscription.js';

/** One token of the subscribed subjects. Freed as soon as nothing hangs below it. */
export class TrieNode {
  readonly id: number;
  readonly parent: TrieNode | undefined;
  readonly token: string;
  /** Rises with every change of the subscriptions that end here. */
  version = 0;
  plain: Subscription[] | undefined = undefined;
  queues: Map<string, Subscription[]> | undefined = undefined;
  private children: Map<string, TrieNode> | undefined = undefined;
  private star: TrieNode | undefined = undefined;
  private rest: TrieNode | undefined = undefined;

  constructor(id: number, parent: TrieNode | undefined, token: string) {
    this.id = id;
    this.parent = parent;
    this.token = token;
  }

  /** Whether a subscription ends here. */
  get occupied(): boolean {
    return this.plain !== undefined || this.queues !== undefined;
  }

  /** Whether nothing ends here or below. */
  get empty(): boolean {
    return (
      !this.occupied && this.children === undefined && this.star === undefined && this.rest === undefined
    );
  }

  /** Whether some subscription ends at every node below which there is none. */
  get tidy(): boolean {
    const below = [...(this.children?.values() ?? []), this.star, this.rest].filter(
      (node) => node !== undefined,
    );
    return below.length === 0 ? this.occupied : below.every((node) => node.tidy);
  }

  child(token: string): TrieNode | undefined {
    if (token === '*') return this.star;
    if (token === '>') return this.rest;
    return this.children?.get(token);
  }

  adopt(node: TrieNode): void {
    if (node.token === '*') this.star = node;
    else if (node.token === '>') this.rest = node;
    else {
      this.children ??= new Map();
      this.children.set(node.token, node);
    }
  }

  disown(node: TrieNode): void {
    if (node === this.star) this.star = undefined;
    else if (node === this.rest) this.rest = undefined;
    else if (this.children?.delete(node.token) && this.children.size === 0) this.children = undefined;
  }

  /** Appends every occupied node that matches `tokens[depth…]` below this one. */
  collect(tokens: readonly string[], depth: number, into: TrieNode[]): void {
    if (depth === tokens.length) {
      if (this.occupied) into.push(this);
      return;
    }
    if (this.rest !== undefined) into.push(this.rest);
    this.star?.collect(tokens, depth + 1, into);
    // A published `*` or `>` is a plain token: it meets subscribers' wildcards, never a node of its own.
    this.children?.get(tokens[depth]!)?.collect(tokens, depth + 1, into);
  }

  /** Adds a subscription that ends here. */
  insert(subscription: Subscription): void {
    this.version++;
    const list = this.listFor(subscription);
    subscription.index = list.push(subscription) - 1;
  }

  /** Removes a subscription that ends here, in constant time: the last one takes its place. */
  remove(subscription: Subscription): void {
    this.version++;
    const { queue } = subscription;
    const list = queue === undefined ? this.plain! : this.queues!.get(queue)!;
    const last = list.pop()!;
    if (last !== subscription) {
      list[subscription.index] = last;
      last.index = subscription.index;
    }
    subscription.index = -1;
    if (list.length > 0) return;
    if (queue === undefined) this.plain = undefined;
    else if (this.queues!.delete(queue) && this.queues!.size === 0) this.queues = undefined;
  }

  private listFor(subscription: Subscription): Subscription[] {
    if (subscription.queue === undefined) {
      this.plain ??= [];
      return this.plain;
    }
    this.queues ??= new Map();
    let members = this.queues.get(subscription.queue);
    if (members === undefined) {
      members = [];
      this.queues.set(subscription.queue, members);
    }
    return members;
  }
}
