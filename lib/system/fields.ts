/** A value of a request's body, by the type that nats-server's field has. */
export type FieldType = 'string' | 'bool' | 'int' | 'uint64' | '[]string';

/** The fields that a request may have in its body. */
export type Fields = Readonly<Record<string, FieldType>>;

type Value = string | boolean | number | readonly string[];

/** Fields that say which servers a request is for. */
export const FILTER_FIELDS: Fields = {
  server_name: 'string',
  cluster: 'string',
  host: 'string',
  exact_match: 'bool',
  tags: '[]string',
  domain: 'string',
};

/** The body of a request: what of it is known, each value of its type. */
export class RequestOptions {
  private readonly values: ReadonlyMap<string, Value>;

  constructor(values: ReadonlyMap<string, Value> = new Map()) {
    this.values = values;
  }

  /** Empty when absent. */
  text(name: string): string {
    const value = this.values.get(name);
    return typeof value === 'string' ? value : '';
  }

  /** False when absent. */
  flag(name: string): boolean {
    return this.values.get(name) === true;
  }

  /** 0 when absent. */
  number(name: string): number {
    const value = this.values.get(name);
    return typeof value === 'number' ? value : 0;
  }

  /** Empty when absent. */
  list(name: string): readonly string[] {
    const value = this.values.get(name);
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }
}

/**
 * Reads the JSON body of a request; what is in it beyond `fields` is ignored, as by nats-server.
 * @returns the options, or what is wrong with them
 */
export function readOptions(body: Buffer, fields: Fields): RequestOptions | string {
  if (body.length === 0) return new RequestOptions();
  let given: unknown;
  try {
    given = JSON.parse(body.toString());
  } catch {
    return 'invalid JSON in the body of the request';
  }
  if (given === null) return new RequestOptions();
  if (typeof given !== 'object' || Array.isArray(given))
    return `json: cannot unmarshal ${kindOf(given)} into the options of the request`;
  const values = new Map<string, Value>();
  for (const [key, value] of Object.entries(given)) {
    const name = key.toLowerCase(); // Go's JSON takes keys in any case
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (type === undefined || value === null) continue;
    if (!isOf(type, value))
      return `json: cannot unmarshal ${kindOf(value)} into field ${name} of type ${type}`;
    values.set(name, value);
  }
  return new RequestOptions(values);
}

function isOf(type: FieldType, value: unknown): value is Value {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return Number.isSafeInteger(value);
    case 'uint64':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case '[]string':
      return Array.isArray(value) && value.every((each) => typeof each === 'string');
  }
}

/** The type of a JSON value as Go names it. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return `number ${value}`;
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
