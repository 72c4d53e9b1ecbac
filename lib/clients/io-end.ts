import type { Outgoing } from '../frame/delivery.js';

/**
 * The side of a connection that has its wire, as the core's side sees it. Three messages pass between them:
 *
 *   batch    in    what was read, as commands: `Core.write`
 *   run      out   what is to be sent: `write`, and `flush` to let it go
 *   credit   back  how many of the bytes rendered so far the wire has taken
 *
 * The core looks at nothing else of a wire, so the side behind this may live in another thread.
 */
export interface IoEnd {
  /** Bytes rendered so far, and the chunks these were. */
  readonly renderedBytes: number;
  readonly renderedChunks: number;
  /** Of these bytes, those that the wire has not taken. */
  readonly waitingBytes: number;
  /** Whether memory to render into is getting short, so that large outputs should be flushed early. */
  readonly isShortOfMemory: boolean;
  /** Whether rendering has failed: what was written then comes to nothing. */
  readonly hasFailed: boolean;
  /** Renders `items`. What comes of them does not reach the wire before `flush`. */
  write(items: readonly Outgoing<unknown>[]): void;
  /** Lets everything that was rendered go, in one write. */
  flush(): void;
  /** Of the bytes rendered so far, how many the wire has taken; memory that was lent for these is free again. */
  credit(): number;
}
