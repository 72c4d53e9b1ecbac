import { referenceOf } from './subject.js';

/*
 * Subject mapping between accounts. What the wildcards of one side stood for is put in the place of the wildcards of
 * the other: a `*` there takes them in order, `$2` and `{{wildcard(2)}}` say which. A last `>` takes all that is left.
 * https://docs.nats.io/nats-concepts/subject_mapping
 */

type Part = { readonly literal: string } | { readonly wildcard: number } | 'rest';

/** The wildcards of a pattern, in the order of its tokens; `*` are counted from 1, references say their number. */
function partsOf(pattern: string): Part[] {
  let stars = 0;
  return pattern.split('.').map((token, index, all) => {
    if (token === '>' && index === all.length - 1) return 'rest';
    if (token === '*') return { wildcard: ++stars };
    const wildcard = referenceOf(token);
    return wildcard === undefined ? { literal: token } : { wildcard };
  });
}

/** From subjects of one pattern to subjects of another. */
export class Transform {
  private readonly from: readonly Part[];
  private readonly to: readonly Part[];

  constructor(from: string, to: string) {
    this.from = partsOf(from);
    this.to = partsOf(to);
  }

  /** The other side's subject; `subject` must match the pattern it comes from. */
  apply(subject: string): string {
    const tokens = subject.split('.');
    const values = new Map<number, string>();
    let rest = '';
    for (const [index, part] of this.from.entries()) {
      if (part === 'rest') rest = tokens.slice(index).join('.');
      else if ('wildcard' in part) values.set(part.wildcard, tokens[index]!);
    }
    return this.to
      .map((part) => {
        if (part === 'rest') return rest;
        return 'literal' in part ? part.literal : (values.get(part.wildcard) ?? '');
      })
      .join('.');
  }
}
