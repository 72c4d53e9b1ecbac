import type { Exchange, Refusal, Step } from './exchanges.js';

const MEMORY = { storage: 'memory' } as const;
const stream = (config: object = {}): Step => ({
  api: 'STREAM.CREATE.T',
  send: { name: 'T', subjects: ['t.>'], ...MEMORY, ...config },
});
const update = (config: object, outcome: { readonly error?: Refusal } = {}): Step => ({
  api: 'STREAM.UPDATE.T',
  send: { name: 'T', subjects: ['t.>'], ...MEMORY, ...config },
  ...outcome,
});
const consumer = (config: object, gets: object = {}): Step => ({
  api: 'CONSUMER.CREATE.T.c',
  send: { stream_name: 'T', config: { name: 'c', ack_policy: 'explicit', ...config } },
  gets,
});
const SECOND = 1_000_000_000;

/** Streams and their consumers: what one says of the other, and what they refuse each other. */
export const CONSUMED_EXCHANGES: readonly Exchange[] = [
  {
    title: 'limits that a consumer exceeds are refused, those that do not change are not looked at',
    differs: '2.10 takes a limit of nothing for one',
    steps: [
      stream(),
      consumer({ max_ack_pending: 10 }),
      update(
        { consumer_limits: { max_ack_pending: 5 } },
        { error: [10069, 'change to limits violates consumers: c'] },
      ),
      update(
        { consumer_limits: { inactive_threshold: SECOND } },
        { error: [10069, 'change to limits violates consumers: c'] },
      ),
      update({ consumer_limits: { max_ack_pending: 10 } }),
      update({ consumer_limits: { max_ack_pending: 10 }, max_msgs: 7 }),
    ],
  },
  {
    title: 'a stream can not take what one of its consumers delivers',
    differs: 'nats-server takes the update',
    steps: [
      stream(),
      consumer({ deliver_subject: 'out.x' }),
      update({ subjects: ['t.>', 'out.*'] }, { error: [10081, 'consumer deliver subject forms a cycle'] }),
      update({ subjects: ['t.>', 'in.*'] }),
    ],
  },
  {
    title: 'whether a consumer ends unused goes by how it was made',
    steps: [
      stream(),
      consumer({ durable_name: 'c' }, { config: { durable_name: 'c' } }),
      consumer({ description: 'x' }, { config: { name: 'c', ack_policy: 'explicit', description: 'x' } }),
      { api: 'CONSUMER.DELETE.T.c', gets: { success: true } },
      consumer({}, { config: { inactive_threshold: 5 * SECOND } }),
      consumer({ durable_name: 'c' }, { config: { inactive_threshold: 5 * SECOND, durable_name: 'c' } }),
      consumer({ durable_name: 'c', inactive_threshold: SECOND }, { config: { inactive_threshold: SECOND } }),
    ],
  },
  {
    title: 'a consumer of the last messages of subjects without any begins with the last message',
    steps: [
      stream(),
      { pub: 't.a', seq: 1 },
      { pub: 't.a', seq: 2 },
      consumer(
        { deliver_policy: 'last_per_subject', filter_subject: 't.b' },
        { delivered: { consumer_seq: 0, stream_seq: 1 }, num_pending: 0 },
      ),
    ],
  },
  {
    title:
      'a purge of some subjects leaves consumers of others where they are, and counts for those of the same',
    steps: [
      stream(),
      ...['a', 'b', 'a', 'b', 'a'].map((subject, i): Step => ({ pub: `t.${subject}`, seq: i + 1 })),
      consumer({ filter_subject: 't.b' }, { num_pending: 2 }),
      {
        api: 'CONSUMER.CREATE.T.all',
        send: { stream_name: 'T', config: { name: 'all', ack_policy: 'explicit' } },
        gets: { num_pending: 5 },
      },
      { api: 'STREAM.PURGE.T', send: { filter: 't.a' }, gets: { success: true, purged: 3 } },
      {
        api: 'CONSUMER.INFO.T.c',
        gets: {
          ...{ num_pending: 2, num_ack_pending: 0 },
          ...{ delivered: { consumer_seq: 0, stream_seq: 0 }, ack_floor: { consumer_seq: 0, stream_seq: 0 } },
        },
      },
      { api: 'CONSUMER.INFO.T.all', gets: { num_pending: 2 } },
      { api: 'STREAM.PURGE.T', send: { filter: 't.b', keep: 1 }, gets: { success: true, purged: 1 } },
      { api: 'CONSUMER.INFO.T.c', gets: { num_pending: 1 } },
      { api: 'CONSUMER.INFO.T.all', gets: { num_pending: 1 } },
      { pub: 't.b', seq: 6 },
      { api: 'CONSUMER.INFO.T.c', gets: { num_pending: 2 } },
      { api: 'STREAM.PURGE.T', send: {}, gets: { success: true, purged: 2 } },
      { api: 'CONSUMER.INFO.T.c', gets: { num_pending: 0 } },
      { api: 'CONSUMER.INFO.T.all', gets: { num_pending: 0 } },
    ],
  },
  {
    title: 'a time that is none is no JSON, whatever else there is',
    steps: [
      {
        api: 'CONSUMER.CREATE.none.c',
        send: { stream_name: 'none', config: { name: 'c', opt_start_time: 'soon' } },
        error: [10025],
      },
    ],
  },
  {
    title: 'numbers and order of refusals',
    differs: '2.10 names the window for ids, not the age',
    steps: [
      stream({ storage: 'file' }),
      {
        api: 'STREAM.INFO.T',
        send: { subjects_filter: '>' },
        gets: { total: 0, offset: 0, limit: 0 },
      },
      { pub: 't.a', seq: 1 },
      {
        api: 'STREAM.INFO.T',
        send: { subjects_filter: '>' },
        gets: { total: 1, offset: 0, limit: 100_000 },
      },
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 9 }, error: [10057, 'stream store EOF'] },
      {
        api: 'STREAM.CREATE.U',
        send: { name: 'U', ...MEMORY, max_age: -1 },
        error: [10052, 'max age can not be negative'],
      },
      {
        api: 'STREAM.CREATE.U',
        send: { name: 'U', ...MEMORY, subjects: ['>'], num_replicas: 3 },
        error: [10052, 'capturing all subjects requires no-ack to be true'],
      },
    ],
  },
];
