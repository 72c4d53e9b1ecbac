/** What becomes of `mappings`. */
import { destinationFault } from '../../domain/destination.js';
import { isPattern } from '../schema/subjects.js';
import { type Item, Output } from './output.js';
import { itemsOf, map, text } from './readers.js';
import { block, copied, goQuoted, type KeyRow, special, translateBlock } from './rows.js';

/** A destination with its weight. */
export const MAPPING: readonly KeyRow[] = [
  copied(['dest', 'destination'], 'dest', text),
  special(['weight'], 'weight', 'Percent, 50 or "50%".', (item, out) => {
    const { value } = item;
    const digits = value.kind === 'text' ? value.value.replace(/%$/, '') : '';
    if (value.kind === 'text' && !/^[+-]?\d+$/.test(digits)) {
      out.refuseAs(item, `Invalid weight ${goQuoted(digits)} for mapping destination`);
      return;
    }
    const weight = value.kind === 'integer' ? value.value : Number(digits);
    if (value.kind !== 'integer' && value.kind !== 'text')
      out.refuse(item, 'not a weight, allowed: a whole number from 0 to 100, or one such as "50%"');
    else if (weight >= 0 && weight <= 100) out.set('weight', weight, item);
    else out.refuseAs(item, `Invalid weight ${weight} for mapping destination`);
  }),
  copied(['cluster'], 'cluster', text, 'Counts in the cluster of that name only.'),
];

const unknown = (key: string) => `Unknown field ${goQuoted(key)} for mapping destination`;

/** One destination in a table of its own; undefined: something is wrong with it. */
function destination(item: Item, out: Output): object | undefined {
  if (item.value.kind !== 'map') {
    out.refuseAs(item, 'Expected an entry for the mapping destination');
    return undefined;
  }
  const inner = new Output(out.findings);
  const { problems } = out.findings;
  const before = problems.length;
  if (!translateBlock(item, MAPPING, inner, unknown) || problems.length > before) return undefined;
  const { dest = '', weight } = inner.tree as { dest?: string; weight?: number };
  if (weight !== undefined) return inner.tree;
  out.refuseAs(item, `Missing weight for mapping destination ${goQuoted(dest)}`);
  return undefined;
}

/** The destinations of one subject; undefined: something is wrong with them. */
function destinations(item: Item, out: Output): string | readonly object[] | undefined {
  if (item.value.kind === 'text') return item.value.value;
  const items = item.value.kind === 'list' ? itemsOf(item.value, item.path) : [item];
  const found = items.map((each) => destination(each, out));
  return found.includes(undefined) ? undefined : (found as object[]);
}

/** Why nats-server would not take the destinations, in its words; undefined: it does. */
function faultOf(subject: string, given: string | readonly object[]): string | undefined {
  const name = goQuoted(subject);
  if (typeof given === 'string') {
    const fault = destinationFault(subject, given);
    return fault && `Error adding mapping for ${name} to ${goQuoted(given)} : ${fault}`;
  }
  const seen = new Set<string>();
  const totals = new Map<string, number>();
  for (const { dest = '', weight, cluster = '' } of given as {
    dest?: string;
    weight: number;
    cluster?: string;
  }[]) {
    const total = (totals.get(cluster) ?? 0) + weight;
    totals.set(cluster, total);
    const fault = seen.has(dest)
      ? `duplicate entry for ${goQuoted(dest)}`
      : total > 100
        ? 'total weight needs to be <= 100'
        : destinationFault(subject, dest);
    if (fault !== undefined) return `Error adding mapping for ${name} : ${fault}`;
    seen.add(dest);
  }
  return undefined;
}

/** The block `mappings`, at the top and of an account. */
export const mappings: KeyRow = block(
  ['mappings', 'maps'],
  'mappings',
  'Subjects with a destination, `{ dest, weight, cluster }`, or a list of these.',
  (item, out) => {
    const entries = map(item, out);
    if (entries === undefined || entries.length === 0) return;
    const table = out.table('mappings', item);
    for (const entry of entries) {
      if (!isPattern(entry.key)) {
        out.refuseAs(item, `Subject ${goQuoted(entry.key)} is not a valid subject`);
        continue;
      }
      const given = destinations(entry, out);
      const fault = given === undefined ? undefined : faultOf(entry.key, given);
      if (fault !== undefined) out.refuseAs(entry, fault);
      else if (given !== undefined) table.setNamed(entry.key, given, entry);
    }
  },
);
