/** A map by names that has them in order as well, kept so with each change: lists are asked for in parts, in that order. */
export class NamedMap<T> extends Map<string, T> {
  private readonly ordered: string[] = [];

  /** The names in their order. Changes with the map. */
  get names(): readonly string[] {
    return this.ordered;
  }

  override set(name: string, value: T): this {
    if (!this.has(name)) this.ordered.splice(this.placeOf(name), 0, name);
    return super.set(name, value);
  }

  override delete(name: string): boolean {
    if (!super.delete(name)) return false;
    this.ordered.splice(this.placeOf(name), 1);
    return true;
  }

  override clear(): void {
    super.clear();
    this.ordered.length = 0;
  }

  /** Index of the first name that is not before `name`. */
  private placeOf(name: string): number {
    const { ordered } = this;
    let low = 0;
    let high = ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ordered[middle] ?? '') < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
