/** What is measured: one cell is one shape of traffic at one payload size in one dialect. */

export type Dialect = 'nats' | 'line';

export interface Cell {
  /** `1-10/16`, `10-10x10/16` (ten subjects), `line-1-1/16`: unique, and what `--cells` takes. */
  readonly id: string;
  /** For the tables: `1→10`, `10→10 on 10 subjects`, `1→1 line dialect`. */
  readonly title: string;
  readonly dialect: Dialect;
  readonly publishers: number;
  readonly subscribers: number;
  /** Publisher and subscriber number `n` use subject `n % subjects`. */
  readonly subjects: number;
  readonly payloadBytes: number;
}

type Shape = readonly [dialect: Dialect, publishers: number, subscribers: number, subjects: number];

function cell([dialect, publishers, subscribers, subjects]: Shape, payloadBytes: number): Cell {
  const line = dialect === 'line';
  const shape = `${publishers}-${subscribers}${subjects > 1 ? `x${subjects}` : ''}`;
  return {
    id: `${line ? 'line-' : ''}${shape}/${payloadBytes}`,
    title: `${publishers}→${subscribers}${subjects > 1 ? ` on ${subjects} subjects` : ''}${line ? ' line dialect' : ''}`,
    dialect,
    publishers,
    subscribers,
    subjects,
    payloadBytes,
  };
}

const NATS_SHAPES: readonly Shape[] = [
  ['nats', 1, 0, 1],
  ['nats', 1, 1, 1],
  ['nats', 1, 10, 1],
  ['nats', 1, 100, 1],
  ['nats', 10, 10, 1],
  ['nats', 10, 10, 10],
];
const LINE_SHAPES: readonly Shape[] = [
  ['line', 1, 1, 1],
  ['line', 1, 10, 1],
];

/** Every cell, in the order of the tables. */
export const CELLS: readonly Cell[] = [
  ...NATS_SHAPES.flatMap((shape) => [16, 128, 1024].map((payloadBytes) => cell(shape, payloadBytes))),
  ...LINE_SHAPES.map((shape) => cell(shape, 16)),
];

/** What `--quick` runs: everything at 16 B, and 1→1 and 1→10 at the larger sizes. */
export const QUICK_CELLS: readonly Cell[] = CELLS.filter(
  ({ payloadBytes, publishers, subscribers }) =>
    payloadBytes === 16 || (publishers === 1 && (subscribers === 1 || subscribers === 10)),
);

/**
 * The cells a comma-separated list names, in table order. A name is a whole id (`1-10/16`), a shape (`1-10`,
 * every size) or a size (`/16`, every shape). Throws a `RangeError` for a name that fits no cell.
 */
export function selectCells(list: string, cells: readonly Cell[] = CELLS): readonly Cell[] {
  const wanted = new Set<Cell>();
  for (const name of list.split(',').map((part) => part.trim())) {
    const found = cells.filter(
      ({ id }) =>
        name !== '' && (id === name || id.startsWith(`${name}/`) || (name[0] === '/' && id.endsWith(name))),
    );
    if (found.length === 0) {
      throw new RangeError(`no cell is called '${name}'; there are ${cells.map(({ id }) => id).join(' ')}`);
    }
    for (const cell of found) wanted.add(cell);
  }
  return cells.filter((cell) => wanted.has(cell));
}

/** Copies of each published message that arrive somewhere. */
export function fanOut({ subscribers, subjects }: Cell): number {
  return subscribers / subjects;
}

/** The subject that publisher or subscriber number `n` of the cell uses. */
export function subjectOf({ subjects }: Cell, n: number): string {
  return `bench.${String(n % subjects).padStart(2, '0')}`;
}

/** Numbers of the publishers whose messages subscriber number `subscriber` gets. */
export function feedersOf({ publishers, subjects }: Cell, subscriber: number): readonly number[] {
  return Array.from({ length: publishers }, (_, n) => n).filter(
    (n) => n % subjects === subscriber % subjects,
  );
}
