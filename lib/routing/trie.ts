import { SplitMap } from '../clients/split-map.js';
import { SubscriptionNode } from './subscription-node.js';

/** One token of the patterns. Freed as soon as nothing hangs below it. */
export class TrieNode extends SubscriptionNode {
  readonly parent: TrieNode | undefined;
  readonly token: string;
  /** A table only where there are several: most nodes have one child, and an empty table takes 200 bytes. */
  private children: TrieNode | SplitMap<TrieNode> | undefined = undefined;
  private star: TrieNode | undefined = undefined;
  private rest: TrieNode | undefined = undefined;

  constructor(id: number, parent: TrieNode | undefined, token: string) {
    super(id);
    this.parent = parent;
    this.token = token;
  }

  /** Whether nothing ends here or below. */
  get empty(): boolean {
    return (
      !this.occupied && this.children === undefined && this.star === undefined && this.rest === undefined
    );
  }

  /** Whether some subscription ends at every node below which there is none. */
  get tidy(): boolean {
    const { children } = this;
    const named = children instanceof SplitMap ? [...children.values()] : [children];
    const below = [...named, this.star, this.rest].filter((node) => node !== undefined);
    return below.length === 0 ? this.occupied : below.every((node) => node.tidy);
  }

  child(token: string): TrieNode | undefined {
    if (token === '*') return this.star;
    if (token === '>') return this.rest;
    return this.named(token);
  }

  /** Whether it has children. */
  get isParent(): boolean {
    return this.children !== undefined || this.star !== undefined || this.rest !== undefined;
  }

  /** Its children. Nodes may come and go meanwhile; one that stays is among them. */
  *below(): IterableIterator<TrieNode> {
    if (this.star !== undefined) yield this.star;
    if (this.rest !== undefined) yield this.rest;
    const { children } = this;
    if (children instanceof SplitMap) yield* children.values();
    else if (children !== undefined) yield children;
  }

  /** The node of `pattern`, which is below this one as the root; undefined: there is none. */
  find(pattern: string): TrieNode | undefined {
    let node: TrieNode | undefined = this;
    for (const token of pattern.split('.')) node = node?.child(token);
    return node;
  }

  /** Adds a child; returns how many entries of a table were hashed anew for that, mostly 0. */
  adopt(node: TrieNode): number {
    const { children } = this;
    if (node.token === '*') this.star = node;
    else if (node.token === '>') this.rest = node;
    else if (children === undefined) this.children = node;
    else if (children instanceof SplitMap) return children.add(node.token, node);
    else {
      const map = new SplitMap<TrieNode>();
      this.children = map;
      return map.add(children.token, children) + map.add(node.token, node);
    }
    return 0;
  }

  disown(node: TrieNode): void {
    const { children } = this;
    if (node === this.star) this.star = undefined;
    else if (node === this.rest) this.rest = undefined;
    else if (node === children) this.children = undefined;
    else if (children instanceof SplitMap && children.delete(node.token) && children.size === 0)
      this.children = undefined;
  }

  /**
   * Appends every occupied node that matches the tokens of `subject`, none of which is empty, from `at` on. Returns the
   * visits left of `visits`; below 0: the search is not complete, `TrieSearch` does it in slices.
   */
  collect(subject: string, at: number, into: SubscriptionNode[], visits: number): number {
    let left = visits - 1;
    if (left < 0) return left;
    if (at > subject.length) {
      if (this.occupied) into.push(this);
      return left;
    }
    if (this.rest !== undefined) into.push(this.rest);
    const { star, children } = this;
    if (star === undefined && children === undefined) return left;
    const dot = subject.indexOf('.', at);
    const end = dot < 0 ? subject.length : dot;
    if (star !== undefined) left = star.collect(subject, end + 1, into, left);
    // A published `*` or `>` is a plain token: it meets subscribers' wildcards, never a node of its own.
    if (children === undefined || left < 0) return left;
    const child = this.named(subject.slice(at, end));
    return child === undefined ? left : child.collect(subject, end + 1, into, left);
  }

  /** One step of a `TrieSearch`: appends what matches here, and pushes the nodes to visit next with their depths. */
  visit(
    tokens: readonly string[],
    depth: number,
    into: SubscriptionNode[],
    nodes: TrieNode[],
    depths: number[],
  ): void {
    const token = tokens[depth];
    if (token === undefined) {
      if (this.occupied) into.push(this);
      return;
    }
    if (this.rest !== undefined) into.push(this.rest);
    const child = this.children === undefined ? undefined : this.named(token);
    if (child !== undefined) {
      nodes.push(child);
      depths.push(depth + 1);
    }
    if (this.star === undefined) return;
    nodes.push(this.star);
    depths.push(depth + 1);
  }

  private named(token: string): TrieNode | undefined {
    const { children } = this;
    if (children instanceof SplitMap) return children.get(token);
    return children?.token === token ? children : undefined;
  }
}
