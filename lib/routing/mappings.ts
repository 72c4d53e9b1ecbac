import { Transform } from '../domain/transform.js';
import { byteString, textOf } from '../frame/text.js';

/** Where a subject is mapped to, in how many percent of the cases. */
export interface MappingDestination {
  readonly subject: string;
  readonly weight: number;
  /** Name of the only cluster in which it counts; absent: in all that have none of their own. */
  readonly cluster?: string;
}

/** What messages published to one subject, or to those of a pattern, are published to instead. */
export interface MappingPlan {
  readonly subject: string;
  readonly destinations: readonly MappingDestination[];
}

/** What becomes of a subject: another one, or by chance one of several; `undefined` where it stays. */
type Outcome = string | Mapping | undefined;

/** Subjects whose outcome is kept. */
const MAX_KNOWN = 1_024;
/** Longer subjects are worked out each time: peers choose them. */
const MAX_KNOWN_CHARACTERS = 256;
/** The subject of a message that goes nowhere. */
const NOWHERE = '';

class MappingNode {
  mapping: Mapping | undefined = undefined;
  star: MappingNode | undefined = undefined;
  rest: MappingNode | undefined = undefined;
  readonly children = new Map<string, MappingNode>();

  /** The node below for one token of a pattern, made where there is none. */
  below(token: string): MappingNode {
    const known = token === '*' ? this.star : token === '>' ? this.rest : this.children.get(token);
    if (known !== undefined) return known;
    const node = new MappingNode();
    if (token === '*') this.star = node;
    else if (token === '>') this.rest = node;
    else this.children.set(token, node);
    return node;
  }

  /** The mapping of the pattern that says most of the subject from its left on: literal tokens before `*`, and `>` last. */
  find(tokens: readonly string[], depth: number): Mapping | undefined {
    const token = tokens[depth];
    if (token === undefined) return this.mapping;
    return (
      this.children.get(token)?.find(tokens, depth + 1) ??
      this.star?.find(tokens, depth + 1) ??
      this.rest?.mapping
    );
  }
}

/**
 * The subject mappings of one account: published messages are routed under the subject that theirs is mapped to.
 * Subjects are given as their bytes, one in each character. https://docs.nats.io/nats-concepts/subject_mapping
 */
export class Mappings {
  private readonly root = new MappingNode();
  private readonly known = new Map<string, Outcome>();
  private readonly random: () => number;

  /**
   * @param plans subjects and destinations as the configuration has checked them
   * @param cluster name of the cluster that the server is in
   * @param random a number from 0 to below 1
   */
  constructor(plans: readonly MappingPlan[], cluster?: string, random: () => number = Math.random) {
    this.random = random;
    for (const plan of plans) {
      let node = this.root;
      for (const token of byteString(plan.subject).split('.')) node = node.below(token);
      node.mapping = new Mapping(plan, cluster);
    }
  }

  /** The subject that `subject` is mapped to; undefined: it stays as it is. Empty: the message goes nowhere. */
  map(subject: string): string | undefined {
    let outcome = this.known.get(subject);
    if (outcome === undefined && !this.known.has(subject)) {
      outcome = this.outcomeOf(subject);
      if (subject.length <= MAX_KNOWN_CHARACTERS) {
        if (this.known.size >= MAX_KNOWN) this.known.clear();
        this.known.set(subject, outcome);
      }
    }
    return outcome instanceof Mapping ? outcome.choose(subject, this.random) : outcome;
  }

  /** The same for a subject as text, and as text. */
  mapText(subject: string): string | undefined {
    const mapped = this.map(byteString(subject));
    if (mapped === undefined) return undefined;
    const bytes = Buffer.from(mapped, 'latin1');
    return textOf(bytes, 0, bytes.length);
  }

  private outcomeOf(subject: string): Outcome {
    const mapping = this.root.find(subject.split('.'), 0);
    return mapping?.fixed?.apply(subject) ?? mapping;
  }
}

/** The destinations of one pattern, and from which percent on each is not chosen any more. */
class Mapping {
  /** The only destination, where the same subject always comes out the same. */
  readonly fixed: Transform | undefined;
  private readonly choices: readonly { readonly transform: Transform; readonly below: number }[];

  constructor({ subject, destinations }: MappingPlan, cluster: string | undefined) {
    const isOfCluster = destinations.some((each) => each.cluster !== undefined && each.cluster === cluster);
    const counted = destinations.filter((each) => each.cluster === (isOfCluster ? cluster : undefined));
    let below = 0;
    const choices = counted.map((each) => {
      below += each.weight;
      return { transform: transformOf(subject, each.subject), below };
    });
    // What is left to 100 stays as it is, unless the subject itself is a destination: then it is meant to be lost.
    const isNamed = destinations.some((each) => each.subject === subject);
    if (below < 100 && !isNamed) choices.push({ transform: transformOf(subject, subject), below: 100 });
    this.choices = choices;
    const [first] = choices;
    this.fixed =
      first !== undefined && first.below === 100 && first.transform.isFixed ? first.transform : undefined;
  }

  /** The subject that a message goes to. */
  choose(subject: string, random: () => number): string {
    const percent = Math.floor(random() * 100);
    return this.choices.find(({ below }) => percent < below)?.transform.apply(subject, random) ?? NOWHERE;
  }
}

function transformOf(from: string, to: string): Transform {
  return new Transform(byteString(from), byteString(to));
}
