/**
 * The floor: a "broker" that copies what publishers send to every subscriber, unread. It answers as much of the NATS
 * handshake as the load needs. `node build/tools/bench/relay.js PORT`; for the bench only, it checks nothing.
 */
import { createServer, type Socket } from 'node:net';

const subscribers = new Set<Socket>();

/** Writes to every subscriber and holds the publisher back until the slowest has taken it. */
function copy(publisher: Socket, bytes: Buffer): void {
  let waiting = 0;
  for (const subscriber of subscribers) {
    if (subscriber.write(bytes)) continue;
    waiting++;
    const taken = (): void => {
      subscriber.off('drain', taken).off('close', taken);
      if (--waiting === 0) publisher.resume();
    };
    subscriber.on('drain', taken).on('close', taken);
  }
  if (waiting > 0) publisher.pause();
}

const server = createServer({ noDelay: true, highWaterMark: 1024 * 1024 }, (socket) => {
  let publishing = false;
  socket.setMaxListeners(0);
  socket.write('INFO {"server_id":"relay","max_payload":1048576,"headers":true}\r\n');
  socket.on('data', (bytes) => {
    publishing ||= /^H?PUB /.test(bytes.toString('latin1', 0, 5));
    const asksPong = bytes.subarray(-6).equals(Buffer.from('PING\r\n'));
    if (publishing) copy(socket, asksPong ? bytes.subarray(0, -6) : bytes);
    else if (bytes.includes('SUB ')) subscribers.add(socket);
    if (asksPong) socket.write('PONG\r\n');
  });
  socket.on('close', () => subscribers.delete(socket));
  socket.on('error', () => socket.destroy());
});

process.once('SIGTERM', () => process.exit()); // so that --cpu-prof is written
server.listen(Number(process.argv[2]), '127.0.0.1');
