/**
 * A chat room in the browser, without a library: the page speaks the line dialect over a WebSocket. NATS clients hear it, too.
 *
 *   node examples/websocket.js [HTTP_PORT] [NATS_PORT]          3000 and 4222 by default
 *   open http://localhost:3000/ in two windows
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createBroker } from 'sluice';

const [httpPort = '3000', natsPort = '4222'] = process.argv.slice(2);
const page = readFileSync(new URL('websocket.html', import.meta.url));

const broker = await createBroker({ nats: { port: Number(natsPort) } });
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8').end(page);
});
broker.attachWebSocket(server, { path: '/line', dialect: 'line' });
broker.attachWebSocket(server, { path: '/nats' }); // for nats-core's wsconnect

server.listen(Number(httpPort), '127.0.0.1', () => {
  console.log('HTTP on', server.address(), 'NATS on', broker.url);
});

process.once('SIGTERM', async () => {
  await broker.close();
  server.close();
});
