/**
 * A chat over the line dialect: what a program needs for it is a socket and its lines. Whoever has telnet is welcome,
 * too: `SUB chat.kitchen`, and then `PUB chat.kitchen bob: hello`.
 *
 *   sluice
 *   node examples/chat.js NAME [ROOM] [PORT]                  8889 is where line clients connect by default
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [name, room = 'kitchen', port = '8889'] = process.argv.slice(2);
if (name === undefined) {
  console.error('usage: node examples/chat.js NAME [ROOM] [PORT]');
  process.exit(1);
}

const topic = `chat.${room}`;
const socket = connect(Number(port), '127.0.0.1');
socket.write(`SUB ${topic}\n`);

const keyboard = createInterface({ input: process.stdin });
keyboard.on('line', (text) => socket.write(`PUB ${topic} ${name}: ${text}\n`));
keyboard.on('close', () => socket.write('QUIT\n'));

// One answer a line, in order: `OK …` to what one said, `UPDATE topic text` for what anybody says.
for await (const line of createInterface({ input: socket })) {
  const [verb] = line.split(' ', 1);
  if (verb === 'UPDATE') console.log(line.slice(`UPDATE ${topic} `.length));
  else if (line === `OK SUB ${topic}`) console.log(`you are in the ${room}; Ctrl-D leaves`);
  else if (verb === 'ERR') console.error(line);
}
keyboard.close();
