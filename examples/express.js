/**
 * An Express app with a broker in the same process: what is posted goes out to NATS clients, and browsers hear what
 * anybody publishes, as server-sent events.
 *
 *   node examples/express.js [HTTP_PORT] [NATS_PORT]          3000 and 4222 by default
 *   curl -N localhost:3000/orders &
 *   curl -d 'two coffees' -H 'content-type: text/plain' localhost:3000/orders/new
 */
import express from 'express';
import { createBroker } from 'sluice';

const [httpPort = '3000', natsPort = '4222'] = process.argv.slice(2);

const broker = await createBroker({ nats: { port: Number(natsPort) } });
const app = express();
app.use(express.text());

app.post('/orders/:kind', async (request, response) => {
  await broker.publish(`orders.${request.params.kind}`, request.body);
  response.status(202).end();
});

app.get('/orders', async (_request, response) => {
  response.set('content-type', 'text/event-stream').flushHeaders();
  const orders = broker.subscribe('orders.*');
  response.on('close', () => orders.unsubscribe());
  for await (const order of orders) response.write(`event: ${order.subject}\ndata: ${order.text()}\n\n`);
  response.end();
});

const server = app.listen(Number(httpPort), '127.0.0.1', () => {
  console.log('HTTP on', server.address(), 'NATS on', broker.url);
});

process.once('SIGTERM', async () => {
  await broker.close(); // ends the subscriptions, and so the answers that go on
  server.close();
});
