/** What the types of `sluice/codecs` let one write, and what they do not; compiled only, as broker.ts is. */
import type { Transform } from 'node:stream';
import {
  CommandBatch,
  type Fault,
  type LineCommand,
  lineDecoder,
  lineEncoder,
  type NatsCommand,
  type NatsEncoder,
  natsDecoder,
  natsEncoder,
  type Publish,
} from 'sluice/codecs';

export function decoders(batch: CommandBatch<NatsCommand>): string {
  const decoder: Transform = natsDecoder({ maxPayloadBytes: 1_024 });
  decoder.pipe(lineDecoder({ maxLineBytes: 512 }));
  // @ts-expect-error: no such option
  natsDecoder({ maxPayload: 1_024 });
  // @ts-expect-error: exactOptionalPropertyTypes: left out, not undefined
  lineDecoder({ maxLineBytes: undefined });

  for (const command of batch) {
    switch (command.op) {
      case 'PUB':
        return command.reply ?? `${command.subject}: ${command.payload.toString('utf8')}`;
      case 'SUB':
        // @ts-expect-error: a SUB has no payload
        command.payload;
        return command.queue ?? command.sid;
      case 'CONNECT':
        return command.options.name ?? '';
      case 'FAULT':
        return command.code;
      // @ts-expect-error: what a server says to clients only
      case 'MSG':
        return '';
      default:
        return command.op;
    }
  }
  // @ts-expect-error: batches are read, not written
  batch.length = 0;
  return CommandBatch.name;
}

export function lines(command: LineCommand | Publish | Fault): string {
  return command.op === 'SUB' ? command.topic : command.op;
}

export function encoders(): void {
  const encoder: NatsEncoder = natsEncoder({ headers: false });
  encoder.write({ op: 'MSG', subject: 'a', sid: '1', payload: 'text or a Buffer' });
  lineEncoder().write({ op: 'UPDATE', topic: 'a', text: 'b' });
  // @ts-expect-error: a switch is a boolean
  natsEncoder({ headers: 'yes' });
}
