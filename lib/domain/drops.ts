/**
 * Why a message that was routed never reached its receiver.
 *
 * - `slow_consumer`: it was pending when its receiver was cut off for taking too little
 * - `policy`: its receiver was congested, and its policy is to drop
 * - `permission`: its publisher may not publish it, or its receiver may not see it
 * - `shutdown`: it was pending when the broker closed and the deadline had passed
 * - `closed`: it was pending when its receiver left, or was closed for anything else
 */
export const DROP_REASONS = ['slow_consumer', 'policy', 'permission', 'shutdown', 'closed'] as const;

/** One of {@link DROP_REASONS}. */
export type DropReason = (typeof DROP_REASONS)[number];

/** A number of messages, and their payload bytes, headers included. */
export interface Count {
  readonly messages: number;
  readonly bytes: number;
}

export const NOTHING: Count = { messages: 0, bytes: 0 };

/** The sum of two counts. */
export function plus(one: Count, other: Count): Count {
  return { messages: one.messages + other.messages, bytes: one.bytes + other.bytes };
}

/** Messages dropped, by reason. Costs nothing until the first is. */
export class Drops {
  private byReason: Map<DropReason, Count> | undefined;

  add(reason: DropReason, messages: number, bytes: number): void {
    if (messages === 0) return;
    this.byReason ??= new Map();
    this.byReason.set(reason, plus(this.of(reason), { messages, bytes }));
  }

  /** Adds those of `other`. */
  take(other: Drops): void {
    for (const reason of DROP_REASONS) {
      const { messages, bytes } = other.of(reason);
      this.add(reason, messages, bytes);
    }
  }

  of(reason: DropReason): Count {
    return this.byReason?.get(reason) ?? NOTHING;
  }

  /** All of them, whatever the reason. */
  get total(): Count {
    return this.byReason === undefined ? NOTHING : [...this.byReason.values()].reduce(plus);
  }

  /** As it is now, in the order of {@link DROP_REASONS}; what there was none of is left out. */
  describe(): Readonly<Partial<Record<DropReason, Count>>> {
    return Object.fromEntries(
      DROP_REASONS.flatMap((reason) => {
        const count = this.of(reason);
        return count.messages > 0 ? [[reason, count]] : [];
      }),
    );
  }
}
