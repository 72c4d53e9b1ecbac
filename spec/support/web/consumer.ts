/** Code of a program for browsers: it has to compile without the types of Node. */
import {
  type NatsServerFrame,
  natsEncoder,
  natsServerDecoder,
  natsServerParser,
  renderNats,
} from 'sluice/codecs/web';

/** The payloads of a byte stream from a NATS server. */
export function payloadsOf(source: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const onlyPayloads = new TransformStream<NatsServerFrame, Uint8Array>({
    transform(frame, controller) {
      if (frame.op === 'MSG') controller.enqueue(frame.payload);
    },
  });
  return source.pipeThrough(natsServerDecoder({ maxPayloadBytes: 1_000 })).pipeThrough(onlyPayloads);
}

export const written: Uint8Array = renderNats({ op: 'PUB', subject: 'a', payload: 'text' });
export const fault: string | undefined = natsServerParser()
  .feed('X\n')
  .map((frame) => (frame.op === 'FAULT' ? frame.code : undefined))[0];
export const encoder = natsEncoder();
