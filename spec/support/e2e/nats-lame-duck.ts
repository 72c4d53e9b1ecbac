import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { freshDirectory } from '../process.js';
import {
  type Behaviour,
  type Connection,
  failureOf,
  listen,
  type NatsClient,
  settled,
} from './nats-client.js';

/** Words for a broker whose lame duck mode goes like this. */
function lameDuck(grace: string, duration: string): readonly string[] {
  const path = join(freshDirectory(), 'config.toml');
  writeFileSync(path, `[lame_duck]\ngrace_period = "${grace}"\nduration = "${duration}"\n`);
  return ['-c', path];
}

/** Resolves when this has happened to the connection; to be called before it can. */
async function happens(client: NatsClient, connection: Connection, wanted: string): Promise<void> {
  for await (const type of client.events(connection)) if (type === wanted) return;
  throw new Error(`the connection has ended without ${wanted}`);
}

export const lameDucks: readonly Behaviour[] = [
  {
    title: 'tells that it is a lame duck, works on for open connections, and takes no others',
    async run({ client, connect, startBroker, subject }) {
      await using broker = await startBroker(lameDuck('1m', '2m'));
      const at = { servers: broker.servers };
      const [publisher, subscriber] = [await connect(at), await connect(at)];
      const inbox = listen(subscriber, subject);
      await settled(subscriber);
      const told = [publisher, subscriber].map((connection) => happens(client, connection, 'ldm'));
      broker.kill('SIGUSR2');
      await Promise.all(told);
      publisher.publish(subject, 'still here');
      await settled(publisher, subscriber);
      expect(inbox.texts).to.deep.equal(['still here']);
      expect(await failureOf(client, connect(at))).not.to.equal('none');
      expect(await broker.stop('SIGINT')).to.deep.equal({ code: 0, signal: null });
    },
  },
  {
    title: 'sends clients on to another broker, subscriptions and all, and ends',
    async run({ client, connect, startBroker, subject }) {
      await using duck = await startBroker(lameDuck('0ms', '50ms'));
      await using other = await startBroker();
      const subscriber = await connect({
        servers: [duck.servers, other.servers],
        noRandomize: true,
        reconnect: true,
        reconnectTimeWait: 50,
      });
      const publisher = await connect({ servers: other.servers });
      const inbox = listen(subscriber, subject);
      await settled(subscriber);
      const back = happens(client, subscriber, 'reconnect');
      duck.kill('SIGUSR2');
      await back;
      expect(await duck.exited).to.deep.equal({ code: 0, signal: null });
      await settled(subscriber);
      publisher.publish(subject, 'over here');
      await settled(publisher, subscriber);
      expect(inbox.texts).to.deep.equal(['over here']);
      await subscriber.close();
    },
  },
];
