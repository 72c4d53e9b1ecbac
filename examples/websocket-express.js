/**
 * NATS for browsers on the server of an Express app: pages connect with nats-core's `wsconnect`, other clients over TCP.
 *
 *   node examples/websocket-express.js [HTTP_PORT] [NATS_PORT]          3000 and 4222 by default
 *   curl -d hello -H 'content-type: text/plain' localhost:3000/news
 *   const connection = await wsconnect({ servers: 'ws://localhost:3000/nats' });          // in a page
 */
import express from 'express';
import { createBroker } from 'sluice';

const [httpPort = '3000', natsPort = '4222'] = process.argv.slice(2);

const broker = await createBroker({ nats: { port: Number(natsPort) } });
const app = express();
app.use(express.text());
app.post('/news', async (request, response) => {
  await broker.publish('news', request.body);
  response.status(202).end();
});

const server = app.listen(Number(httpPort), '127.0.0.1', () => {
  console.log('HTTP on', server.address(), 'NATS on', broker.url);
});
broker.attachWebSocket(server, { path: '/nats' });

process.once('SIGTERM', async () => {
  await broker.close(); // closes the WebSockets, too, which the server would wait for
  server.close();
});
