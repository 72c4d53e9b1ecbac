/** Lets so many turns of the event loop pass, for what streams pass on by themselves. */
export async function turns(count = 5): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
}
