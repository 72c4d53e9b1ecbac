import type { Duplex } from 'node:stream';
import type { Encoder } from '../dialects/codec.js';
import type { Outgoing } from '../frame/delivery.js';

/** What makes bytes of what an outbox hands on: an encoder, or what stands for one. */
export type Renderer = Pick<
  Encoder,
  'renderedBytes' | 'renderedChunks' | 'isShortOfMemory' | 'backedUp' | 'readableLength' | 'errored' | 'taken'
> & { write(items: readonly Outgoing<unknown>[]): unknown };

/** What takes these bytes away, as far as an outbox looks at it. */
export type Outlet = Pick<
  Duplex,
  'writableLength' | 'writableFinished' | 'destroyed' | 'errored' | 'cork' | 'uncork'
>;
