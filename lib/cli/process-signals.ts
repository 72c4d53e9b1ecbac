/** The signals that a broker process handles, from before it listens. */

/** Signals that have a meaning for a broker. */
export const HANDLED = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

export type HandledSignal = (typeof HANDLED)[number];

/** Where signals come from: the process. */
export type SignalSource = Pick<NodeJS.EventEmitter, 'on'>;

/**
 * Takes the process's signals. Those that arrive before there is a handler are kept and passed to it, in order: a
 * supervisor may send one as soon as the port answers, which is before everything else is ready.
 */
export class ProcessSignals {
  private handle: ((signal: HandledSignal) => void) | undefined;
  private waiting: HandledSignal[] = [];

  constructor(source: SignalSource = process) {
    for (const signal of HANDLED) source.on(signal, () => this.take(signal));
  }

  /** Passes every signal on, those that have arrived first. Called once. */
  handleWith(handle: (signal: HandledSignal) => void): void {
    this.handle = handle;
    const waiting = this.waiting;
    this.waiting = [];
    for (const signal of waiting) handle(signal);
  }

  /** Takes a signal, also one that no process has sent. */
  take(signal: HandledSignal): void {
    if (this.handle !== undefined) this.handle(signal);
    else this.waiting.push(signal);
  }
}
