/**
 * A part of the program that most brokers do without: its code is loaded when it is first needed. What it is needed for, and
 * when that is: docs/architecture.md, "Loading".
 */
export class Loadable<T> {
  /** Undefined until it is loaded. */
  value: T | undefined;
  private readonly start: () => Promise<T>;
  private loading: Promise<T> | undefined;

  /** @param start loads it; called once at most */
  constructor(start: () => Promise<T>) {
    this.start = start;
  }

  /** A part that is there from the start. */
  static loaded<T>(value: T): Loadable<T> {
    const loadable = new Loadable<T>(async () => value);
    loadable.value = value;
    return loadable;
  }

  /** Loads it, unless it is loaded. */
  load(): Promise<T> {
    this.loading ??= this.begin();
    return this.loading;
  }

  /** Calls `then` with it: now where it is loaded. */
  use(then: (value: T) => void): void {
    if (this.value === undefined) void this.load().then(then);
    else then(this.value);
  }

  private async begin(): Promise<T> {
    const value = await this.start();
    this.value = value;
    return value;
  }
}
