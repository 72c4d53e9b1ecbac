/** As much of JSON Schema as corpus/schema.json uses. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: 'object' | 'array' | 'string' | 'boolean' | 'number';
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

/** What is wrong with `value`, with its place; nothing where it is as the schema has it. */
export function schemaFaults(schema: Schema, value: unknown, root: Schema = schema, at = '$'): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/$defs/', '');
    return schemaFaults(root.$defs![name]!, value, root, at);
  }
  if (schema.anyOf !== undefined) {
    const fits = schema.anyOf.some((each) => schemaFaults(each, value, root, at).length === 0);
    return fits ? [] : [`${at}: none of ${schema.anyOf.length}`];
  }
  if ('const' in schema) return value === schema.const ? [] : [`${at}: not ${JSON.stringify(schema.const)}`];
  if (schema.enum !== undefined) return schema.enum.includes(value) ? [] : [`${at}: not one of the values`];
  if (schema.type !== undefined && kindOf(value) !== schema.type) return [`${at}: no ${schema.type}`];
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value as string))
    return [`${at}: not like ${schema.pattern}`];
  if (schema.type === 'array' && schema.items !== undefined)
    return (value as unknown[]).flatMap((each, i) => schemaFaults(schema.items!, each, root, `${at}[${i}]`));
  return schema.type === 'object' ? objectFaults(schema, value as Record<string, unknown>, root, at) : [];
}

function objectFaults(schema: Schema, value: Record<string, unknown>, root: Schema, at: string): string[] {
  const faults = (schema.required ?? [])
    .filter((name) => !(name in value))
    .map((name) => `${at}: no ${name}`);
  for (const [name, field] of Object.entries(value)) {
    const known = schema.properties?.[name] ?? schema.additionalProperties ?? true;
    if (known === false) faults.push(`${at}: unknown ${name}`);
    else if (known !== true) faults.push(...schemaFaults(known, field, root, `${at}.${name}`));
  }
  return faults;
}
