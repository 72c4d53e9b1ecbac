import { type Instant, nanosecondsText } from '../instant.js';

/** What all subjects of acknowledgements begin with. */
export const ACK_PREFIX = '$JS.ACK.';

/** Tokens before the name of the stream, and in all, in the older of the two forms. */
const OLD_FIRST = 2;
const OLD_TOKENS = 9;
/** The same in the newer one, which has a domain and a hash of the account before it, and may have more at its end. */
const NEW_FIRST = 4;
const NEW_TOKENS = 11;

/** Tokens from the name of the stream to the time; digits of it that are below milliseconds. */
const TIME_OFFSET = 5;
const NS_DIGITS = 6;

/** What the reply subject of a delivery says of it. */
export interface AckSubject {
  readonly stream: string;
  readonly consumer: string;
  readonly deliveries: number;
  readonly streamSequence: number;
  readonly consumerSequence: number;
}

/** What of a delivery its reply subject says. */
export interface Delivered {
  /** How often the message has been delivered, this time included. */
  readonly deliveries: number;
  readonly sequence: number;
  readonly consumerSequence: number;
  readonly at: Instant;
  /** Messages that are to be delivered after it for the first time. */
  readonly pending: number;
}

/** The reply subject of a delivery. @param prefix that of the consumer, with the dot at its end */
export function ackSubject(prefix: string, delivered: Delivered): string {
  const { deliveries, sequence, consumerSequence, at, pending } = delivered;
  return `${prefix}${deliveries}.${sequence}.${consumerSequence}.${nanosecondsText(at)}.${pending}`;
}

/** Reads a reply subject in either form; undefined: it is none. */
export function parseAckSubject(subject: string): AckSubject | undefined {
  const tokens = subject.split('.');
  const isNew = tokens.length >= NEW_TOKENS;
  if (!isNew && tokens.length !== OLD_TOKENS) return undefined;
  const first = isNew ? NEW_FIRST : OLD_FIRST;
  const [stream = '', consumer = '', deliveries, streamSequence, consumerSequence] = tokens.slice(first);
  return {
    ...{ stream, consumer },
    deliveries: count(deliveries),
    streamSequence: count(streamSequence),
    consumerSequence: count(consumerSequence),
  };
}

/** Reads the reply subject of a delivery in either form; undefined: it is none. */
export function parseDelivery(subject: string): (Delivered & Pick<AckSubject, 'consumer'>) | undefined {
  if (!subject.startsWith(ACK_PREFIX)) return undefined;
  const acknowledged = parseAckSubject(subject);
  if (acknowledged === undefined) return undefined;
  const { consumer, deliveries, streamSequence, consumerSequence } = acknowledged;
  const tokens = subject.split('.');
  const first = tokens.length >= NEW_TOKENS ? NEW_FIRST : OLD_FIRST;
  const [time = '', pending] = tokens.slice(first + TIME_OFFSET);
  return {
    ...{ consumer, deliveries, consumerSequence, sequence: streamSequence, pending: count(pending) },
    at: { ms: count(time.slice(0, -NS_DIGITS)), ns: count(time.slice(-NS_DIGITS)) },
  };
}

function count(digits: string | undefined): number {
  return digits !== undefined && /^\d+$/.test(digits) ? Number(digits) : 0;
}
