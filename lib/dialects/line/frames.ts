import { unreachable } from '../../domain/errors.js';
import type { Crlf, LineClientFrame, LineFrame } from './commands.js';
import { escapeLine } from './escape-line.js';
import type { LineEnd } from './options.js';

const HELP = [
  'SUB topic          get every message on the topic; * is any one word, > the rest: SUB orders.*',
  'UNSUB topic        no more of it',
  'PUB topic message  send a message; PUB, the topic and one blank: an empty one',
  'AUTH token         or AUTH user password, where the broker asks for it',
  'PING               answers PONG',
  'QUIT               closes',
];

/** What a line server sends as bytes, one line but for HELP. No text can forge a line. */
export function renderLine(frame: LineFrame, options: LineEnd = {}): Buffer {
  return lines(answerText(frame), options);
}

/**
 * What a line client sends as bytes, one line. No text can forge a line; topics and words of AUTH are written as they
 * are: mind their blanks.
 */
export function renderLineCommand(command: Exclude<LineClientFrame, Crlf>, options: LineEnd = {}): Buffer {
  return lines([commandText(command)], options);
}

/** Renders what a line client sends, one after another; `CRLF` gives nothing, but all lines after it end so. */
export function lineCommandWriter({ crlf = false }: LineEnd): (frame: LineClientFrame) => Buffer {
  return (frame) => {
    if (frame.op !== 'CRLF') return renderLineCommand(frame, { crlf });
    crlf = true;
    return Buffer.alloc(0);
  };
}

function lines(texts: readonly string[], { crlf = false }: LineEnd): Buffer {
  return Buffer.from(texts.map((text) => `${escapeLine(text)}${crlf ? '\r\n' : '\n'}`).join(''));
}

function answerText(frame: LineFrame): readonly string[] {
  switch (frame.op) {
    case 'OK':
      return [frame.verb === 'AUTH' ? 'OK AUTH' : `OK ${frame.verb} ${frame.topic}`];
    case 'UPDATE':
      return [`UPDATE ${frame.topic} ${escapeLine(frame.text)}`];
    case 'ERR':
      return [`ERR ${frame.reason}`];
    case 'PONG':
    case 'QUIT':
      return [frame.op];
    case 'HELP':
      return frame.text === undefined ? HELP : [frame.text];
    default:
      return unreachable(frame);
  }
}

function commandText(command: Exclude<LineClientFrame, Crlf>): string {
  switch (command.op) {
    case 'SUB':
    case 'UNSUB':
      return `${command.op} ${command.topic}`;
    case 'PUB':
      return `PUB ${command.subject} ${escapeLine(command.payload)}`;
    case 'AUTH':
      return command.user === undefined ? `AUTH ${command.secret}` : `AUTH ${command.user} ${command.secret}`;
    case 'PING':
    case 'HELP':
    case 'QUIT':
      return command.op;
    default:
      return unreachable(command);
  }
}
