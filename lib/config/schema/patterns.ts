/** Mappings of subjects from account to account. */
import { importedDestinationFault } from '../../domain/destination.js';
import { referenceOf } from '../../domain/subject.js';

/**
 * What keeps `to` from being the name here of `subject` there: both end in `>` or neither does, and `to` has a place
 * for every `*`, which is a `*` of its own, the first for the first, or `$1`.
 * @returns undefined when nothing does, or when `subject` has no wildcards
 */
export function mappingFault(subject: string, to: string): string | undefined {
  const fault = importedDestinationFault(to);
  if (fault !== undefined) return fault;
  const tokens = subject.split('.');
  const stars = tokens.filter((token) => token === '*').length;
  const isOpen = tokens.at(-1) === '>';
  const places = to.split('.').flatMap((token) => referenceOf(token) ?? []);
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
