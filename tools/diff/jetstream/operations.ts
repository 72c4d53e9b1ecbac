/** Sessions with JetStream: what a client asks, publishes and acknowledges, as data, so that any server can be given the same. */

/** Name and value of a header. */
export type Header = readonly [name: string, value: string];

/** A message that asks for an answer. */
export interface Request {
  readonly kind: 'request';
  /** May name consumers that a server named: `E1` is the first of the session. */
  readonly subject: string;
  readonly headers: readonly Header[];
  readonly payload: string;
  /** Messages after which all is answered; less than that end with a status. */
  readonly answers: number;
}

/** A message that asks for none. */
export interface Publish {
  readonly kind: 'publish';
  readonly subject: string;
  readonly headers: readonly Header[];
  readonly payload: string;
}

/** An acknowledgement of the nth delivery of a consumer in the session. */
export interface Acknowledge {
  readonly kind: 'acknowledge';
  /** `S.c` */
  readonly consumer: string;
  /** From 0. */
  readonly nth: number;
  readonly payload: string;
  /** Whether it asks for an answer. */
  readonly asks: boolean;
}

export type Operation = Request | Publish | Acknowledge;

export interface JetStreamSession {
  readonly operations: readonly Operation[];
  /** Whether advisories are compared as well. */
  readonly advisories: boolean;
}

/** One line for people. */
export function describeOperation(operation: Operation): string {
  if (operation.kind === 'acknowledge') {
    const { consumer, nth, payload, asks } = operation;
    return `acknowledge ${consumer} delivery ${nth} ${JSON.stringify(payload)}${asks ? ', asks for an answer' : ''}`;
  }
  const { kind, subject, headers, payload } = operation;
  const shown =
    headers.length === 0 ? '' : ` ${headers.map(([name, value]) => `${name}: ${value}`).join(', ')}`;
  return `${kind} ${subject}${shown} ${payload}`;
}
