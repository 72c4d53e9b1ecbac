import { expect } from 'chai';
import type { Sink } from '../../lib/clients/subscription.js';
import { Subscription } from '../../lib/clients/subscription.js';
import { maySend, type Origin } from '../../lib/routing/may-send.js';
import { SERVER } from '../../lib/routing/server-publisher.js';
import { Harness } from '../support/harness.js';

const sink = (kind: Sink['kind']): Subscription =>
  Subscription.into({ kind, owner: {}, units: 0, take: () => 0 }, 'foo');

describe('who may get what from whom', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.stop());

  const TABLE: readonly [Origin, { echo: boolean; stream: boolean; service: boolean }][] = [
    ['publish', { echo: true, stream: true, service: true }],
    ['stream', { echo: true, stream: false, service: false }],
    ['service', { echo: true, stream: false, service: true }],
  ];

  for (const [origin, may] of TABLE) {
    it(`holds for messages of origin ${origin}`, async () => {
      const { client } = (await harness.connect('nats')).connection;
      const { client: other } = (await harness.connect('nats')).connection;
      const own = new Subscription(client, 'foo', '1', undefined);
      const theirs = new Subscription(other, 'foo', '1', undefined);
      expect(maySend(origin, client, own), 'its own, with echo').to.equal(may.echo);
      client.echo = false;
      expect(maySend(origin, client, own), 'its own, without echo').to.equal(false);
      expect(maySend(origin, client, theirs), 'of another client').to.equal(true);
      for (const publisher of [client, SERVER]) {
        expect(maySend(origin, publisher, sink('stream')), 'a stream import').to.equal(may.stream);
        expect(maySend(origin, publisher, sink('service')), 'a service').to.equal(may.service);
      }
      expect(maySend(origin, SERVER, own), 'from the server').to.equal(true);
    });
  }
});
