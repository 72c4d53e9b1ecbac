/** Bytes in, plain frames out, at once and without a stream. */
export interface Parser<C> {
  /**
   * Takes the next bytes, cut wherever; text stands for its UTF-8. Returns what they complete, in order, and keeps what
   * is unfinished. What the peer did wrong is among it as `{op: 'FAULT', code}`; nothing is thrown.
   *
   * Payloads and headers may be views of `chunk`: copy what you keep once that memory is used for something else.
   */
  feed(chunk: Uint8Array | string): readonly C[];
}
