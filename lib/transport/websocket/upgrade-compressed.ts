import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { CompressedStream } from './compressed-stream.js';

/** Messages of fewer bytes are sent as they are; nats-server's. */
const THRESHOLD_BYTES = 64;

/**
 * Answers an upgrade request that has been checked, of a client that offers compression. Each message is compressed by
 * itself, in the thread pool of Node. A connection keeps what zlib needs for that, some 200 KiB, from the first message that is
 * compressed: ws frees it with the connection only.
 *
 * @param maxMessageBytes of a message, compressed and not
 * @param upgraded called with the stream, unless the client is gone
 */
export function upgradeCompressed(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  headers: Readonly<Record<string, string>>,
  maxMessageBytes: number,
  upgraded: (stream: CompressedStream) => void,
): void {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    skipUTF8Validation: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: THRESHOLD_BYTES,
      zlibDeflateOptions: { level: 1 },
    },
  });
  server.on('headers', (lines) => {
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  });
  server.handleUpgrade(request, socket, head, (webSocket) =>
    upgraded(new CompressedStream(webSocket, socket)),
  );
}
