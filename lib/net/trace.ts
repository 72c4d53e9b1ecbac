import type { Transform } from 'node:stream';
import type { Logger } from 'pino';
import type { CommandBatch, Publish } from '../protocol/command.js';
import { Delivery, Receipt } from '../protocol/delivery.js';
import type { Outbox } from '../routing/outbox.js';

/** Most bytes of a payload shown in the log. */
const PAYLOAD_BYTES = 256;
/** Fields of a CONNECT or an AUTH that may be logged; anything else could be a secret. */
const HARMLESS = new Set([
  'op',
  'verbose',
  'pedantic',
  'echo',
  'headers',
  'no_responders',
  'protocol',
  'name',
  'lang',
  'version',
]);

/** Logs every command of a connection: publishes at trace, all else at debug. Costs nothing unless called. */
export function followCommands(decoder: Transform, log: Logger): void {
  decoder.on('data', (batch: CommandBatch<{ readonly op: string }>) => {
    for (const command of batch) {
      if (command.op === 'PUB') log.trace(shown(command as Publish), 'received PUB');
      else log.debug(described(command), `received ${command.op}`);
    }
  });
}

/** Logs every delivery and every other frame to a connection, at trace. Costs nothing unless called. */
export function followDeliveries(outbox: Outbox, log: Logger): void {
  outbox.observer = (items) => {
    for (const item of items) {
      if (item instanceof Delivery) {
        for (let row = item.from; row < item.to; row++)
          log.trace({ sid: item.sid, ...shown(item.batch.publish(row)) }, 'delivered');
      } else if (item instanceof Receipt) log.trace({ count: item.to - item.from }, 'confirmed');
      else log.trace({ frame: item }, 'sent');
    }
  };
}

function shown({ subject, reply, headers, payload }: Publish): object {
  return {
    subject,
    reply,
    headers: headers?.toString('utf8', 0, PAYLOAD_BYTES),
    bytes: payload.length,
    payload: payload.toString('utf8', 0, PAYLOAD_BYTES),
  };
}

function described(command: { readonly op: string }): object {
  if (command.op === 'CONNECT') return harmless((command as unknown as { readonly options: object }).options);
  return command.op === 'AUTH' ? {} : command;
}

function harmless(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([key]) => HARMLESS.has(key)));
}
