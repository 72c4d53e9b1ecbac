/** An HTTP response whose client takes what it is told to. */
export class FakeResponse {
  text = '';
  /** Bytes that its client has not taken. */
  writableLength = 0;
  destroyed = false;
  /** Whether what is written stays. */
  isStuck = false;

  writeHead(): this {
    return this;
  }

  flushHeaders(): void {}

  write(chunk: Buffer): boolean {
    this.text += chunk.toString();
    if (this.isStuck) this.writableLength += chunk.length;
    return !this.isStuck;
  }

  end(): void {}

  destroy(): void {
    this.destroyed = true;
  }
}
