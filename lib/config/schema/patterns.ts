/** Patterns of subjects compared and renamed. Plain loops: it is done once, at start. */

/** Whether every subject that `narrow` stands for is also one of `wide`. */
export function covers(wide: string, narrow: string): boolean {
  const wideTokens = wide.split('.');
  const narrowTokens = narrow.split('.');
  for (const [index, token] of wideTokens.entries()) {
    const other = narrowTokens[index];
    if (other === undefined) return false;
    if (token === '>') return true;
    if (other === '>' || (token !== '*' && token !== other)) return false;
  }
  return wideTokens.length === narrowTokens.length;
}

/** Whether there is a subject that both stand for. */
export function overlap(one: string, other: string): boolean {
  const tokens = one.split('.');
  const others = other.split('.');
  for (let index = 0; index < Math.min(tokens.length, others.length); index++) {
    const token = tokens[index]!;
    const counterpart = others[index]!;
    if (token === '>' || counterpart === '>') return true;
    if (token !== '*' && counterpart !== '*' && token !== counterpart) return false;
  }
  return tokens.length === others.length;
}

/** Which `*` of the other side a token stands for, from 1; undefined: none. */
function placeOf(token: string): number | undefined {
  const digits = /^\$(\d+)$/.exec(token)?.[1] ?? /^\{\{wildcard\((\d+)\)\}\}$/i.exec(token)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * What keeps `to` from being the name here of `subject` there: both end in `>` or neither does, and `to` has a place
 * for every `*`, which is a `*` of its own, the first for the first, or `$1`.
 * @returns undefined when nothing does, or when `subject` has no wildcards
 */
export function mappingFault(subject: string, to: string): string | undefined {
  const tokens = subject.split('.');
  const stars = tokens.filter((token) => token === '*').length;
  const isOpen = tokens.at(-1) === '>';
  const places = to.split('.').flatMap((token) => placeOf(token) ?? []);
  const outside = places.find((place) => place < 1 || place > stars);
  if (outside !== undefined) return `to names wildcard ${outside}, and ${subject} has ${stars}`;
  if (stars === 0 && !isOpen) return undefined;
  if (isOpen !== (to.split('.').at(-1) === '>')) return `${subject} and to must both end in >, or neither`;
  const ownStars = to.split('.').filter((token) => token === '*').length;
  if (ownStars > 0 && places.length > 0) return 'to mixes * with $1, allowed: one of them';
  const named = ownStars > 0 ? ownStars : new Set(places).size;
  return named === stars ? undefined : `to has places for ${named} wildcards, and ${subject} has ${stars}`;
}

/** `to` with `$1` for its first `*` and so on, where `subject` has as many; what {@link mappingFault} has passed. */
export function withPlaces(to: string, subject: string): string {
  if (!subject.split('.').includes('*')) return to;
  let place = 0;
  return to.replace(/(?<=^|\.)\*(?=\.|$)/g, () => `$${++place}`);
}
