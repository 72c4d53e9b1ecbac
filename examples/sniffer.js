/**
 * A wire sniffer: stands between NATS clients and their server, and prints every command that the clients send.
 *
 *   node examples/sniffer.js [LISTEN_PORT] [SERVER_PORT]      then let clients connect to LISTEN_PORT, 4223 by default
 */
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';
import { natsDecoder } from 'sluice/codecs';

const [listenPort = '4223', serverPort = '4222'] = process.argv.slice(2);

const sniffer = createServer((client) => {
  const server = connect(Number(serverPort));
  const commands = client.pipe(natsDecoder());
  commands.on('data', (batch) => {
    for (const command of batch) {
      if (command.op === 'PUB') console.log(`PUB ${command.subject}: ${command.payload}`);
      else console.log(JSON.stringify(command));
    }
  });
  pipeline(client, server, client, () => {}); // whichever ends or fails takes the other with it
});
sniffer.listen(Number(listenPort), '127.0.0.1', () => console.log('listening on', sniffer.address()));
