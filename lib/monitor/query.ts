const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['', '0', 'f', 'F', 'FALSE', 'false', 'False']);
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * The parameters of one request. What is wrong with the first wrong one stays in `fault`, in nats-server's words; the
 * getters then answer as if it were absent, so a handler reads all it takes and looks at `fault` once.
 */
export class Query {
  fault: string | undefined = undefined;
  private readonly parameters: URLSearchParams;

  /** @param text what follows the `?` */
  constructor(text: string) {
    this.parameters = new URLSearchParams(text);
  }

  /** The first value of the parameter; empty when it is absent. */
  text(name: string): string {
    return this.parameters.get(name) ?? '';
  }

  /** False when absent. */
  bool(name: string): boolean {
    const text = this.text(name);
    if (TRUE.has(text)) return true;
    if (!FALSE.has(text)) this.reject('boolean', name, 'ParseBool', text, 'invalid syntax');
    return false;
  }

  /** A signed 64-bit integer; 0 when absent. */
  int(name: string): number {
    return this.integer(name, 'int', 'Atoi', /^[+-]?\d+$/, INT64_MIN, INT64_MAX);
  }

  /** An unsigned 64-bit integer; 0 when absent. Inexact beyond 2^53. */
  uint(name: string): number {
    return this.integer(name, 'uint64', 'ParseUint', /^\d+$/, 0n, UINT64_MAX);
  }

  /** Whether and how subscriptions are asked for. */
  subs(): 'none' | 'list' | 'detail' {
    if (this.text('subs').toLowerCase() === 'detail') return 'detail';
    return this.bool('subs') ? 'list' : 'none';
  }

  /** Records a fault that needs other words than a malformed value. */
  refuse(fault: string): void {
    this.fault ??= fault;
  }

  private integer(
    name: string,
    type: string,
    parser: string,
    syntax: RegExp,
    min: bigint,
    max: bigint,
  ): number {
    const text = this.text(name);
    if (text === '') return 0;
    if (!syntax.test(text)) {
      this.reject(type, name, parser, text, 'invalid syntax');
      return 0;
    }
    const value = BigInt(text.replace('+', ''));
    if (value >= min && value <= max) return Number(value);
    this.reject(type, name, parser, text, 'value out of range');
    return 0;
  }

  private reject(type: string, name: string, parser: string, text: string, fault: string): void {
    this.refuse(
      `Error decoding ${type} for '${name}': strconv.${parser}: parsing ${JSON.stringify(text)}: ${fault}`,
    );
  }
}
