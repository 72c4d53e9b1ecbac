/** Lets so many turns of the event loop pass, for what streams pass on by themselves. */
export async function turns(count = 5): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** Most by which `count` grows from one turn to the next, until it is `all`. */
export async function mostInATurn(all: number, count: () => number): Promise<number> {
  let most = 0;
  for (let before = count(); before < all; ) {
    await turns(1);
    const now = count();
    most = Math.max(most, now - before);
    before = now;
  }
  return most;
}
