import { unreachable } from '../../domain/errors.js';
import type { Fault } from '../../frame/fault.js';
import { bytesOfText } from '../../frame/text.js';
import { renderFrame } from '../nats/frames.js';
import type { LeafCommand, LeafMessage } from './commands.js';

/** Everything `leafEncoder` takes but runs: what a link says in either direction, and single messages. */
export type LeafFrame =
  | Exclude<LeafCommand, Fault | LeafMessage>
  | LeafMessage
  | {
      readonly op: 'PUB';
      readonly subject: string;
      readonly reply?: string;
      readonly headers?: Uint8Array;
      readonly payload: Uint8Array | string;
    };

const CRLF = Buffer.from('\r\n');

/** One plain frame as bytes, either direction. Subjects, queue groups and texts are written as they are: mind their blanks. */
export function renderLeaf(frame: LeafFrame): Buffer {
  switch (frame.op) {
    case 'INFO':
      return Buffer.from(`INFO ${JSON.stringify(frame.info)}\r\n`);
    case 'CONNECT':
    case 'PING':
    case 'PONG':
    case '+OK':
    case '-ERR':
      return renderFrame(frame);
    case 'LS+': {
      const group = frame.queue === undefined ? '' : ` ${frame.queue} ${frame.weight ?? 1}`;
      return bytesOfText(`LS+ ${frame.subject}${group}\r\n`);
    }
    case 'LS-':
      return bytesOfText(`LS- ${frame.subject}${frame.queue === undefined ? '' : ` ${frame.queue}`}\r\n`);
    case 'PUB':
      return message(frame, []);
    case 'LMSG':
      return message(frame, frame.queues);
    default:
      return unreachable(frame);
  }
}

function message(
  { subject, reply, headers, payload }: Omit<LeafMessage, 'op' | 'queues'>,
  queues: readonly string[],
): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const target =
    queues.length === 0 ? (reply ?? '') : `${reply === undefined ? '|' : `+ ${reply}`} ${queues.join(' ')}`;
  const size = headers === undefined ? `${body.length}` : `${headers.length} ${headers.length + body.length}`;
  const verb = headers === undefined ? 'LMSG' : 'HMSG';
  const line = bytesOfText(`${verb} ${subject}${target === '' ? '' : ` ${target}`} ${size}\r\n`);
  return Buffer.concat([line, headers ?? Buffer.alloc(0), body, CRLF]);
}
