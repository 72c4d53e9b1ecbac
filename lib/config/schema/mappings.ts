/** Subject mappings, in TOML's words: `"orders.*" = "shop.orders.$1"`, or a list of destinations with weights. */
import * as v from 'valibot';
import { later } from '../optional-setting.js';
import { isTable, strict } from '../strict.js';
import { isName, isPattern, NAME_ALLOWED } from './subjects.js';

const wrongDestination = 'not a destination, allowed: a subject, where $1 is what the first * stands for';
const wrongWeight = 'not a weight, allowed: a whole number from 0 to 100, or one in text such as "25%"';
const wrongCluster = `not the name of a cluster, allowed: ${NAME_ALLOWED}`;

const subject = v.string(wrongDestination);

const weight = later(() =>
  v.pipe(
    v.union([v.number(), v.string()], wrongWeight),
    v.transform((given) =>
      typeof given === 'number' ? given : /^\d{1,3}%?$/.test(given) ? Number.parseInt(given, 10) : Number.NaN,
    ),
    v.check((percent) => Number.isInteger(percent) && percent >= 0 && percent <= 100, wrongWeight),
  ),
);

const destination = later(() =>
  strict({
    dest: subject,
    weight,
    cluster: v.optional(v.pipe(v.string(wrongCluster), v.check(isName, wrongCluster))),
  }),
);

const one = later(() =>
  v.pipe(
    destination,
    v.transform((only) => [only]),
  ),
);
const plain = later(() =>
  v.pipe(
    subject,
    v.transform((dest): v.InferOutput<typeof destination>[] => [{ dest, weight: 100 }]),
  ),
);
const many = later(() => v.array(destination, 'not a list of destinations'));

const destinations = later(() =>
  v.lazy((input) => (Array.isArray(input) ? many : isTable(input) ? one : plain)),
);

const names = later(() =>
  v.pipe(
    v.string(),
    v.check(
      isPattern,
      'not usable, allowed: a subject, where * is any token and > at the end all that follow',
    ),
  ),
);
const wrong = 'not a table, allowed: subjects with their destinations';
const table = later(() => v.record(names, destinations, wrong));
const other = v.never(wrong);

/** Destinations by the subject that is mapped. */
export const mappings = v.lazy((input) => (isTable(input) ? table : other));

/** One subject's destinations. */
export type MappingSettings = v.InferOutput<typeof many>;
