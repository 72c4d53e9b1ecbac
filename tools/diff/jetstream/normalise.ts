/** What a server said, without what is never the same twice: times, ids, names that it made up. */
import type { Message } from '../frames.js';

/** Fields whose value says when, or which one of many. */
const TIMES = new Set([
  'ts',
  'created',
  'last_active',
  'timestamp',
  'time',
  'first_ts',
  'last_ts',
  'start',
  'stop',
]);
const VARYING = new Set(['id', 'pause_remaining', 'server_id', 'ack_time', 'delay', 'nuid']);
/** Fields about the server and the connection, and sums since the start, of which 2.10 lets some fall below 0. */
const OMITTED = new Set(['server', 'cluster', 'client', 'api', 'reserved_memory', 'reserved_storage']);
/** Fields of versions after the one whose level sluice has, dropped where they say that something is not so. */
const NEWER = new Set([
  'allow_atomic',
  'allow_batched',
  'allow_msg_counter',
  'allow_msg_schedules',
  'allow_msg_ttl',
  'persist_mode',
]);
const LISTS = new Set(['consumers']);
const ZERO_TIME = '0001-01-01T00:00:00Z';
/** `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<time>.<pending>`, bare or within JSON. */
const ACK_SUBJECT = /(\$JS\.ACK\.[^.\s"]+\.[^.\s"]+\.\d+\.\d+\.\d+\.)\d+(\.\d+)/g;
/** 2.15 and sluice say of which subject nobody takes messages. */
const NO_RESPONDERS = /^(NATS\/1\.0 503)\r\nNats-Subject: .*$/m;
/** What is wrong with JSON is said in words of the language that has read it. */
const BAD_REQUEST = /^(NATS\/1\.0 400 Bad Request) - .*$/m;
const TIME_HEADER = /^(Nats-Time-Stamp:\s*).*$/gm;

/** Makes what one server says comparable with what another one says in the same session. */
export class Normaliser {
  /** What the server calls the consumers that were made without a name, in the order in which they were made. */
  private readonly made: string[] = [];

  /** Remembers the name that an answer to the creation of a consumer without one has. */
  learnName(answer: Message | undefined): void {
    const name =
      answer === undefined ? undefined : (parsed(answer.payload) as { name?: unknown } | undefined)?.name;
    if (typeof name === 'string') this.made.push(name);
  }

  /** `E1` in a subject as the server calls it; as it is, where there is none. */
  actual(text: string): string {
    return text.replace(/\bE(\d)\b/g, (label, nth) => this.made[Number(nth) - 1] ?? label);
  }

  /** A message as text: subject, reply, headers, payload. */
  text({ subject, reply, headers, payload }: Message): string {
    const where = [subject.startsWith('_D.') ? '' : this.plain(subject), this.plain(reply)].filter(
      (word) => word !== '',
    );
    const block = this.plain(
      headers.replace(TIME_HEADER, '$1<time>').replace(NO_RESPONDERS, '$1').replace(BAD_REQUEST, '$1'),
    )
      .trimEnd()
      .replaceAll('\r\n', ' | ');
    return [...where, ...(block === '' ? [] : [`[${block}]`]), this.payload(payload)].join(' ');
  }

  private payload(text: string): string {
    const value = parsed(text);
    return typeof value === 'object' && value !== null
      ? JSON.stringify(this.value(value))
      : JSON.stringify(this.plain(text));
  }

  private plain(text: string): string {
    let plain = text.replace(ACK_SUBJECT, '$1<time>$2');
    for (const [i, name] of this.made.entries()) plain = plain.replaceAll(name, `E${i + 1}`);
    return plain;
  }

  /** With fields in the order of their names. */
  private value(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.value(each));
    if (typeof value === 'string') return this.plain(value);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    const shown: Record<string, unknown> = {};
    for (const [name, each] of entries) {
      const field = this.field(name, each);
      if (field !== undefined) shown[this.plain(name)] = field;
    }
    return shown;
  }

  /** Undefined: it is not compared. */
  private field(name: string, value: unknown): unknown {
    if (TIMES.has(name)) return value === ZERO_TIME ? value : '<time>';
    if (VARYING.has(name)) return '<any>';
    if (OMITTED.has(name)) return undefined;
    if (NEWER.has(name) && (value === false || value === 'default')) return undefined;
    if (name.startsWith('_nats.')) return undefined;
    if (name === 'metadata' && isEmptyBut(value, '_nats.')) return undefined;
    if (name === 'description' && typeof value === 'string')
      return value.replace(/^invalid JSON.*/s, 'invalid JSON');
    if ((name === 'request' || name === 'response') && typeof value === 'string')
      return this.value(parsed(value) ?? value);
    const shown = this.value(value);
    // By names, of which some are made up, so that their order means nothing.
    return Array.isArray(shown) && LISTS.has(name) ? shown.sort(byText) : shown;
  }
}

function byText(one: unknown, other: unknown): number {
  return nameIn(one) < nameIn(other) ? -1 : 1;
}

function nameIn(item: unknown): string {
  const named = item as { readonly name?: unknown } | null;
  return typeof item === 'string' ? item : String(named?.name);
}

/** Whether all fields begin with `prefix`. */
function isEmptyBut(value: unknown, prefix: string): boolean {
  return (
    typeof value === 'object' && value !== null && Object.keys(value).every((name) => name.startsWith(prefix))
  );
}

/** Undefined: it is no JSON. */
function parsed(text: string): unknown {
  if (!/^[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(Buffer.from(text, 'latin1').toString());
  } catch {
    return undefined;
  }
}
