/** Standard output of a subcommand, whose reader may leave. */

/** Whether output may have colours: it is a terminal that has some, and they are not turned off. */
export function hasColours(): boolean {
  const { stdout } = process;
  return stdout.isTTY === true && stdout.hasColors();
}

/** Standard output. A reader that leaves ends the process, in good order: that is how `head` works. */
export class Output {
  readonly isTerminal = process.stdout.isTTY === true;
  private waiting: (string | Buffer)[] = [];

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) =>
      process.exit(error.code === 'EPIPE' ? 0 : 1),
    );
  }

  /** Writes with the rest of the turn. */
  write(text: string | Buffer): void {
    if (this.waiting.length === 0) setImmediate(() => this.flush());
    this.waiting.push(text);
  }

  /** Resolves when all of it is out. */
  async end(): Promise<void> {
    this.flush();
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  }

  private flush(): void {
    if (this.waiting.length === 0) return;
    const parts = this.waiting;
    this.waiting = [];
    process.stdout.write(
      parts.every((part) => typeof part === 'string')
        ? parts.join('')
        : Buffer.concat(parts.map((part) => Buffer.from(part as Buffer))),
    );
  }
}
