/** Load process of the connections probe: connects, subscribes, and stays. */
import { Client } from './client.js';
import { fail, type Span, serve, timed } from './serve.js';

const clients: Client[] = [];

const duties = {
  /** Opens connections, so many at a time, each with a subscription of its own; resolves when all have been answered. */
  async open(job: {
    port: number;
    tls: boolean;
    /** Numbers of the connections: their subjects differ by it. */
    from: number;
    count: number;
    atATime: number;
  }): Promise<Span> {
    const { port, tls, from, count, atATime } = job;
    let next = from;
    const openSome = async (): Promise<void> => {
      while (next < from + count) {
        const says = `SUB idle.${next++} 1\r\n`;
        clients.push(await Client.open({ port, tls, says, onFailure: fail }));
      }
    };
    return timed(async () => {
      await Promise.all(Array.from({ length: atATime }, openSome));
    });
  },

  /** Asks on every connection whether the broker is still there. */
  async check(): Promise<void> {
    for (const client of clients) await client.ping();
  },
};

export type ConnectionsLoad = typeof duties;

serve(duties);
