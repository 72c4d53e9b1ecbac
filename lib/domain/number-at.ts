/** The number at an index that lies within a typed array. */
export function numberAt(numbers: { readonly [index: number]: number }, index: number): number {
  return numbers[index] ?? Number.NaN;
}
