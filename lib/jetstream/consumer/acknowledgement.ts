import { parseDuration } from '../duration.js';

const NS_PER_MS = 1e6;

/** What the body of an acknowledgement asks for. */
export type Acknowledgement =
  | { readonly kind: 'ack' | 'progress' | 'unknown' }
  /** @see Acknowledgement: `delayMs` undefined: at once. */
  | { readonly kind: 'nak'; readonly delayMs: number | undefined }
  | { readonly kind: 'term'; readonly reason: string }
  /** Acknowledges, and asks for messages as a pull request does. */
  | { readonly kind: 'next'; readonly request: string };

const ACK: Acknowledgement = { kind: 'ack' };
const PROGRESS: Acknowledgement = { kind: 'progress' };
const UNKNOWN: Acknowledgement = { kind: 'unknown' };

/** Reads the body of an acknowledgement. */
export function parseAcknowledgement(body: Buffer): Acknowledgement {
  if (body.length === 0) return ACK;
  const text = body.toString('utf8');
  if (text === '+ACK' || text === '+OK') return ACK;
  if (text.startsWith('+NXT')) return { kind: 'next', request: text.slice(4) };
  if (text.startsWith('-NAK')) return { kind: 'nak', delayMs: delayIn(text.slice(4).trim()) };
  if (text === '+WPI') return PROGRESS;
  if (text.startsWith('+TERM')) return { kind: 'term', reason: text.slice(5).trim() };
  return UNKNOWN;
}

/** A delay that cannot be read is none. */
function delayIn(text: string): number | undefined {
  if (text === '') return undefined;
  if (!text.startsWith('{')) {
    const ns = parseDuration(text);
    return ns === undefined ? undefined : ns / NS_PER_MS;
  }
  try {
    const { delay = 0 } = JSON.parse(text) as { readonly delay?: unknown };
    return typeof delay === 'number' ? delay / NS_PER_MS : undefined;
  } catch {
    return undefined;
  }
}
