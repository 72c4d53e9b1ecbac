import type { Exchange, Refusal, Step } from './exchanges.js';

type Outcome = { readonly seq: number } | { readonly error: Refusal };

const MEMORY = { storage: 'memory' } as const;
const stream = (config: object = {}): Step => ({
  api: 'STREAM.CREATE.T',
  send: { name: 'T', subjects: ['t.>'], ...MEMORY, ...config },
});
const state = (expected: object): Step => ({ api: 'STREAM.INFO.T', gets: { state: expected } });
/** A message that is stored if `sequence` is the last one of the subjects that `pattern` stands for. */
const expecting = (sequence: string, pattern: string, outcome: Outcome): Step => ({
  pub: 't.b',
  headers: {
    'Nats-Expected-Last-Subject-Sequence': sequence,
    'Nats-Expected-Last-Subject-Sequence-Subject': pattern,
  },
  ...outcome,
});

/** Publishing: what is stored, refused and let go. */
export const INGEST_EXCHANGES: readonly Exchange[] = [
  {
    title: 'what is published on its subjects is stored and acknowledged',
    steps: [
      stream(),
      { noResponders: 'other', send: 'x' },
      { pub: 't.a', payload: 'x', seq: 1 },
      { pub: 't.a.b', payload: 'y', seq: 2 },
      state({ messages: 2, bytes: 3 + 5 + 2 + 2 * 16, num_subjects: 2 }),
    ],
  },
  {
    title: 'ids are stored once within the window',
    steps: [
      stream(),
      { pub: 't.a', headers: { 'Nats-Msg-Id': 'one' }, seq: 1 },
      { pub: 't.b', headers: { 'Nats-Msg-Id': 'two' }, seq: 2 },
      { pub: 't.c', headers: { 'Nats-Msg-Id': 'one' }, seq: 1, duplicate: true },
      { pub: 't.c', headers: { 'Nats-Expected-Last-Msg-Id': 'two' }, seq: 3 },
      {
        pub: 't.c',
        headers: { 'Nats-Expected-Last-Msg-Id': 'two' },
        error: [10070, 'wrong last msg ID: '],
      },
    ],
  },
  {
    title: 'expectations of publishers are checked',
    steps: [
      stream(),
      { pub: 't.a', headers: { 'Nats-Expected-Stream': 'U' }, error: [10060] },
      { pub: 't.a', headers: { 'Nats-Expected-Stream': 'T' }, seq: 1 },
      {
        pub: 't.a',
        headers: { 'Nats-Expected-Last-Sequence': '5' },
        error: [10071, 'wrong last sequence: 1'],
      },
      { pub: 't.b', headers: { 'Nats-Expected-Last-Sequence': '1' }, seq: 2 },
      {
        pub: 't.a',
        headers: { 'Nats-Expected-Last-Subject-Sequence': '2' },
        error: [10071, 'wrong last sequence: 1'],
      },
      { pub: 't.a', headers: { 'Nats-Expected-Last-Subject-Sequence': '1' }, seq: 3 },
      { pub: 't.c', headers: { 'Nats-Expected-Last-Subject-Sequence': '0' }, seq: 4 },
      {
        pub: 't.c',
        headers: { 'Nats-Expected-Last-Subject-Sequence': '0' },
        error: [10071, 'wrong last sequence: 4'],
      },
    ],
  },
  {
    title: 'a subject may be expected of another message',
    differs: '2.10 has no Nats-Expected-Last-Subject-Sequence-Subject',
    steps: [
      stream({ subjects: ['t.>', 'u.>'] }),
      { pub: 't.a', seq: 1 },
      {
        pub: 't.b',
        headers: {
          'Nats-Expected-Last-Subject-Sequence': '1',
          'Nats-Expected-Last-Subject-Sequence-Subject': 't.a',
        },
        seq: 2,
      },
      { pub: 't.b', headers: { 'Nats-Expected-Last-Subject-Sequence-Subject': 't.a' }, error: [10193] },
      { pub: 'u.c', seq: 3 },
      expecting('1', 't.*', { error: [10071, 'wrong last sequence: 2'] }),
      expecting('3', 't.*', { error: [10071, 'wrong last sequence: 2'] }),
      expecting('2', 't.*', { seq: 4 }),
      expecting('3', '*.c', { seq: 5 }),
      expecting('0', '*.d', { seq: 6 }),
      expecting('5', '>', { error: [10071, 'wrong last sequence: 6'] }),
    ],
  },
  {
    title: 'a rollup takes the place of what was before it',
    steps: [
      stream(),
      { pub: 't.a', headers: { 'Nats-Rollup': 'sub' }, error: [10111, 'rollup not permitted'] },
      { api: 'STREAM.UPDATE.T', send: { name: 'T', subjects: ['t.>'], ...MEMORY, allow_rollup_hdrs: true } },
      { pub: 't.a', seq: 1 },
      { pub: 't.a', seq: 2 },
      { pub: 't.b', seq: 3 },
      { pub: 't.a', headers: { 'Nats-Rollup': 'sub' }, seq: 4 },
      state({ messages: 2, first_seq: 3, last_seq: 4 }),
      { pub: 't.c', headers: { 'Nats-Rollup': 'ALL' }, seq: 5 },
      state({ messages: 1, first_seq: 5, last_seq: 5 }),
    ],
  },
  {
    title: 'a rollup of an unknown kind is refused',
    differs: '2.10 says nothing at all',
    steps: [
      stream({ allow_rollup_hdrs: true }),
      { pub: 't.a', headers: { 'Nats-Rollup': 'zip' }, error: [10111, 'rollup value invalid: "zip"'] },
    ],
  },
  {
    title: 'sizes are limited',
    steps: [
      stream({ max_msg_size: 10 }),
      { pub: 't.a', payload: 'x'.repeat(11), error: [10054, 'message size exceeds maximum allowed'] },
      { pub: 't.a', payload: 'x'.repeat(10), seq: 1 },
      { pub: 't.a', payload: 'x', headers: { a: 'b' }, error: [10054] },
    ],
  },
  {
    title: 'headers are limited',
    steps: [
      stream(),
      {
        pub: 't.a',
        headers: { a: 'x'.repeat(65_600) },
        error: [10097, 'header size exceeds maximum allowed of 64k'],
      },
    ],
  },
  {
    title: 'discard old lets go of the oldest',
    steps: [
      stream({ max_msgs: 3, max_msgs_per_subject: 2 }),
      ...['a', 'a', 'a', 'b', 'c'].map((name, i): Step => ({ pub: `t.${name}`, seq: i + 1 })),
      state({ messages: 3, first_seq: 3, last_seq: 5 }),
    ],
  },
  {
    title: 'discard old keeps to bytes',
    steps: [
      stream({ max_bytes: 100 }),
      ...Array.from({ length: 5 }, (_, i): Step => ({ pub: 't.a', payload: 'x'.repeat(10), seq: i + 1 })),
      state({ messages: 3, bytes: 87, first_seq: 3 }),
      { pub: 't.a', payload: 'x'.repeat(200), seq: 6 },
      state({ messages: 0, bytes: 0, first_seq: 7, last_seq: 6 }),
    ],
  },
  {
    title: 'discard new refuses what is too much',
    steps: [
      stream({ max_msgs: 2, discard: 'new' }),
      { pub: 't.a', seq: 1 },
      { pub: 't.b', seq: 2 },
      { pub: 't.c', error: [10077, 'maximum messages exceeded'] },
      state({ messages: 2, last_seq: 2 }),
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 1 } },
      { pub: 't.c', seq: 3 },
    ],
  },
  {
    title: 'discard new with a limit for subjects replaces the oldest of the subject',
    steps: [
      stream({ max_msgs: 2, max_msgs_per_subject: 1, discard: 'new' }),
      { pub: 't.a', seq: 1 },
      { pub: 't.b', seq: 2 },
      { pub: 't.b', seq: 3 },
      { pub: 't.c', error: [10077, 'maximum messages exceeded'] },
      state({ messages: 2, first_seq: 1, last_seq: 3 }),
    ],
  },
  {
    title: 'discard new per subject refuses a subject that is full',
    steps: [
      stream({ max_msgs_per_subject: 1, discard: 'new', discard_new_per_subject: true }),
      { pub: 't.a', seq: 1 },
      { pub: 't.a', error: [10077, 'maximum messages per subject exceeded'] },
      { pub: 't.b', seq: 2 },
    ],
  },
  {
    title: 'discard new keeps to bytes',
    steps: [
      stream({ max_bytes: 60, discard: 'new' }),
      { pub: 't.a', payload: 'x'.repeat(10), seq: 1 },
      { pub: 't.a', payload: 'x'.repeat(10), seq: 2 },
      { pub: 't.a', payload: 'x'.repeat(10), error: [10077, 'maximum bytes exceeded'] },
    ],
  },
  {
    title: 'interest without a consumer uses sequences up',
    steps: [
      stream({ retention: 'interest' }),
      { pub: 't.a', seq: 1 },
      { pub: 't.a', headers: { 'Nats-Msg-Id': 'x' }, seq: 2 },
      { pub: 't.a', headers: { 'Nats-Msg-Id': 'x' }, seq: 2, duplicate: true },
      state({ messages: 0, first_seq: 3, last_seq: 2 }),
    ],
  },
  {
    title: 'without acknowledgements publishers are told nothing',
    steps: [stream({ no_ack: true }), { silent: 't.a', send: 'x' }, state({ messages: 1 })],
  },
  {
    title: 'TTLs of messages are checked',
    differs: '2.10 stores them without looking at the header',
    steps: [
      stream(),
      { pub: 't.a', headers: { 'Nats-TTL': '5' }, error: [10166, 'per-message TTL is disabled'] },
      { pub: 't.a', headers: { 'Nats-TTL': 'never' }, error: [10166] },
      { pub: 't.a', headers: { 'Nats-TTL': 'soon' }, error: [10165, 'invalid per-message TTL'] },
      { api: 'STREAM.UPDATE.T', send: { name: 'T', subjects: ['t.>'], ...MEMORY, allow_msg_ttl: true } },
      { pub: 't.a', headers: { 'Nats-TTL': '5' }, seq: 1 },
      { pub: 't.a', headers: { 'Nats-TTL': '1h' }, seq: 2 },
      { pub: 't.a', headers: { 'Nats-TTL': 'Never' }, seq: 3 },
      { pub: 't.a', headers: { 'Nats-TTL': '500ms' }, error: [10165] },
      { pub: 't.a', headers: { 'Nats-TTL': '-1' }, error: [10165] },
      { pub: 't.a', headers: { 'Nats-TTL': '-1s' }, error: [10165] },
      { pub: 't.a', headers: { 'Nats-TTL': '0' }, error: [10165] },
      { pub: 't.a', headers: { 'Nats-TTL': '1.5' }, error: [10165] },
      state({ messages: 3, last_seq: 3 }),
      {
        api: 'STREAM.UPDATE.T',
        send: { name: 'T', subjects: ['t.>'], ...MEMORY },
        error: [10052, 'message TTL status can not be disabled'],
      },
    ],
  },
  {
    title: 'no marker is left of what is purged or deleted',
    differs: '2.10 has no markers',
    steps: [
      stream({ subject_delete_marker_ttl: 1_000_000_000 }),
      { pub: 't.a', seq: 1 },
      { pub: 't.b', seq: 2 },
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 1 } },
      { api: 'STREAM.PURGE.T', send: { filter: 't.b' } },
      state({ messages: 0, last_seq: 2 }),
    ],
  },
  ...(['memory', 'file'] as const).map(
    (storage): Exchange => ({
      title: `sizes of messages are counted as nats-server counts them, in ${storage}`,
      steps: [
        { api: 'STREAM.CREATE.T', send: { name: 'T', subjects: ['t.>'], storage } },
        { pub: 't.a', payload: 'x' },
        state({ bytes: storage === 'file' ? 34 : 20 }),
        { pub: 't.long', payload: 'xyz', headers: { A: 'b' } },
        state({ bytes: storage === 'file' ? 95 : 63 }),
        { pub: 't.none', headers: { A: 'b' } },
        { pub: 't.none' },
        state({ bytes: storage === 'file' ? 189 : 125 }),
        { api: 'STREAM.MSG.DELETE.T', send: { seq: 2 } },
        { api: 'STREAM.PURGE.T', send: { seq: 2 } },
        state({ messages: 2, bytes: storage === 'file' ? 94 : 62 }),
      ],
    }),
  ),
  ...(['memory', 'file'] as const).map(
    (storage): Exchange => ({
      title: `max_bytes holds headers, in ${storage}`,
      steps: [
        {
          api: 'STREAM.CREATE.T',
          send: {
            name: 'T',
            subjects: ['t.>'],
            storage,
            max_bytes: storage === 'file' ? 111 : 75,
            discard: 'new',
          },
        },
        { pub: 't.a', headers: { A: 'b' }, payload: 'x', seq: 1 },
        { pub: 't.a', headers: { A: 'b' }, payload: 'xx', error: [10077, 'maximum bytes exceeded'] },
        { pub: 't.a', headers: { A: 'b' }, payload: '', seq: 2 },
      ],
    }),
  ),
];
