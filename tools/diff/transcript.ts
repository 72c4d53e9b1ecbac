/** What came of a session, and when two servers said the same. */
import { type Frame, framesOf } from './frames.js';
import { bytesOf, type Session } from './session.js';

/** What one client got in one step. */
export interface Heard {
  /** As latin1. */
  readonly text: string;
  /** Whether the connection ended in this step. */
  readonly closed: boolean;
  /** Whether it ended so that what the server said last may be lost: it closed with bytes of the client unread. */
  readonly reset?: boolean;
}

/** By step, the first being the greeting, then by client. */
export type Transcript = readonly (readonly Heard[])[];

/** What one client got in one step, without what is random or names one server. */
export interface Said {
  readonly lines: readonly string[];
  readonly closed: boolean;
  readonly reset: boolean;
}

/** One step with nothing random in it. */
export interface Scene {
  readonly clients: readonly Said[];
  /** What members of queue groups got, whoever they were: which one it is is chosen at random. */
  readonly queued: readonly string[];
}

/** Fields of INFO that one of the two has by its nature. */
const LEFT_OUT = new Set(['go', 'git_commit', 'xkey', 'sluice', 'api_lvl']);
/** Fields of INFO that both have, and that differ from server to server or from client to client. */
const MASKED = new Set([
  'server_id',
  'server_name',
  'version',
  'host',
  'port',
  'client_id',
  'client_ip',
  'nonce',
]);
/** A 503 that names the subject, as nats-server does from 2.11 on. */
const SUBJECT_OF_503 = /^HMSG(.*) \d+ \d+\r\nNATS\/1\.0 503\r\nNats-Subject: [^\r\n]*\r\n\r\n/;
const QUEUE_SUB = /sub[ \t][ \t]*\S+[ \t\r]+\S+[ \t\r]+([^ \t\r\n]+)/gi;
const INVALID_PUBLISH = "-ERR 'Invalid Publish Subject'";
/** The smallest read buffer nats-server comes down to, in bytes: more than that may be more than one read. */
const SMALLEST_READ_BYTES = 64;

/** Per client, the sids it ever used for a member of a queue group. */
export function queueSids(session: Session): ReadonlySet<string>[] {
  const sent = Array.from({ length: session.clients }, () => '');
  for (const step of session.steps) sent[step.client] += bytesOf(step).toString('latin1');
  return sent.map((text) => new Set([...text.matchAll(QUEUE_SUB)].map(([, sid]) => sid!)));
}

/** The scenes of a transcript; of equal behaviour come equal scenes. */
export function scenesOf(session: Session, transcript: Transcript): Scene[] {
  const queues = queueSids(session);
  return transcript.map((heard, index) => {
    const step = session.steps[index - 1];
    const manyReads =
      step !== undefined && (step.cuts.length > 0 || bytesOf(step).length >= SMALLEST_READ_BYTES);
    const queued: string[] = [];
    const clients = heard.map(({ text, closed, reset = false }, client) => {
      const frames: Frame[] = [];
      for (const frame of framesOf(text)) {
        if (isConnectInfo(frame)) continue;
        const { message } = frame;
        if (message !== undefined && queues[client]?.has(message.sid)) {
          queued.push(printable(`${message.subject} ${message.reply} ${message.payload}`));
        } else if (frame.kind !== 'PING') frames.push(frame);
      }
      return { lines: linesOf(frames, manyReads || step?.unfinished === true), closed, reset };
    });
    return { clients, queued: queued.sort() };
  });
}

/** Text that shows every byte. */
export function printable(latin1: string): string {
  return JSON.stringify(latin1)
    .slice(1, -1)
    .replace(/[\x7f-\xff]/g, (letter) => {
      return `\\x${letter.charCodeAt(0).toString(16)}`;
    });
}

function linesOf(frames: readonly Frame[], manyReads: boolean): string[] {
  const lines: string[] = [];
  let copies: { readonly of: string; readonly lines: string[] } | undefined;
  for (const frame of frames) {
    const { message } = frame;
    if (message !== undefined && !message.headers.startsWith('NATS/1.0 503')) {
      // One publish to several subscriptions of one client: in an order that is random.
      const of = `${message.subject}\n${message.reply}\n${message.payload}`;
      if (copies?.of !== of) {
        lines.push(...(copies?.lines.sort() ?? []));
        copies = { of, lines: [] };
      }
      copies.lines.push(printable(frame.text));
      continue;
    }
    lines.push(...(copies?.lines.sort() ?? []));
    copies = undefined;
    const line = lineOf(frame);
    // A publish of two reads has its line checked twice: see docs/nats-server-wire.md.
    if (manyReads && line === INVALID_PUBLISH && lines[lines.length - 1] === line) continue;
    lines.push(line);
  }
  lines.push(...(copies?.lines.sort() ?? []));
  return lines;
}

function lineOf({ kind, text, message }: Frame): string {
  if (kind === 'INFO') return infoLine(text);
  if (message !== undefined) {
    // A 503 goes to one of the requester's own subscriptions, of several to any.
    const named = text.replace(SUBJECT_OF_503, 'HMSG$1 16 16\r\nNATS/1.0 503\r\n\r\n');
    return printable(named.replace(` ${message.sid} `, ' ~ '));
  }
  return printable(text.replace(/\r\n$/, ''));
}

/** What nats-server says of a login from 2.11 on. */
function isConnectInfo({ kind, text }: Frame): boolean {
  return kind === 'INFO' && text.includes('"connect_info":true');
}

function infoLine(text: string): string {
  let info: Record<string, unknown>;
  try {
    info = JSON.parse(text.slice('INFO '.length)) as Record<string, unknown>;
  } catch {
    return printable(text);
  }
  const fields = Object.entries(info)
    .filter(([key]) => !LEFT_OUT.has(key))
    .map(([key, value]) => `${key}=${MASKED.has(key) ? '~' : JSON.stringify(value)}`);
  return `INFO ${fields.sort().join(' ')}`;
}
