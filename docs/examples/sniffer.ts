/** A wire sniffer: stands between NATS clients and their server and tells every command that the clients send. */
import { connect, createServer, type Server } from 'node:net';
import { pipeline } from 'node:stream';
import { type CommandBatch, type NatsCommand, natsDecoder } from 'sluice/codecs';

export function sniffer(serverPort: number, tell: (line: string) => void): Server {
  return createServer((client) => {
    const server = connect(serverPort);
    const commands = client.pipe(natsDecoder());
    commands.on('data', (batch: CommandBatch<NatsCommand>) => {
      for (const command of batch) {
        if (command.op === 'PUB') tell(`PUB ${command.subject}: ${command.payload}`);
        else tell(JSON.stringify(command));
      }
    });
    pipeline(client, server, client, () => {});
  });
}
