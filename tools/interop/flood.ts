import { connect } from 'node:net';

const MESSAGE_BYTES = 64 * 1024;
/** 64 MiB: more than all buffers between a server and a client that has stopped can hold. */
const MESSAGES = 1_024;
/** A server that makes publishers wait lets them go on when its slow reader is gone; a second or two, in milliseconds. */
const PATIENCE_MS = 30_000;

/** Publishes 64 MiB on `subject`, and resolves when the server has taken all of it. */
export function flood(port: number, subject: string): Promise<void> {
  const message = Buffer.concat([
    Buffer.from(`PUB ${subject} ${MESSAGE_BYTES}\r\n`),
    Buffer.alloc(MESSAGE_BYTES, 'x'),
    Buffer.from('\r\n'),
  ]);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(`the flood: ${why}`));
    };
    socket.setTimeout(PATIENCE_MS, () => fail('the server takes nothing any more'));
    socket.once('error', (error) => fail(error.message));
    let seen = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      seen += text;
      if (/^-ERR/m.test(seen)) fail(seen.trim());
      if (/^PONG/m.test(seen)) {
        socket.end();
        resolve();
      }
    });
    let left = MESSAGES;
    const more = () => {
      while (left-- > 0) {
        if (!socket.write(message)) {
          socket.once('drain', more);
          return;
        }
      }
      socket.write('PING\r\n');
    };
    socket.write('CONNECT {"verbose":false}\r\n', more);
  });
}
