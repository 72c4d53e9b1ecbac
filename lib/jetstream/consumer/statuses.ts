/** A status as the header block of a message without a payload. */
export function status(
  code: number,
  text: string,
  headers: Readonly<Record<string, string | number>> = {},
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`NATS/1.0 ${code} ${text}\r\n${lines.join('')}\r\n`);
}

/** What is left of a pull request that ends, as its last status has it. */
export function left(messages: number, bytes: number): Readonly<Record<string, number>> {
  return { 'Nats-Pending-Messages': messages, 'Nats-Pending-Bytes': bytes };
}

/** A sign of life, with what was delivered last. */
export function heartbeat(consumer: number, stream: number, stalled: string | undefined): Buffer {
  return status(100, 'Idle Heartbeat', {
    'Nats-Last-Consumer': consumer,
    'Nats-Last-Stream': stream,
    ...(stalled === undefined ? {} : { 'Nats-Consumer-Stalled': stalled }),
  });
}

/** Asks a client to say that it has come this far. */
export const FLOW_CONTROL_REQUEST = status(100, 'FlowControl Request');
