import { unreachable } from '../../domain/errors.js';
import { bytesOfText } from '../../frame/text.js';
import type { HeaderMode, Msg, NatsFrame, OwnInfo } from './commands.js';

const CRLF = Buffer.from('\r\n');
/** What a publish of nothing to nowhere was read from: no PUB can say it. */
const HMSG_OF_NOTHING = Buffer.from('HMSG 0\r\n\r\n');

/** One plain frame as bytes, either direction. Subjects, sids and texts are written as they are: mind their blanks. */
export function renderFrame(frame: Exclude<NatsFrame, HeaderMode>): Buffer {
  switch (frame.op) {
    case 'INFO':
      return renderInfo(frame);
    case 'CONNECT':
      return Buffer.from(`CONNECT ${JSON.stringify(frame.options)}\r\n`);
    case 'PING':
    case 'PONG':
    case '+OK':
      return Buffer.from(`${frame.op}\r\n`);
    case '-ERR':
      return Buffer.from(`-ERR '${frame.message}'\r\n`);
    case 'SUB':
      return bytesOfText(
        `SUB ${frame.subject} ${frame.queue === undefined ? '' : `${frame.queue} `}${frame.sid}\r\n`,
      );
    case 'UNSUB':
      return bytesOfText(`UNSUB ${frame.sid}${frame.max === undefined ? '' : ` ${frame.max}`}\r\n`);
    case 'PUB':
      if (frame.subject === '' && frame.payload.length === 0) return HMSG_OF_NOTHING;
      return renderMessage('PUB', frame.subject, frame);
    case 'MSG':
      return renderMessage('MSG', `${frame.subject} ${frame.sid}`, frame);
    default:
      return unreachable(frame);
  }
}

/** The last INFO up to what was its receiver's own: many get the same one. */
let known: { readonly info: object; readonly beginning: Buffer } | undefined;

function renderInfo({ info, own }: OwnInfo): Buffer {
  if (own === undefined) return Buffer.from(`INFO ${JSON.stringify(info)} \r\n`);
  if (known?.info !== info)
    known = { info, beginning: Buffer.from(`INFO ${JSON.stringify(info).slice(0, -1)}`) };
  const { beginning } = known;
  const fields = JSON.stringify(own).slice(1);
  const comma = beginning.length === 'INFO {'.length || fields === '}' ? '' : ',';
  const end = `${comma}${fields} \r\n`;
  const bytes = Buffer.allocUnsafe(beginning.length + Buffer.byteLength(end));
  bytes.set(beginning);
  bytes.write(end, beginning.length);
  return bytes;
}

function renderMessage(
  verb: string,
  target: string,
  message: Pick<Msg, 'reply' | 'headers' | 'payload'>,
): Buffer {
  const payload = Buffer.from(message.payload as Buffer);
  const headers = message.headers ?? Buffer.alloc(0);
  const reply = message.reply === undefined ? '' : `${message.reply} `;
  const total = headers.length + payload.length;
  const line =
    message.headers === undefined
      ? `${verb} ${target} ${reply}${total}\r\n`
      : `H${verb} ${target} ${reply}${headers.length} ${total}\r\n`;
  return Buffer.concat([bytesOfText(line), headers, payload, CRLF]);
}
