/** What a run of the bench leaves: figures, which are rows of its tables, and curves, which are plots. Plain data. */

/** The parts of the table, in its order. */
export const GROUPS = {
  throughput: 'Throughput',
  'fan-out': 'Fan-out',
  pairs: 'Fan-in and many pairs',
  subjects: 'Many subjects',
  queues: 'Queue groups',
  headers: 'Headers',
  replies: 'Request and reply',
  latency: 'Latency',
  connections: 'Connections',
  subscriptions: 'Subscriptions',
  tls: 'TLS',
  websocket: 'WebSocket',
  leaf: 'Leaf links',
  'leaf-peer': 'Leaf links to a peer',
  'leaf-idle': 'Beside an idle leaf link',
  line: 'Line dialect, against Redis pub/sub',
  mixed: 'Mixed and unbatched',
  process: 'Process',
} as const;

export type Group = keyof typeof GROUPS;

/** What is counted, as it stands in tables. */
export type Unit =
  | 'messages/s'
  | 'requests/s'
  | 'connects/s'
  | 'subscribes/s'
  | 'matches/s'
  | 'unsubscribes/s'
  | 'CPU s per million'
  | 'seconds'
  | 'bytes'
  | 'cores';

/** A measurement that did not come about, and why. */
export interface Failure {
  readonly failure: string;
}

/** One quantity of one cell, measured on several brokers in turns. */
export interface Figure {
  /** Unique in a run: the cell, a blank, the quantity: `1-1/16 rate`, `latency-20k p99`. Stable between revisions. */
  readonly id: string;
  readonly group: Group;
  /** The cell, for people: `1→10, 128 B`. */
  readonly title: string;
  /** The quantity, for people, where the cell has several or it is not the rate of publishing: `p99`, `idle memory`. */
  readonly quantity?: string;
  readonly unit: Unit;
  readonly better: 'higher' | 'lower';
  /** The ratio to the peer that sluice is built to reach: at least that where higher is better, else at most. */
  readonly expected?: number;
  /**
   * Of each contender that can run the cell, one sample a round. Sample `n` of all contenders was taken within seconds of
   * each other, so ratios are made within a round.
   */
  readonly samples: Readonly<Record<string, readonly (number | Failure)[]>>;
  /** What a reader should know about these samples, a sentence each. */
  readonly notes?: readonly string[];
}

/** How one quantity grows with another: one line a contender. */
export interface Curve {
  readonly id: string;
  readonly title: string;
  readonly x: { readonly label: string; readonly scale: 'log' | 'linear' };
  readonly y: { readonly label: string; readonly scale: 'log' | 'linear' };
  readonly lines: Readonly<Record<string, readonly (readonly [x: number, y: number])[]>>;
  /** What theory says of its shape, for the caption. */
  readonly theory: string;
}
