import { expect } from 'chai';
import { ORIGINS, type OriginKind } from '../../lib/clients/origin.js';
import type { Sink } from '../../lib/clients/subscription.js';
import { Subscription } from '../../lib/clients/subscription.js';
import { type Arrival, maySend } from '../../lib/routing/may-send.js';
import { SERVER } from '../../lib/routing/server-publisher.js';
import { Harness } from '../support/harness.js';
import { viewOf } from '../support/view-of.js';

const sink = (kind: Sink['kind']): Subscription =>
  Subscription.into({ kind, owner: {}, units: 0, take: () => 0 }, 'foo');

describe('who may get what from whom', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.stop());

  const TABLE: readonly [Arrival, { echo: boolean; stream: boolean; service: boolean }][] = [
    ['publish', { echo: true, stream: true, service: true }],
    ['stream', { echo: true, stream: false, service: false }],
    ['service', { echo: true, stream: false, service: true }],
  ];

  for (const [arrival, may] of TABLE) {
    it(`holds for messages that arrive by ${arrival}`, async () => {
      const { client } = (await harness.connect('nats')).connection;
      const { client: other } = (await harness.connect('nats')).connection;
      const own = new Subscription(client, 'foo', '1', undefined);
      const theirs = new Subscription(other, 'foo', '1', undefined);
      expect(maySend(arrival, client, own), 'its own, with echo').to.equal(may.echo);
      client.echo = false;
      expect(maySend(arrival, client, own), 'its own, without echo').to.equal(false);
      expect(maySend(arrival, client, theirs), 'of another client').to.equal(true);
      for (const publisher of [client, SERVER]) {
        expect(maySend(arrival, publisher, sink('stream')), 'a stream import').to.equal(may.stream);
        expect(maySend(arrival, publisher, sink('service')), 'a service').to.equal(may.service);
      }
      expect(maySend(arrival, SERVER, own), 'from the server').to.equal(true);
    });
  }

  /** from → those that it may not send to */
  const BARRED: Readonly<Record<OriginKind, readonly OriginKind[]>> = {
    client: [],
    service: [],
    system: [],
    'leaf-spoke': [],
    'leaf-hub': ['leaf-hub', 'route'],
    route: ['route', 'leaf-hub'],
  };

  it('holds between links of servers', async () => {
    const { client } = (await harness.connect('nats')).connection;
    for (const from of Object.values(ORIGINS))
      for (const to of Object.values(ORIGINS)) {
        const subscription = new Subscription(
          viewOf(client, { origin: to } as object),
          'foo',
          '1',
          undefined,
        );
        const may = maySend('publish', { ...SERVER, origin: from }, subscription);
        expect(may, `${from.kind} to ${to.kind}`).to.equal(!BARRED[from.kind].includes(to.kind));
      }
  });
});
