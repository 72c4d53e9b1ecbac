import { Writable } from 'node:stream';
import { type CommandBatch, runBytes } from '../frame/command.js';
import type { Client } from '../routing/client.js';
import type { Core } from '../routing/core.js';

/**
 * Last stage of one connection: forwards to the core, takes the next batch only once nothing holds the client back,
 * and dies with its own connection only.
 */
export function coreWriter(core: Core, client: Client): Writable {
  return new Writable({
    objectMode: true,
    highWaterMark: 1, // the core does the queueing
    write(batch: CommandBatch, _encoding, done) {
      if (client.paced) forwardPaced(core, client, batch, 0, done);
      else if (core.write({ client, batch, from: 0 })) {
        if (client.paced) client.spend(0, lastSubject(batch, batch.length));
        client.whenReleased(done);
      } else core.once('drain', () => client.whenReleased(done));
    },
  });
}

/** Forwards as many rows as the client may publish now, and the others as it may. */
function forwardPaced(core: Core, client: Client, batch: CommandBatch, from: number, done: () => void): void {
  let to = batch.length;
  if (client.paced) {
    const { piecesBytes } = batch;
    const { allowanceBytes } = client;
    let bytes = 0;
    let row = from;
    for (; row < to && bytes < allowanceBytes; row++)
      if (batch.isPublish(row)) bytes += runBytes(batch, row, row + 1) + piecesBytes;
    to = row;
    client.spend(bytes, lastSubject(batch, to));
  }
  const next = (): void =>
    client.whenReleased(() => {
      if (to === batch.length) done();
      else forwardPaced(core, client, batch, to, done);
    });
  if (core.write({ client, batch, from, to })) next();
  else core.once('drain', next);
}

/** Subject of the last publish before row `to`; undefined: there is none. */
function lastSubject(batch: CommandBatch, to: number): string | undefined {
  for (let row = to - 1; row >= 0; row--) if (batch.isPublish(row)) return batch.subject(row);
  return undefined;
}
