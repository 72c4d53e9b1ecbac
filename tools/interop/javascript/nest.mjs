/** Two transports that bring JetStream to NestJS: `node nest.mjs SCENARIO`, with the packages in `INTEROP_NESTJS`; see README.md. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [scenario] = process.argv.slice(2);
const PATIENCE_MS = 30_000;
const EVENTS = 20;
const load = createRequire(join(process.env.INTEROP_NESTJS, 'index.js'));
load('reflect-metadata');
const { Controller, Module } = load('@nestjs/common');
const { NestFactory } = load('@nestjs/core');
const { Ctx, EventPattern, MessagePattern, Payload } = load('@nestjs/microservices');
const { firstValueFrom, of } = load('rxjs');
const server = process.env.INTEROP_URL;

/** What came, in order. */
const created = [];

/** @param handled is called with the context of each event */
function controller(handled) {
  class Orders {
    created(order, context) {
      created.push(order.number);
      handled(context);
    }
    price(order) {
      return of({ price: order.number * 2 });
    }
  }
  const decorate = (name, ...decorators) => {
    const property = Object.getOwnPropertyDescriptor(Orders.prototype, name);
    for (const each of decorators) each(Orders.prototype, name, property);
  };
  decorate('created', EventPattern('order.created'));
  decorate('price', MessagePattern('order.price'));
  for (const name of ['created', 'price']) {
    Payload()(Orders.prototype, name, 0);
    if (name === 'created') Ctx()(Orders.prototype, name, 1);
  }
  Controller()(Orders);
  return Orders;
}

function moduleOf(metadata) {
  class App {}
  Module(metadata)(App);
  return App;
}

async function until(holds, what) {
  for (const end = Date.now() + PATIENCE_MS; !holds(); ) {
    if (Date.now() > end) throw new Error(`waited for ${what}, seen: ${created.join()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Emits events and asks for one answer. */
async function use(client, request) {
  await client.connect();
  for (let number = 0; number < EVENTS; number++)
    await firstValueFrom(client.emit('order.created', { number }), { defaultValue: undefined });
  await until(() => created.length >= EVENTS, `${EVENTS} events`);
  const answer = await firstValueFrom(client.send(request, { number: 21 }));
  if (answer?.price !== 42) throw new Error(`answer ${JSON.stringify(answer)}`);
  if (new Set(created).size !== EVENTS) throw new Error(`came: ${created.join()}`);
}

const scenarios = {
  async 'nestjs-plugins'() {
    const { NatsJetStreamServer, NatsJetStreamClientProxy } = load(
      '@nestjs-plugins/nestjs-nats-jetstream-transport',
    );
    const connectionOptions = { servers: server, name: 'orders' };
    const strategy = new NatsJetStreamServer({
      connectionOptions,
      consumerOptions: { deliverGroup: 'orders', durable: 'orders', deliverTo: 'orders', manualAck: true },
      streamConfig: { name: 'orders', subjects: ['order.created'] },
    });
    const root = moduleOf({ controllers: [controller((context) => context.message.ack())] });
    const app = await NestFactory.createMicroservice(root, { strategy, logger: ['error', 'warn'] });
    await app.listen();
    await use(new NatsJetStreamClientProxy({ connectionOptions }), 'order.price');
  },

  async 'nestjs-horizon'() {
    const jetstream = load('@horizon-republic/nestjs-jetstream');
    const options = { name: 'orders', servers: [server] };
    const root = moduleOf({
      imports: [
        jetstream.JetstreamServerModule.forRoot(options),
        jetstream.JetstreamClientModule.forFeature(options),
      ],
      controllers: [controller(() => {})],
    });
    const app = await NestFactory.create(root, { logger: ['error', 'warn'] });
    const strategy = app.get(jetstream.getJetStreamTransportToken('orders'));
    app.connectMicroservice(strategy, { inheritAppConfig: true });
    await app.startAllMicroservices();
    await use(app.get('orders'), 'order.price');
  },
};

try {
  await scenarios[scenario]();
  console.log(`ok ${scenario}`);
  process.exit(0);
} catch (error) {
  console.log(`not ok ${scenario}: ${String(error?.message ?? error).replaceAll('\n', ' | ')}`);
  console.error(error);
  process.exit(1);
}
