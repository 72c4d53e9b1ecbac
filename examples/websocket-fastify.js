/**
 * NATS for browsers on the server of a Fastify app: pages connect with nats-core's `wsconnect`, other clients over TCP.
 *
 *   node examples/websocket-fastify.js [HTTP_PORT] [NATS_PORT]          3000 and 4222 by default
 *   curl -d hello -H 'content-type: text/plain' localhost:3000/news
 *   const connection = await wsconnect({ servers: 'ws://localhost:3000/nats' });          // in a page
 */
import fastify from 'fastify';
import { createBroker } from 'sluice';

const [httpPort = '3000', natsPort = '4222'] = process.argv.slice(2);

const broker = await createBroker({ nats: { port: Number(natsPort) } });
const app = fastify();
app.post('/news', async (request, reply) => {
  await broker.publish('news', String(request.body));
  reply.code(202);
});
broker.attachWebSocket(app.server, { path: '/nats' });

await app.listen({ host: '127.0.0.1', port: Number(httpPort) });
console.log('HTTP on', app.server.address(), 'NATS on', broker.url);

process.once('SIGTERM', async () => {
  await broker.close(); // closes the WebSockets, too, which the server would wait for
  await app.close();
});
