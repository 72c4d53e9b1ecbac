/** Whether two configurations, or parts of them, say the same, in whatever order. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((each, index) => isSame(each, other[index]));
  }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(one);
  if (entries.length !== Object.keys(other).length) return false;
  return entries.every(
    ([name, value]) => Object.hasOwn(other, name) && isSame(value, Reflect.get(other, name)),
  );
}
