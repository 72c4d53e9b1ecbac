/** Patterns of subjects compared. Plain loops: it is done once, at start. */

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
