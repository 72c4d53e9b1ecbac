import type { Exchange, Step } from './exchanges.js';

const STREAM: Step = { api: 'STREAM.CREATE.T', send: { name: 'T', subjects: ['t.>'], storage: 'memory' } };
const consumer = (config: object, more: object = {}): Step => ({
  api: 'CONSUMER.CREATE.T.c',
  send: { stream_name: 'T', config: { name: 'c', durable_name: 'c', ack_policy: 'explicit', ...config } },
  ...more,
});
const refused = (config: object, error: readonly [number, string]): Step => consumer(config, { error });
const messages = (count: number): readonly Step[] =>
  Array.from({ length: count }, (): Step => ({ pub: 't.a', payload: 'x' }));
const OVERFLOW = consumer({ priority_policy: 'overflow', priority_groups: ['A'] });
const PINNED = { priority_policy: 'pinned_client', priority_groups: ['A'] };
const SOON = 20_000_000_000;
const pull = (name: string, send: object): Step => ({ pull: name, send: { expires: SOON, ...send } });
const heard = (name: string, ...gets: readonly string[]): Step => ({ heard: name, gets });
const unpin = (send: object | string, error?: readonly [number, string?]): Step => ({
  ...{ api: 'CONSUMER.UNPIN.T.c', send },
  ...(error === undefined ? {} : { error }),
});

