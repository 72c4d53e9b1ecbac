/** Receivers that are told apart among those that held one publisher; the rest is summed up. */
const MAX_TRACKED = 16;

/** Most publishers are never held. */
const NO_RECEIVER: ReadonlyMap<number, number> = new Map();

/** How long one publisher was held, and for which readers. */
export class Waits {
  /** Time it was held, not counting a hold that has not ended, in milliseconds. */
  totalMs = 0;
  private byReceiver: Map<number, number> | undefined;

  /** `receiver`, an id, held it for so long. */
  add(receiver: number, ms: number): void {
    this.byReceiver ??= new Map();
    const { byReceiver } = this;
    let least = (byReceiver.get(receiver) ?? 0) + ms;
    byReceiver.set(receiver, least);
    if (byReceiver.size <= MAX_TRACKED) return;
    let shortest = receiver;
    for (const [id, total] of byReceiver) {
      if (total >= least) continue;
      shortest = id;
      least = total;
    }
    byReceiver.delete(shortest);
  }

  /** The receivers that held it longest, by id, and for how long in milliseconds. */
  get receivers(): ReadonlyMap<number, number> {
    return this.byReceiver ?? NO_RECEIVER;
  }
}
