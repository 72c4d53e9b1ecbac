/** `node holder.js HOST PORT COUNT`: connects, subscribes, says `ready`, answers PINGs, and waits for its end. */
import { connect } from 'node:net';

const [host = '', port = '', count = ''] = process.argv.slice(2);
let standing = 0;
for (let i = 0; i < Number(count); i++) {
  const socket = connect(Number(port), host, () =>
    socket.write('CONNECT {"verbose":false}\r\nSUB cable 1\r\nPING\r\n'),
  );
  let asked = false;
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    const text = chunk.toString('latin1');
    if (/(^|\n)PING\r\n/.test(text)) socket.write('PONG\r\n');
    if (!asked && text.includes('PONG\r\n')) {
      asked = true;
      if (++standing === Number(count)) console.log('ready');
    }
  });
}
