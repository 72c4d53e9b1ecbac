/** The inside of a load process: does what its crew asks of it, until the crew disconnects. */

/** What a load process can be asked to do, by name. Arguments and results go through a structured clone. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

export interface Asked {
  readonly duty: string;
  readonly argument: unknown;
}

export type Answer = { readonly value: unknown } | { readonly failure: string };

let giveUp: (error: Error) => void = () => {};
const trouble = new Promise<never>((_resolve, reject) => {
  giveUp = reject;
});
trouble.catch(() => {});

/** For what goes wrong between questions: from now on every answer is this failure. */
export function fail(error: Error): void {
  giveUp(error);
}

/** Call once. One question at a time. */
export function serve(handlers: Handlers): void {
  const answer = (reply: Answer): void => void process.send?.(reply);
  process.on('message', ({ duty, argument }: Asked) => {
    const work = async (): Promise<unknown> => handlers[duty]?.(argument as never);
    Promise.race([trouble, work()]).then(
      (value) => answer({ value }),
      (error: unknown) => answer({ failure: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group; the runner tidies up and disconnects.
}

/** Seconds on a clock that all processes of this machine share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

/** When something was done, and what it took of this process. */
export interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly cpuSeconds: number;
}

/** Runs `work` and says how long it took. */
export async function timed(work: () => Promise<void>): Promise<Span> {
  const before = process.cpuUsage();
  const startedAt = now();
  await work();
  const endedAt = now();
  const { user, system } = process.cpuUsage(before);
  return { startedAt, endedAt, cpuSeconds: (user + system) / 1e6 };
}

/** From the first start to the last end, in seconds. */
export function wallSeconds(spans: readonly Span[]): number {
  return (
    Math.max(...spans.map(({ endedAt }) => endedAt)) - Math.min(...spans.map(({ startedAt }) => startedAt))
  );
}
