import type { Duplex } from 'node:stream';
import { duplexPair } from './duplex-pair.js';
import { StreamWire } from './stream-wire.js';
import type { ListenEvents, Listener, Transport } from './transport.js';

/** Connections within the process: each is a pair of streams, one for either end. */
export class MemoryTransport implements Transport {
  private events: ListenEvents | undefined;

  listen(events: ListenEvents): Promise<Listener> {
    this.events = events;
    return Promise.resolve({
      address: undefined,
      close: () => {
        this.events = undefined;
        return Promise.resolve();
      },
    });
  }

  /** Connects, and returns the client's end. Without a listener that end is reset, as a socket would be. */
  connect(): Duplex {
    const [near, far] = duplexPair();
    if (this.events === undefined) far.destroy();
    else this.events.accepted(new StreamWire(far));
    return near;
  }
}
