import { getHeapStatistics } from 'node:v8';

/** Variables of the runtime, under the names that Go has for them; there are no others. The command line may hold secrets. */
export function expvarz(): object {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const { heap_size_limit: limit, number_of_native_contexts: contexts } = getHeapStatistics();
  return {
    memstats: {
      Alloc: heapUsed,
      Sys: rss,
      HeapAlloc: heapUsed,
      HeapSys: heapTotal,
      HeapInuse: heapUsed,
      HeapIdle: heapTotal - heapUsed,
      HeapLimit: limit,
      External: external,
      NativeContexts: contexts,
    },
    cmdline: ['sluice'],
  };
}

/** There are no profiles of Go's runtime: the answer says what Node has instead. */
export function profilez(name: string): object {
  const error =
    name === ''
      ? 'Profile name not specified'
      : `Profile ${JSON.stringify(name)} not found: for profiles start the server with node --inspect, --cpu-prof or --heap-prof`;
  return { profile: null, error };
}
