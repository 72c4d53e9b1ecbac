import type { SubjectFilter } from './store.js';

/** Subjects with the same first tokens. */
class TrieNode {
  literals: Map<string, TrieNode> | undefined = undefined;
  star: TrieNode | undefined = undefined;
  /** Patterns that end here, and that have `>` here. */
  ends = 0;
  rests = 0;

  get isEmpty(): boolean {
    return this.ends + this.rests === 0 && this.star === undefined && (this.literals?.size ?? 0) === 0;
  }

  child(token: string): TrieNode | undefined {
    return token === '*' ? this.star : this.literals?.get(token);
  }

  setChild(token: string, node: TrieNode): void {
    if (token === '*') this.star = node;
    else {
      this.literals ??= new Map();
      this.literals.set(token, node);
    }
  }

  removeChild(token: string): void {
    if (token === '*') this.star = undefined;
    else this.literals?.delete(token);
  }
}

/** The patterns of one or many filters, by their tokens; each as often as it was added. */
export class FilterTrie {
  /** Nodes that all searches have visited together. */
  visited = 0;
  private readonly root = new TrieNode();

  add(filter: SubjectFilter): void {
    for (const pattern of patternsOf(filter)) this.change(pattern, 1);
  }

  /** Takes out one that was added. */
  remove(filter: SubjectFilter): void {
    for (const pattern of patternsOf(filter)) this.change(pattern, -1);
  }

  /** Whether a literal subject is one of those that some pattern stands for. */
  matches(subject: string): boolean {
    return this.search(this.root, subject, 0);
  }

  private change(pattern: string, by: 1 | -1): void {
    const tokens = pattern.split('.');
    const hasRest = tokens.at(-1) === '>';
    if (hasRest) tokens.pop();
    const path = [this.root];
    for (const token of tokens) {
      const node = path.at(-1) ?? this.root;
      let next = node.child(token);
      if (next === undefined) {
        next = new TrieNode();
        node.setChild(token, next);
      }
      path.push(next);
    }
    const last = path.at(-1) ?? this.root;
    if (hasRest) last.rests += by;
    else last.ends += by;
    for (let depth = tokens.length; depth > 0 && path[depth]?.isEmpty === true; depth--)
      path[depth - 1]?.removeChild(tokens[depth - 1] ?? '');
  }

  /** Whether what follows `at` in the subject leads from a node to the end of a pattern. */
  private search(node: TrieNode, subject: string, at: number): boolean {
    this.visited++;
    if (at > subject.length) return node.ends > 0;
    if (node.rests > 0) return true;
    const dot = subject.indexOf('.', at);
    const end = dot < 0 ? subject.length : dot;
    const literal = node.literals?.get(subject.slice(at, end));
    if (literal !== undefined && this.search(literal, subject, end + 1)) return true;
    return node.star !== undefined && this.search(node.star, subject, end + 1);
  }
}

function patternsOf(filter: SubjectFilter): SubjectFilter {
  return filter.length === 0 ? ['>'] : filter;
}
