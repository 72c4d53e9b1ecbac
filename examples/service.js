/**
 * A service: takes requests off a queue group, so that any number of it share the work, and answers them.
 *
 *   sluice
 *   node examples/service.js [PORT]                           as often as you like; 4222 by default
 *   nats request price.espresso ''                            says 2.20
 */
import { pathToFileURL } from 'node:url';
import { connect, headers } from 'nats';

const PRICES = new Map([
  ['espresso', 2.2],
  ['cappuccino', 3.1],
]);

/**
 * Answers requests on `price.NAME` until the connection is closed or drained.
 *
 * @param {import('nats').NatsConnection} nc
 */
export async function servePrices(nc) {
  for await (const request of nc.subscribe('price.*', { queue: 'prices' })) {
    const price = PRICES.get(request.subject.split('.')[1] ?? '');
    if (price === undefined) {
      const why = headers();
      why.set('Nats-Service-Error-Code', '404');
      why.set('Nats-Service-Error', 'we do not have that');
      request.respond('', { headers: why });
    } else request.respond(price.toFixed(2));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const nc = await connect({ port: Number(process.argv[2] ?? 4222) });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => nc.drain());
  console.log(`serving prices at ${nc.getServer()}`);
  await servePrices(nc);
}
