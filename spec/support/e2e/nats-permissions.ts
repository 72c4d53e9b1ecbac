import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { freshDirectory } from '../process.js';
import { type Behaviour, failureOf, listen, settled, type World } from './nats-client.js';

const TIMEOUT_MS = 10_000;

const CONF = `authorization { users = [
  { user: ann, password: pw, permissions: {
    publish: ["open.>", "_INBOX.>"]
    subscribe: { allow: ["open.>", "_INBOX.>"], deny: "open.secret" }
  } }
  { user: bob, password: pw, permissions: {
    publish: { deny: ">" }, subscribe: "open.service", allow_responses: { max: 1, expires: "1m" }
  } }
  { user: root, password: pw }
] }`;

/** Starts a broker with the users above, and connects as some of them. */
async function start({ connect, startBroker }: World) {
  const path = join(freshDirectory(), 'server.conf');
  writeFileSync(path, CONF);
  const broker = await startBroker(['-c', path]);
  return {
    as: (user: string) => connect({ servers: broker.servers, user, pass: 'pw' }),
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

export const permissions: readonly Behaviour[] = [
  {
    title: 'tells of a publish that is not permitted, and goes on',
    async run(world) {
      await using broker = await start(world);
      const [ann, root] = [await broker.as('ann'), await broker.as('root')];
      const violations = world.client.violations(ann);
      const heard = listen(root, '>');
      await settled(root);
      ann.publish('closed.subject', '1');
      ann.publish('open.subject', '2');
      await settled(ann, root);
      expect((await violations.next()).value).to.deep.equal({
        operation: 'publish',
        subject: 'closed.subject',
      });
      expect(heard.texts).to.deep.equal(['2']);
    },
  },
  {
    title: 'ends a subscription that is not permitted with an error, and only that one',
    async run(world) {
      await using broker = await start(world);
      const [ann, root] = [await broker.as('ann'), await broker.as('root')];
      const allowed = listen(ann, 'open.*');
      const failure = new Promise<Error>((resolve) => {
        ann.subscribe('other.subject', { callback: (error) => error && resolve(error) });
      });
      expect(world.client.failureOf(await failure)).to.equal('permissions');
      await settled(ann);
      for (const subject of ['open.secret', 'other.subject', 'open.subject']) root.publish(subject, subject);
      await settled(root, ann);
      expect(allowed.texts).to.deep.equal(['open.subject']);
    },
  },
  {
    title: 'fails a request that may not be made',
    async run(world) {
      await using broker = await start(world);
      const ann = await broker.as('ann');
      const request = ann.request('closed.service', '', { timeout: TIMEOUT_MS });
      expect(await failureOf(world.client, request)).to.equal('permissions');
      const another = ann.request('open.nobody', '', { timeout: TIMEOUT_MS });
      expect(await failureOf(world.client, another)).to.equal('no responders');
    },
  },
  {
    title: 'lets one answer who may otherwise publish nothing, once',
    async run(world) {
      await using broker = await start(world);
      const [ann, bob] = [await broker.as('ann'), await broker.as('bob')];
      const violations = world.client.violations(bob);
      bob.subscribe('open.service', {
        callback: (_error, message) => {
          message.respond('yes');
          message.respond('one too many');
        },
      });
      await settled(bob);
      const answer = await ann.request('open.service', '', { timeout: TIMEOUT_MS, noMux: true });
      expect(answer.string()).to.equal('yes');
      expect((await violations.next()).value.operation).to.equal('publish');
    },
  },
];
