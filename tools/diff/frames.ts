/** What a server says, as frames. Knows nothing of lib: it judges what lib writes. */

/** One frame of a server, or what is no whole frame at the end of what it said. */
export interface Frame {
  readonly kind: 'INFO' | 'MSG' | '+OK' | '-ERR' | 'PING' | 'PONG' | 'other';
  /** All of its bytes, as latin1. */
  readonly text: string;
  /** Of a MSG or HMSG. */
  readonly message?: Message;
}

export interface Message {
  readonly subject: string;
  readonly sid: string;
  readonly reply: string;
  readonly headers: string;
  readonly payload: string;
  /** The sizes as written, leading zeros and all. */
  readonly sizes: string;
}

const SIMPLE = { '+OK': '+OK', PING: 'PING', PONG: 'PONG' } as const;

/** The frames of `text`, latin1; what is left over and no frame is one of kind 'other'. */
export function framesOf(text: string): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  while (at < text.length) {
    const frame = frameAt(text, at);
    frames.push(frame);
    at += frame.text.length;
  }
  return frames;
}

function frameAt(text: string, at: number): Frame {
  const lineEnd = text.indexOf('\r\n', at);
  if (lineEnd < 0) return { kind: 'other', text: text.slice(at) };
  const line = text.slice(at, lineEnd);
  const whole = text.slice(at, lineEnd + 2);
  const [verb = '', ...words] = line.split(' ');
  if (line in SIMPLE) return { kind: SIMPLE[line as keyof typeof SIMPLE], text: whole };
  if (verb === 'INFO' || verb === '-ERR') return { kind: verb, text: whole };
  if (verb === 'MSG' || verb === 'HMSG') {
    const sizes = words.splice(verb === 'MSG' ? -1 : -2);
    const total = Number(sizes[sizes.length - 1]);
    const end = lineEnd + 2 + total + 2;
    if ((words.length === 2 || words.length === 3) && total >= 0 && end <= text.length) {
      const headerBytes = verb === 'MSG' ? 0 : Number(sizes[0]);
      const body = text.slice(lineEnd + 2, end - 2);
      const [subject = '', sid = '', reply = ''] = words;
      return {
        kind: 'MSG',
        text: text.slice(at, end),
        message: {
          subject,
          sid,
          reply,
          headers: body.slice(0, headerBytes),
          payload: body.slice(headerBytes),
          sizes: sizes.join(' '),
        },
      };
    }
  }
  return { kind: 'other', text: whole };
}
