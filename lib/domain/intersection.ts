/** The subjects, or the pattern of them, that match both patterns; undefined: there are none. */
export function intersection(one: string, other: string): string | undefined {
  const tokens = one.split('.');
  const others = other.split('.');
  const both: string[] = [];
  for (let i = 0; ; i++) {
    const [a, b] = [tokens[i], others[i]];
    if (a === undefined || b === undefined) return a === b ? both.join('.') : undefined;
    if (a === '>') return [...both, ...others.slice(i)].join('.');
    if (b === '>') return [...both, ...tokens.slice(i)].join('.');
    if (a !== b && a !== '*' && b !== '*') return undefined;
    both.push(a === '*' ? b : a);
  }
}
