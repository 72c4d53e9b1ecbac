/** What is measured: one cell is one shape of traffic at one payload size in one dialect. */
import type { Group } from './figures.js';

export type Dialect = 'nats' | 'line';

/** What is between TCP and the dialect. */
export type Carrier = 'tcp' | 'tls' | 'websocket';

/**
 * The leaf link of a cell: messages pass from the leaf to the hub (`up`) or from the hub to the leaf (`down`), or nothing passes,
 * as publishers and subscribers are on the same server (`idle`).
 */
export type Link = 'none' | 'up' | 'down' | 'idle';

/** How messages get from whom to whom, whatever their size. */
export interface Shape {
  readonly group: Group;
  /** `1-10`, `10-10x10` (ten subjects), `line-1-1`: unique, and what `--cells` takes. */
  readonly shape: string;
  /** For the tables: `1→10`, `10→10 on 10 subjects`, `1→1 line dialect`. */
  readonly title: string;
  readonly dialect: Dialect;
  readonly publishers: number;
  readonly subscribers: number;
  readonly subjects: number;
  /**
   * Whether every message has another subject: each publisher goes through all of them in turn, and subscribers take all of
   * them by a wildcard. Else publisher and subscriber number `n` use subject `n % subjects`.
   */
  readonly cycles: boolean;
  /** Of above 0, subscriber number `n` is a member of queue group `n % queueGroups`. */
  readonly queueGroups: number;
  /** Whether messages have a header block. */
  readonly headers: boolean;
  readonly carrier: Carrier;
  readonly link: Link;
  /**
   * Of above 0, messages are published at this rate, all publishers together, at times that do not depend on the broker, each in
   * a packet of its own. Else as fast as they are taken.
   */
  readonly perSecond: number;
}

export interface Cell extends Shape {
  /** The shape and the size: `1-10/16`. */
  readonly id: string;
  readonly payloadBytes: number;
  /** The ratio to the peer that sluice is built to reach: of the rate at least, of the CPU time of a paced cell at most. */
  readonly expected: number;
}

type Traits = Partial<Omit<Shape, 'group' | 'shape' | 'title' | 'publishers' | 'subscribers'>> & {
  /** Before the shape in ids. */
  readonly name?: string;
  /** After `1→10` in titles. */
  readonly says?: string;
};

/** A shape that is plain but for what is given. */
export function shapeOf(group: Group, publishers: number, subscribers: number, traits: Traits = {}): Shape {
  const { name, says, ...rest } = traits;
  const { subjects = 1, cycles = false } = rest;
  const each = subjects > 1 && !cycles;
  return {
    group,
    shape: `${name === undefined ? '' : `${name}-`}${publishers}-${subscribers}${each ? `x${subjects}` : ''}`,
    title: `${publishers}→${subscribers}${each ? ` on ${subjects} subjects` : ''}${says === undefined ? '' : ` ${says}`}`,
    dialect: 'nats',
    publishers,
    subscribers,
    subjects,
    cycles,
    queueGroups: 0,
    headers: false,
    carrier: 'tcp',
    link: 'none',
    perSecond: 0,
    ...rest,
  };
}

/** A cell of a shape at a payload size, in bytes. */
export function cellOf(shape: Shape, payloadBytes: number, expected: number): Cell {
  return { ...shape, id: `${shape.shape}/${payloadBytes}`, payloadBytes, expected };
}

const B16 = 16;
const B128 = 128;
const KIB = 1024;
const SMALL = [B16, B128, KIB];

function cells(
  sizes: readonly number[],
  expected: number,
  ...shape: Parameters<typeof shapeOf>
): readonly Cell[] {
  return sizes.map((bytes) => cellOf(shapeOf(...shape), bytes, expected));
}

function cycled(subjects: number): Traits {
  return {
    name: `subjects${subjects}`,
    says: `over ${subjects.toLocaleString('en')} subjects`,
    subjects,
    cycles: true,
  };
}

const HEADERS: Traits = { name: 'headers', says: 'with headers', headers: true };
const TLS: Traits = { name: 'tls', says: 'TLS', carrier: 'tls' };
const LINE: Traits = { name: 'line', says: 'with replies', dialect: 'line' };
const WEBSOCKET: Traits = { name: 'websocket', says: 'over WebSockets', carrier: 'websocket' };
const PACED = { says: 'a message a packet, 20,000/s', perSecond: 20_000 } as const;
const MIXED: Traits = { ...PACED, name: 'mixed' };

/** Every cell, in the order of the tables. */
export const CELLS: readonly Cell[] = [
  ...[0, 1].flatMap((subscribers) => [
    ...cells([B16, B128], 1.5, 'throughput', 1, subscribers),
    ...cells([KIB, 16 * KIB, 256 * KIB], 1.1, 'throughput', 1, subscribers),
  ]),
  ...cells(SMALL, 2.5, 'fan-out', 1, 10),
  ...cells(SMALL, 6, 'fan-out', 1, 100),
  ...cells(SMALL, 6, 'fan-out', 1, 1000),
  ...cells(SMALL, 5, 'fan-out', 10, 10),
  ...cells(SMALL, 1.3, 'pairs', 10, 1),
  ...cells(SMALL, 1.3, 'pairs', 10, 10, { subjects: 10 }),
  ...cells([B16, B128], 1.3, 'pairs', 100, 100, { subjects: 100 }),
  ...cells([B16], 1.5, 'subjects', 1, 1, cycled(100)),
  ...cells([B16], 1.5, 'subjects', 1, 1, cycled(10_000)),
  ...cells([B16], 2.5, 'subjects', 1, 10, cycled(1000)),
  ...cells([B16], 3, 'subjects', 10, 10, cycled(1000)),
  ...cells([B16], 1.3, 'queues', 1, 10, { name: 'queue', says: 'members of a group', queueGroups: 1 }),
  ...cells([B16], 1.3, 'queues', 1, 9, { name: 'queue3', says: 'members of three groups', queueGroups: 3 }),
  ...cells([B16], 1.3, 'queues', 1, 10, {
    ...cycled(1000),
    name: 'queue-subjects1000',
    says: 'members of a group, over 1,000 subjects',
    queueGroups: 1,
  }),
  ...cells([B128], 1.2, 'headers', 1, 1, HEADERS),
  ...cells([B128], 1.2, 'headers', 1, 10, HEADERS),
  ...cells([B128, KIB], 1, 'tls', 1, 1, TLS),
  ...cells([B128, KIB], 1, 'tls', 1, 10, TLS),
  ...cells([B16], 1, 'line', 1, 1, LINE),
  ...cells([B16], 2, 'line', 1, 10, LINE),
  ...cells([B16], 4, 'line', 1, 100, LINE),
  ...cells([B16], 1, 'mixed', 100, 1, MIXED),
];

