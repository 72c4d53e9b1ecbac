/** What has to hold for the destinations of a mapping. */
import { destinationFault } from '../../domain/destination.js';
import type { Fault } from './fault.js';
import type { MappingSettings } from './mappings.js';

/** What is wrong with mappings that are right by themselves. @param path of the table they are in */
export function* mappingFaults(
  path: readonly (string | number)[],
  mapped: Readonly<Record<string, MappingSettings>> | undefined,
): Iterable<Fault> {
  for (const [source, given] of Object.entries(mapped ?? {})) {
    const totals = new Map<string | undefined, number>();
    const seen = new Set<string>();
    for (const [index, { dest, weight: percent, cluster }] of given.entries()) {
      const place = [...path, source, index];
      const fault = destinationFault(source, dest);
      if (fault !== undefined) yield { path: [...place, 'dest'], message: fault };
      if (seen.has(dest))
        yield { path: [...place, 'dest'], message: `duplicate entry for ${JSON.stringify(dest)}` };
      seen.add(dest);
      const total = (totals.get(cluster) ?? 0) + percent;
      totals.set(cluster, total);
      if (total > 100 && total - percent <= 100)
        yield { path: [...place, 'weight'], message: 'total weight needs to be <= 100' };
    }
  }
}
