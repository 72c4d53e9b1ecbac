import { Writable } from 'node:stream';
import type { CommandBatch } from '../protocol/command.js';
import type { Client } from '../routing/client.js';
import type { Core } from '../routing/core.js';

/**
 * Last stage of one connection: forwards to the core, takes the next batch only once nothing holds the client back,
 * and dies with its own connection only.
 */
export function tailInto(core: Core, client: Client): Writable {
  return new Writable({
    objectMode: true,
    highWaterMark: 1, // the core does the queueing
    write(batch: CommandBatch, _encoding, done) {
      if (core.write({ client, batch, from: 0 })) client.whenReleased(done);
      else core.once('drain', () => client.whenReleased(done));
    },
  });
}
