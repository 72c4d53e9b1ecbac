/** Settings that may be absent. A start takes the defaults of nearly all of them, so their schemas are built when they are needed. */
import * as v from 'valibot';

/** What an absent setting is. */
interface Absent<Given, Value> {
  /** In the file's form: `"2s"`, not 2000. */
  readonly given: () => Given;
  /** What comes out for it; a new one each time where it is a list or a table. */
  readonly value: () => Value;
}

/**
 * `v.optional` whose schema is built when a value, or what the schema says, is asked for. Its default is right, which
 * `spec/config/defaults.spec.ts` checks, so it is not checked again.
 */
export class OptionalSetting<Schema extends v.GenericSchema, const Given extends v.Default<Schema, undefined>>
  implements v.OptionalSchema<Schema, Given>
{
  readonly kind = 'schema';
  readonly type = 'optional';
  readonly reference = v.optional;
  readonly async = false;
  private readonly make: () => Schema;
  private readonly absent: Absent<Given, unknown> | undefined;
  private built: Schema | undefined;

  /** @param absent undefined: it is left out, for a rule to fill in */
  constructor(make: () => Schema, absent: Absent<Given, unknown> | undefined) {
    this.make = make;
    this.absent = absent;
  }

  get wrapped(): Schema {
    this.built ??= this.make();
    return this.built;
  }

  get default(): Given {
    return this.absent?.given() as Given; // without one, Given is undefined
  }

  get expects(): `(${Schema['expects']} | undefined)` {
    return `(${this.wrapped.expects} | undefined)`;
  }

  get '~standard'(): v.StandardProps<
    v.InferInput<v.OptionalSchema<Schema, Given>>,
    v.InferOutput<v.OptionalSchema<Schema, Given>>
  > {
    return v.optional<Schema, Given>(this.wrapped, this.default)['~standard'];
  }

  '~run'(
    dataset: v.UnknownDataset,
    config: v.Config<v.BaseIssue<unknown>>,
  ): v.OutputDataset<v.InferOutput<v.OptionalSchema<Schema, Given>>, v.InferIssue<Schema>> {
    type Output = v.InferOutput<v.OptionalSchema<Schema, Given>>;
    const { value } = dataset;
    if (value === undefined || (this.absent !== undefined && value === this.absent.given()))
      return { typed: true, value: this.absent?.value() as Output };
    return this.wrapped['~run'](dataset, config) as v.OutputDataset<Output, v.InferIssue<Schema>>;
  }

  /** Adds the default to a table that does not have the setting; where there is none, the table stays as it is. */
  fillIn(table: Record<string, unknown>, key: string): void {
    if (this.absent !== undefined) table[key] = this.absent.value();
  }
}

/**
 * A setting with a default.
 * @param given the default in the file's form
 * @param value what comes out for it
 */
export function optional<Schema extends v.GenericSchema, const Given extends v.Default<Schema, undefined>>(
  make: () => Schema,
  given: () => Given,
  value: () => v.InferOutput<Schema>,
): v.OptionalSchema<Schema, Given> {
  return new OptionalSetting(make, { given, value });
}

/** A setting without a default: undefined where it is not given. */
export function withoutDefault<Schema extends v.GenericSchema>(
  make: () => Schema,
): v.OptionalSchema<Schema, undefined> {
  return new OptionalSetting<Schema, undefined>(make, undefined);
}

/** A schema that is built with the first value that is checked. */
export function later<const Schema extends v.GenericSchema>(
  make: () => Schema,
): v.GenericSchema<v.InferInput<Schema>, v.InferOutput<Schema>> {
  let built: Schema | undefined;
  return v.lazy(() => {
    built ??= make();
    return built;
  });
}