/** What is measured over WebSockets, and the same over TCP: see `--websocket`. */
export const WEBSOCKET_PAIRS: readonly (readonly [tcp: Cell, websocket: Cell])[] = [
  ...cells([B16, KIB], 1, 'websocket', 1, 1, WEBSOCKET),
  ...cells([B16, KIB], 1, 'websocket', 1, 10, WEBSOCKET),
  ...cells([B16], 1, 'websocket', 100, 1, { ...WEBSOCKET, ...PACED, name: 'websocket-mixed' }),
].map((cell) => [overTcp(cell), cell] as const);

function overTcp(cell: Cell): Cell {
  const id = cell.id.replace('websocket-', '');
  const found = CELLS.find((each) => each.id === id);
  if (found === undefined) throw new RangeError(`no cell is called ${id}`);
  return found;
}

const UP: Traits = { name: 'leaf-up', says: 'from leaf to hub', link: 'up' };
const DOWN: Traits = { name: 'leaf-down', says: 'from hub to leaf', link: 'down' };
const IDLE: Traits = { name: 'leaf-idle', says: 'on one server', link: 'idle' };

/** What is measured over a leaf link, and beside one: see `--leaf`. */
export const LEAF_CELLS: readonly Cell[] = [
  ...[UP, DOWN].flatMap((traits) =>
    [
      [1, 1],
      [1, 10],
      [10, 10],
    ].flatMap(([publishers = 0, subscribers = 0]) => [
      ...cells([B16], 1.5, 'leaf', publishers, subscribers, traits),
      ...cells([KIB], 1, 'leaf', publishers, subscribers, traits),
    ]),
  ),
  ...cells([B16], 0.97, 'leaf-idle', 1, 1, IDLE),
  ...cells([B16], 0.97, 'leaf-idle', 1, 10, IDLE),
];

/** What a quick run measures: of each kind of traffic one cell or two. */
export const QUICK_CELLS: readonly Cell[] = selectCells(
  '1-0/16,1-1/16,1-1/1024,1-10/16,1-100/128,10-10/16,10-10x10/16,subjects10000-1-1/16,queue-1-10/16,headers-1-1/128,' +
    'tls-1-1/1024,line-1-10/16,mixed-100-1/16',
);

/**
 * The cells a comma-separated list names, in table order. A name is a whole id (`1-10/16`), a shape (`1-10`,
 * every size), a size (`/16`, every shape) or a group (`fan-out`). Throws a `RangeError` for a name that fits no cell.
 */
export function selectCells(list: string, cells: readonly Cell[] = CELLS): readonly Cell[] {
  const wanted = new Set<Cell>();
  for (const name of list.split(',').map((part) => part.trim())) {
    const found = cells.filter(
      ({ id, shape, group }) =>
        name !== '' &&
        (id === name || shape === name || group === name || (name[0] === '/' && id.endsWith(name))),
    );
    if (found.length === 0) {
      throw new RangeError(`no cell is called '${name}'; there are ${cells.map(({ id }) => id).join(' ')}`);
    }
    for (const cell of found) wanted.add(cell);
  }
  return cells.filter((cell) => wanted.has(cell));
}

/** Shape and size, for people: `1→10, 16 B`. */
export function labelOf({ title, payloadBytes }: Cell): string {
  return `${title}, ${payloadBytes >= KIB ? `${payloadBytes / KIB} KiB` : `${payloadBytes} B`}`;
}

/** Copies of each published message that arrive somewhere. */
export function fanOut({ subscribers, subjects, cycles, queueGroups }: Shape): number {
  if (queueGroups > 0) return queueGroups;
  return cycles ? subscribers : subscribers / subjects;
}

/** Subject number `n % subjects` of the shape; all have the same length. */
export function subjectOf({ subjects }: Shape, n: number): string {
  const digits = Math.max(2, String(subjects - 1).length);
  return `bench.${String(n % subjects).padStart(digits, '0')}`;
}

/** What subscriber number `subscriber` subscribes to. */
export function subscriptionOf(shape: Shape, subscriber: number): string {
  return shape.cycles ? 'bench.*' : subjectOf(shape, subscriber);
}

/** Numbers of the publishers whose messages subscriber number `subscriber`, or its queue group, gets. */
export function feedersOf({ publishers, subjects, cycles }: Shape, subscriber: number): readonly number[] {
  const all = Array.from({ length: publishers }, (_, n) => n);
  return cycles ? all : all.filter((n) => n % subjects === subscriber % subjects);
}
