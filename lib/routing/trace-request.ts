/*
 * What the headers of a message ask of message tracing, as nats-server 2.11 and later read them (ADR-41):
 *
 *   Nats-Trace-Dest: subject      where the trace event is published
 *   Nats-Trace-Only: true         the message is traced and not delivered
 *   traceparent: 00-…-…-01        a sampled W3C trace: the account says where the event goes, if anywhere
 */

/** Header block of the NATS protocol. */
const VERSION = 'NATS/1.0\r\n';
const DESTINATION = 'Nats-Trace-Dest';
const ONLY = 'Nats-Trace-Only';
/** Said by servers before 2.11.2 where a trace crossed accounts; nats-server takes it for a forgery since. */
const ORIGIN = 'Nats-Trace-Origin-Account';
const PARENT = 'traceparent';
/** Value of `Nats-Trace-Dest` in messages that must not be traced any further. */
const DISABLED = 'trace disabled';

/** A trace that headers ask for. */
export interface TraceRequest {
  /** Undefined: what the account says, as the request came by `traceparent`. */
  readonly destination: string | undefined;
  readonly only: boolean;
  /** Values by name, in the order and the case they came in; empty ones are left out. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

/** The trace that a header block asks for, or undefined. */
export function traceRequestOf(block: string): TraceRequest | undefined {
  if (!block.startsWith(VERSION)) return undefined;
  const headers = headersOf(block);
  const destination = headers.get(DESTINATION)?.[0];
  if (destination === DISABLED || headers.has(ORIGIN)) return undefined;
  if (destination !== undefined) return { destination, only: isOn(headers.get(ONLY)?.[0]), headers };
  return isSampled(headers) ? { destination: undefined, only: false, headers } : undefined;
}

/** A line of a header block; one that asks for a trace with that disabled, for receivers in another account. */
export function withoutTrace(line: string): string {
  return line.startsWith(`${DESTINATION}:`) ? `${DESTINATION}: ${DISABLED}\r\n` : line;
}

function headersOf(block: string): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (let at = VERSION.length; at < block.length; ) {
    const colon = block.indexOf(':', at);
    const end = block.indexOf('\r\n', colon);
    if (colon < 0 || end < 0) break;
    const name = block.slice(at, colon);
    const value = block.slice(colon + 1, end).replace(/^[ \t]+|[ \t]+$/g, '');
    at = end + 2;
    if (name === '' || value === '') continue;
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  }
  return headers;
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && ['1', 'true', 'on'].includes(value.toLowerCase());
}

/** Whether a `traceparent` has the flag of a sampled trace: https://www.w3.org/TR/trace-context/#sampled-flag */
function isSampled(headers: ReadonlyMap<string, readonly string[]>): boolean {
  for (const [name, values] of headers) {
    if (name.toLowerCase() !== PARENT) continue;
    for (const value of values) {
      const [flags = '', ...more] = value.split('-').slice(3);
      if (more.length === 0 && /^[0-7][13579bdf]$/i.test(flags)) return true;
    }
  }
  return false;
}
