/** Reads a V8 CPU profile (`node --cpu-prof`): which functions the time went to. */

/** The part of the `.cpuprofile` format that is read. Times are in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface HotFunction {
  /** `name file:line`, or V8's own `(program)`, `(idle)`, `(garbage collector)`. */
  readonly name: string;
  /** Share of the time that was not idle, 0..1; callees not included. */
  readonly share: number;
}

/** The functions with most time of their own, most first. */
export function hottest(profile: CpuProfile, count: number): readonly HotFunction[] {
  const names = new Map(
    profile.nodes.map(({ id, callFrame }) => {
      const file = callFrame.url.split('/').pop();
      return [
        id,
        `${callFrame.functionName || '(anonymous)'}${file ? ` ${file}:${callFrame.lineNumber + 1}` : ''}`,
      ];
    }),
  );
  const own = new Map<string, number>();
  for (const [n, id] of profile.samples.entries()) {
    const name = names.get(id) ?? '(unknown)';
    if (name !== '(idle)') own.set(name, (own.get(name) ?? 0) + (profile.timeDeltas[n] ?? 0));
  }
  const total = [...own.values()].reduce((a, b) => a + b, 0);
  return [...own]
    .map(([name, micros]) => ({ name, share: micros / total }))
    .sort((a, b) => b.share - a.share)
    .slice(0, count);
}
