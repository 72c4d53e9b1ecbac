import type { Steps } from '../domain/steps.js';

/** Places looked at between two steps. */
const STEP_PLACES = 256;

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** One token of the patterns, and what the pattern has that ends there. */
class Place<T> {
  value: T | undefined = undefined;
  /** By their tokens. */
  children: ReadonlyMap<string, Place<T>> = NONE;
  private own: Map<string, Place<T>> | undefined = undefined;

  /** The child of that token, which is made where there is none. */
  childAt(token: string): Place<T> {
    let child = this.children.get(token);
    if (child !== undefined) return child;
    child = new Place();
    this.own ??= new Map();
    this.own.set(token, child);
    this.children = this.own;
    return child;
  }

  drop(token: string): void {
    this.own?.delete(token);
  }
}

/** How many places may still be looked at. */
export interface PlaceBudget {
  left: number;
}

/** Thrown where a search would have to look at more places than it may. */
export class TooManyPlaces extends Error {}

/** Patterns, no two of them the same, by their tokens. Finds those that have subjects in common with another. */
export class PatternTrie<T> {
  private readonly root = new Place<T>();

  /** Adds a pattern; one that is there has that value from now on. */
  add(pattern: string, value: T): void {
    let place = this.root;
    for (const token of pattern.split('.')) place = place.childAt(token);
    place.value = value;
  }

  /** Removes a pattern, where it has that value. */
  remove(pattern: string, value: T): void {
    const path: { readonly place: Place<T>; readonly token: string }[] = [];
    let place = this.root;
    for (const token of pattern.split('.')) {
      const child = place.children.get(token);
      if (child === undefined) return;
      path.push({ place, token });
      place = child;
    }
    if (place.value !== value) return;
    place.value = undefined;
    for (let last = path.pop(); last !== undefined; last = path.pop()) {
      if (place.value !== undefined || place.children.size > 0) return;
      last.place.drop(last.token);
      place = last.place;
    }
  }

  get(pattern: string): T | undefined {
    let place: Place<T> | undefined = this.root;
    for (const token of pattern.split('.')) place = place?.children.get(token);
    return place?.value;
  }

  /**
   * A value other than `own` of a pattern that has a subject in common with `pattern`; undefined: there is none.
   * @throws TooManyPlaces
   */
  *overlapping(pattern: string, own: T | undefined, budget: PlaceBudget): Steps<T | undefined> {
    let found: T | undefined;
    const isFound = (value: T): boolean => {
      if (value !== own) found = value;
      return found !== undefined;
    };
    yield* this.search(overlapSearch(pattern, isFound), budget);
    return found;
  }

  /** The values of all patterns that have a subject in common with `pattern`. */
  *allOverlapping(pattern: string): Steps<ReadonlySet<T>> {
    const all = new Set<T>();
    const add = (value: T): boolean => {
      all.add(value);
      return false;
    };
    yield* this.search(overlapSearch(pattern, add), { left: Number.POSITIVE_INFINITY });
    return all;
  }

  /**
   * The value of a pattern, other than `pattern` itself, that stands for all subjects of `pattern`; undefined: there is none.
   * @throws TooManyPlaces
   */
  *covering(pattern: string, budget: PlaceBudget): Steps<T | undefined> {
    let found: T | undefined;
    const own = this.get(pattern);
    const isFound = (value: T): boolean => {
      if (value !== own) found = value;
      return found !== undefined;
    };
    yield* this.search(coverSearch(pattern, isFound), budget);
    return found;
  }

  /** How many places a search for the patterns that stand for one subject may have to look at, at most. */
  *mostPlaces(): Steps<number> {
    // Each place after those below it.
    const order: { readonly place: Place<T>; readonly above: number; star: number; other: number }[] = [
      { place: this.root, above: -1, star: 0, other: 0 },
    ];
    for (let at = 0; at < order.length; at++) {
      if (at % STEP_PLACES === 0) yield;
      for (const child of order[at]?.place.children.values() ?? [])
        order.push({ place: child, above: at, star: 0, other: 0 });
    }
    for (let at = order.length - 1; at > 0; at--) {
      if (at % STEP_PLACES === 0) yield;
      const { place, above, star, other } = order[at] as (typeof order)[number];
      const parent = order[above] as (typeof order)[number];
      const most = 1 + star + other;
      if (place === parent.place.children.get('*')) parent.star = most;
      else parent.other = Math.max(parent.other, most);
    }
    return 1 + (order[0]?.star ?? 0) + (order[0]?.other ?? 0);
  }

  /** Looks at places, the root first, until there are none or `look` says that it is enough. */
  private *search(look: Look<T>, budget: PlaceBudget): Steps<void> {
    const places = [this.root];
    const depths = [0];
    const go = (next: Place<T> | undefined, depth: number): void => {
      if (next === undefined) return;
      places.push(next);
      depths.push(depth);
    };
    let looked = 0;
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      if (--budget.left < 0) throw new TooManyPlaces();
      if (++looked % STEP_PLACES === 0) yield;
      if (look(place, depths.pop() ?? 0, go)) return;
    }
  }
}

/** What a search does at a place at a depth: it says which are next, and whether there is nothing more to find. */
type Look<T> = (
  place: Place<T>,
  depth: number,
  go: (next: Place<T> | undefined, depth: number) => void,
) => boolean;

/** Looks at the places of patterns that have a subject in common with `pattern`, until `isEnough`. */
function overlapSearch<T>(pattern: string, isEnough: (value: T) => boolean): Look<T> {
  const tokens = pattern.split('.');
  const { length } = tokens;
  const hasRest = tokens.at(-1) === '>';
  return ({ value, children }, depth, go) => {
    const token = tokens[depth];
    if (token === undefined && value !== undefined && isEnough(value)) return true;
    if (token === '>' || (token === undefined && hasRest)) {
      for (const child of children.values()) go(child, length);
      return false;
    }
    if (token === undefined) return false;
    const rest = children.get('>')?.value;
    if (rest !== undefined && isEnough(rest)) return true;
    if (token === '*') {
      for (const [name, child] of children) if (name !== '>') go(child, depth + 1);
      return false;
    }
    go(children.get('*'), depth + 1);
    go(children.get(token), depth + 1);
    return false;
  };
}

/** Looks at the places of patterns that stand for all subjects of `pattern`, until `isEnough`. */
function coverSearch<T>(pattern: string, isEnough: (value: T) => boolean): Look<T> {
  const tokens = pattern.split('.');
  return ({ value, children }, depth, go) => {
    const token = tokens[depth];
    if (token === undefined) return value !== undefined && isEnough(value);
    const rest = children.get('>')?.value;
    if (rest !== undefined && isEnough(rest)) return true;
    if (token === '>') return false;
    go(children.get('*'), depth + 1);
    if (token !== '*') go(children.get(token), depth + 1);
    return false;
  };
}
