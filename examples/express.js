/**
 * An Express app with a broker in the same process: what is posted goes out to NATS clients, and browsers hear what
 * anybody publishes, as server-sent events.
 *
 *   node examples/express.js [HTTP_PORT] [NATS_PORT]          3000 and 4222 by default
 *   curl -N localhost:3000/orders &
 *   curl -d 'two coffees' -H 'content-type: text/plain' localhost:3000/orders/new
 */
import express from 'express';
import { connect } from 'nats';
import { createBroker } from 'sluice';

const [httpPort = '3000', natsPort = '4222'] = process.argv.slice(2);

const broker = await createBroker({ listener: `127.0.0.1:${natsPort}`, line: { enabled: false } });
const nc = await connect({ port: broker.natsAddress?.port ?? 0 });

const app = express();
app.use(express.text());

app.post('/orders/:kind', (request, response) => {
  nc.publish(`orders.${request.params.kind}`, request.body);
  response.status(202).end();
});

app.get('/orders', async (_request, response) => {
  response.set('content-type', 'text/event-stream').flushHeaders();
  const orders = nc.subscribe('orders.*');
  response.on('close', () => orders.unsubscribe());
  for await (const order of orders) response.write(`event: ${order.subject}\ndata: ${order.string()}\n\n`);
});

const server = app.listen(Number(httpPort), '127.0.0.1', () => {
  console.log('HTTP on', server.address(), 'NATS on', broker.natsAddress);
});

process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await nc.drain();
  await broker.close();
});