/** Requests of consumers with priority groups, and pauses. */
export const PRIORITY_EXCHANGES: readonly Exchange[] = [
  {
    title: 'configurations with priority groups are checked',
    differs: '2.10 has no priority groups',
    steps: [
      STREAM,
      refused({ priority_policy: 'overflow' }, [
        10159,
        'Setting PriorityPolicy requires at least one PriorityGroup to be set',
      ]),
      refused({ priority_policy: 'overflow', priority_groups: [''] }, [
        10161,
        'Group name cannot be an empty string',
      ]),
      refused({ priority_policy: 'overflow', priority_groups: ['a.b'] }, [
        10162,
        'Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters',
      ]),
      refused({ priority_policy: 'overflow', priority_groups: ['A'], deliver_subject: 'd' }, [
        10178,
        'priority groups can not be used with push consumers',
      ]),
      refused({ priority_groups: ['A'] }, [
        10196,
        'consumer can not have priority groups when policy is none',
      ]),
      refused({ priority_timeout: 1_000_000_000 }, [
        10197,
        'PinnedTTL cannot be set when PriorityPolicy is none',
      ]),
      consumer(PINNED, {
        gets: { config: { ...PINNED, priority_timeout: 120_000_000_000 }, priority_groups: [{ group: 'A' }] },
      }),
    ],
  },
  {
    title: 'overflow requests step in for others',
    differs: '2.10 has no priority groups',
    steps: [
      STREAM,
      OVERFLOW,
      ...messages(3),
      pull('none', { batch: 1 }),
      heard('none', '400 Bad Request - Priority Group missing'),
      pull('other', { batch: 1, group: 'B' }),
      heard('other', '400 Bad Request - Invalid Priority Group'),
      pull('pinned', { batch: 1, group: 'A', id: 'pin1' }),
      heard('pinned', '400 Bad Request - Not a Pinned Client Priority consumer'),
      pull('second', { batch: 5, group: 'A', min_pending: 4 }),
      pull('first', { batch: 1, group: 'A' }),
      heard('first', 't.a'),
      heard('second'),
      ...messages(2),
      heard('second', 't.a'),
      pull('third', { batch: 9, group: 'A', min_ack_pending: 3 }),
      pull('first', { batch: 1, group: 'A' }),
      heard('first', 't.a'),
      heard('third', 't.a', 't.a'),
      { api: 'CONSUMER.INFO.T.c', gets: { num_pending: 0, num_ack_pending: 5 } },
    ],
  },
  {
    title: 'one client is pinned until it is unpinned',
    differs: '2.10 has no priority groups',
    steps: [
      STREAM,
      consumer(PINNED),
      {
        events: 'pinned',
        subject: '$JS.EVENT.ADVISORY.CONSUMER.PINNED.T.c',
        fields: ['type', 'group', 'pinned_id'],
      },
      {
        events: 'unpinned',
        subject: '$JS.EVENT.ADVISORY.CONSUMER.UNPINNED.T.c',
        fields: ['type', 'group', 'reason'],
      },
      unpin('', [10025]),
      unpin({ group: '' }, [10025, 'invalid JSON: consumer group not specified']),
      unpin({ group: 'a.b' }, [
        10162,
        'Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters',
      ]),
      unpin({ group: 'B' }, [10160, 'Provided priority group does not exist for this consumer']),
      unpin({ group: 'A' }),
      ...messages(3),
      pull('overflow', { batch: 1, group: 'A', min_pending: 2 }),
      heard('overflow', '400 Bad Request - Not a Overflow Priority consumer'),
      pull('one', { batch: 1, group: 'A' }),
      heard('one', 't.a pin1'),
      heard('pinned', 'io.nats.jetstream.advisory.v1.consumer_group_pinned A pin1'),
      pull('two', { batch: 5, group: 'A' }),
      pull('one', { batch: 1, group: 'A', id: 'pin1' }),
      heard('one', 't.a pin1'),
      heard('two'),
      { api: 'CONSUMER.INFO.T.c', gets: { num_waiting: 1, num_pending: 1 } },
      pull('one', { batch: 9, group: 'A', id: 'pin1' }),
      heard('one', 't.a pin1'),
      unpin({ group: 'A' }),
      ...messages(2),
      heard('two', 't.a pin2', 't.a pin2'),
      heard('one', '423 Nats-Wrong-Pin-Id'),
      heard('pinned', 'io.nats.jetstream.advisory.v1.consumer_group_pinned A pin2'),
      pull('one', { batch: 1, group: 'A', id: 'pin1' }),
      heard('one', '423 Nats-Pin-Id mismatch'),
    ],
  },
  {
    title: 'a pinned client that asks no more gives way',
    differs: '2.10 has no priority groups',
    steps: [
      STREAM,
      consumer({ ...PINNED, priority_timeout: 1_000_000_000 }),
      {
        events: 'unpinned',
        subject: '$JS.EVENT.ADVISORY.CONSUMER.UNPINNED.T.c',
        fields: ['type', 'group', 'reason'],
      },
      pull('one', { batch: 1, group: 'A' }),
      ...messages(2),
      heard('one', 't.a pin1'),
      pull('two', { batch: 1, group: 'A' }),
      heard('two', 't.a pin2'),
      heard('unpinned', 'io.nats.jetstream.advisory.v1.consumer_group_unpinned A timeout'),
    ],
  },
  {
    title: 'a consumer pauses and goes on',
    differs: '2.10 has no pauses',
    steps: [
      STREAM,
      {
        events: 'paused',
        subject: '$JS.EVENT.ADVISORY.CONSUMER.PAUSE.T.c',
        fields: ['type', 'paused', 'pause_until'],
      },
      consumer({ pause_until: '2200-01-01T00:00:00Z' }, { gets: { paused: true } }),
      ...messages(1),
      pull('one', { batch: 1 }),
      { api: 'CONSUMER.INFO.T.c', gets: { paused: true, num_waiting: 1, num_pending: 1 } },
      heard('one'),
      {
        api: 'CONSUMER.PAUSE.T.c',
        send: { pause_until: '2200-02-01T00:00:00Z' },
        gets: { paused: true, pause_until: '2200-02-01T00:00:00Z' },
      },
      { api: 'CONSUMER.INFO.T.c', gets: { config: { pause_until: '2200-02-01T00:00:00Z' } } },
      { api: 'CONSUMER.PAUSE.T.c', send: {}, gets: { paused: false, pause_until: '0001-01-01T00:00:00Z' } },
      heard('one', 't.a'),
      {
        api: 'CONSUMER.PAUSE.T.c',
        send: { pause_until: '2000-01-01T00:00:00Z' },
        gets: { paused: false, pause_until: '2000-01-01T00:00:00Z' },
      },
      { api: 'CONSUMER.PAUSE.T.x', send: {}, error: [10014, 'consumer not found'] },
      { api: 'CONSUMER.PAUSE.X.c', send: {}, error: [10059, 'stream not found'] },
    ],
  },
];
