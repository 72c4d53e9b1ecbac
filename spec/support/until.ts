/** How long a spec waits for what must happen before it fails, in milliseconds. Generous: it is never a measurement. */
export const PATIENCE_MS = 45_000;
const LOOK_EVERY_MS = 2;

/** Waits for a state that has no event. Fails after {@link PATIENCE_MS} saying what it waited for. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** `promise`, or a failure after {@link PATIENCE_MS} saying what it waited for. */
export async function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `action` comes to. It is tried anew where it fails: for what a short time limit may end while the machine is busy. */
export async function eventually<T>(what: string, action: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`tried in vain to ${what}`, { cause: error });
    }
  }
}
