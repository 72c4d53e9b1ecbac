/** A wire sniffer: stands between NATS clients and their server and tells what either says. */
import { connect, createServer, type Server } from 'node:net';
import { pipeline } from 'node:stream';
import {
  type NatsCommand,
  type NatsServerFrame,
  natsDecoder,
  natsServerDecoder,
  type Publish,
} from 'sluice/codecs';

export function sniffer(serverPort: number, tell: (line: string) => void): Server {
  const show = (arrow: string) => (frames: Iterable<NatsCommand | NatsServerFrame | Publish>) => {
    for (const frame of frames)
      if ('payload' in frame) tell(`${arrow} ${frame.op} ${frame.subject}: ${frame.payload}`);
      else tell(`${arrow} ${JSON.stringify(frame)}`);
  };
  return createServer((client) => {
    const server = connect(serverPort);
    client.pipe(natsDecoder()).on('data', show('>'));
    server.pipe(natsServerDecoder()).on('data', show('<'));
    pipeline(client, server, client, () => {});
  });
}
