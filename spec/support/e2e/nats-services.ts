import { expect } from 'chai';
import { type Behaviour, type Connection, failureOf, type Service, type World } from './nats-client.js';

const TIMEOUT_MS = 10_000;

/** A service with one endpoint that says which instance it is, and one that fails. */
async function start(world: World, connection: Connection, name: string, answer: string): Promise<Service> {
  const service = await world.client.services(connection).add({
    name,
    version: '1.2.3',
    description: 'says its name',
    metadata: { colour: 'red' },
  });
  service.addEndpoint('who', {
    subject: `${name}.who`,
    metadata: { kind: 'question' },
    handler: (_error, message) => message.respond(answer),
  });
  service.addEndpoint('fail', {
    subject: `${name}.fail`,
    handler: (_error, message) => message.respondError(418, 'a teapot', 'short and stout'),
  });
  await connection.flush();
  return service;
}

/** Everything of an answer of many. */
async function all<T>(answers: Promise<AsyncIterable<T>>): Promise<T[]> {
  const found: T[] = [];
  for await (const answer of await answers) found.push(answer);
  return found;
}

/** A name for a service: no dots. */
function nameOf({ subject }: World): string {
  return subject.replaceAll('.', '-');
}

export const services: readonly Behaviour[] = [
  {
    title: 'finds services with PING, INFO and STATS, by name and by id',
    async run(world) {
      const { client, connect } = world;
      const name = nameOf(world);
      const [caller, ...hosts] = [await connect(), await connect(), await connect()];
      const [a, b] = [await start(world, hosts[0]!, name, 'a'), await start(world, hosts[1]!, name, 'b')];
      const ids = [a.info().id, b.info().id].sort();
      for (let i = 0; i < 3; i++) await caller.request(`${name}.who`, '', { timeout: TIMEOUT_MS });
      const two = client.services(caller).client({ count: 2 });
      const one = client.services(caller).client({ count: 1 });
      const pings = await all(two.ping(name));
      expect(pings.map(({ id }) => id).sort()).to.deep.equal(ids);
      for (const ping of pings) {
        expect(ping).to.include({ name, version: '1.2.3', type: 'io.nats.micro.v1.ping_response' });
        expect(ping.metadata).to.include({ colour: 'red' });
      }
      for (const info of await all(two.info(name))) {
        expect(info.description).to.equal('says its name');
        expect(info.endpoints.map(({ subject }) => subject)).to.deep.equal([`${name}.who`, `${name}.fail`]);
        expect(info.endpoints[0]!.metadata).to.deep.equal({ kind: 'question' });
      }
      const stats = await all(two.stats(name));
      expect(stats.map(({ id }) => id).sort()).to.deep.equal(ids);
      const asked = stats.map(({ endpoints }) => endpoints?.find((endpoint) => endpoint.name === 'who'));
      expect(asked.reduce((sum, endpoint) => sum + endpoint!.num_requests, 0)).to.equal(3);
      expect((await all(one.ping(name, ids[0]))).map(({ id }) => id)).to.deep.equal([ids[0]]);
      expect((await all(one.stats(name, ids[1]))).map(({ id }) => id)).to.deep.equal([ids[1]]);
    },
  },
  {
    title: 'finds every service when no name is given',
    async run(world) {
      const { client, connect } = world;
      await using server = await world.startBroker();
      const at = { servers: server.servers };
      const [caller, host] = [await connect(at), await connect(at)];
      for (const name of ['one', 'two', 'three']) await start(world, host, name, name);
      const found = await all(client.services(caller).client({ count: 3 }).ping());
      expect(found.map(({ name }) => name).sort()).to.deep.equal(['one', 'three', 'two']);
    },
  },
  {
    title: 'tells at once that there is no such service',
    async run(world) {
      const { client, connect } = world;
      const caller = await connect();
      const found = all(
        client
          .services(caller)
          .client({ count: 1 })
          .ping(`no-${nameOf(world)}`),
      );
      expect(await failureOf(client, found)).to.equal('no responders');
    },
  },
  {
    title: 'spreads requests over the instances of a service, as they share a queue',
    async run(world) {
      const { connect } = world;
      const name = nameOf(world);
      const caller = await connect();
      for (const answer of ['a', 'b', 'c']) await start(world, await connect(), name, answer);
      const answers: string[] = [];
      for (let i = 0; i < 300; i++) {
        answers.push((await caller.request(`${name}.who`, '', { timeout: TIMEOUT_MS })).string());
      }
      for (const instance of ['a', 'b', 'c']) {
        const own = answers.filter((answer) => answer === instance);
        expect(own.length).to.be.within(50, 150); // six standard deviations
      }
    },
  },
  {
    title: 'carries the error of a service in headers, beside a payload',
    async run(world) {
      const { connect } = world;
      const name = nameOf(world);
      const [caller, host] = [await connect(), await connect()];
      const service = await start(world, host, name, 'a');
      const answer = await caller.request(`${name}.fail`, '', { timeout: TIMEOUT_MS });
      expect(answer.headers?.get('Nats-Service-Error-Code')).to.equal('418');
      expect(answer.headers?.get('Nats-Service-Error')).to.equal('a teapot');
      expect(answer.string()).to.equal('short and stout');
      const counted = (await service.stats()).endpoints?.find((endpoint) => endpoint.name === 'fail');
      expect(counted).to.include({ num_requests: 1 });
    },
  },
  {
    title: 'reaches endpoints in groups, and those with a queue of their own',
    async run(world) {
      const { client, connect } = world;
      const name = nameOf(world);
      const [caller, host] = [await connect(), await connect()];
      const service = await client.services(host).add({ name, version: '0.0.1' });
      const group = service.addGroup(name).addGroup('deep');
      group.addEndpoint('max', {
        handler: (_error, message) =>
          message.respond(String(Math.max(...message.string().split(' ').map(Number)))),
      });
      group.addEndpoint('wild', {
        subject: '*.end',
        queue: 'own',
        handler: (_error, message) => message.respond(message.subject),
      });
      await host.flush();
      const ask = async (subject: string, text: string) =>
        (await caller.request(`${name}.deep.${subject}`, text, { timeout: TIMEOUT_MS })).string();
      expect(await ask('max', '1 3 2')).to.equal('3');
      expect(await ask('x.end', '')).to.equal(`${name}.deep.x.end`);
      const [info] = await all(client.services(caller).client({ count: 1 }).info(name));
      expect(info!.endpoints.map((endpoint) => endpoint.queue_group)).to.deep.equal(['q', 'own']);
    },
  },
  {
    title: 'is gone when it stops: no responders, while other instances go on',
    async run(world) {
      const { client, connect } = world;
      const name = nameOf(world);
      const [caller, ...hosts] = [await connect(), await connect(), await connect()];
      const [a, b] = [await start(world, hosts[0]!, name, 'a'), await start(world, hosts[1]!, name, 'b')];
      const ask = () => caller.request(`${name}.who`, '', { timeout: TIMEOUT_MS });
      expect(await a.stop()).to.equal(null);
      await hosts[0]!.flush();
      for (let i = 0; i < 20; i++) expect((await ask()).string()).to.equal('b');
      expect(await b.stop()).to.equal(null);
      await hosts[1]!.flush();
      expect(await failureOf(client, ask())).to.equal('no responders');
      expect(await failureOf(client, all(client.services(caller).client({ count: 1 }).ping(name)))).to.equal(
        'no responders',
      );
    },
  },
  {
    title: 'survives a restart of the broker on the same port',
    async run(world) {
      const { client, connect } = world;
      const name = nameOf(world);
      await using first = await world.startBroker();
      const again = {
        servers: first.servers,
        reconnect: true,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 50,
      };
      const [caller, host] = [await connect(again), await connect(again)];
      const service = await start(world, host, name, 'a');
      const back = [caller, host].map(async (connection) => {
        for await (const type of client.events(connection)) if (type === 'reconnect') return;
      });
      await first.stop('SIGTERM');
      await using _second = await world.startBroker(['-p', String(first.natsPort)]);
      await Promise.all(back);
      await host.flush();
      expect((await caller.request(`${name}.who`, '', { timeout: TIMEOUT_MS })).string()).to.equal('a');
      expect(await all(client.services(caller).client({ count: 1 }).ping(name))).to.have.length(1);
      expect(service.isStopped).to.equal(false);
      await Promise.all([caller.close(), host.close()]);
    },
  },
];
