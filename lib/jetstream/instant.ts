/**
 * A point in time. JetStream counts in nanoseconds since 1970, which a double cannot hold: so in two parts.
 * Of two with the same `ms` the one with more `ns` is later.
 */
export interface Instant {
  /** Whole milliseconds since 1970. */
  readonly ms: number;
  /** Nanoseconds within it, 0 to 999,999. */
  readonly ns: number;
}
