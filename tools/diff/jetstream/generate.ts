/** Sessions with JetStream from seeds. */
import { Random } from '../random.js';
import type { Acknowledge, Header, JetStreamSession, Operation, Request } from './operations.js';

/** Choices of one session. */
class Chance extends Random {
  /** Of the API that both servers have. */
  level = 0;
}

type Fields = Record<string, unknown>;
/** Something a configuration may have, and how often out of a hundred it does. */
type Field = readonly [
  name: string,
  percent: number,
  value: (random: Chance) => unknown,
  /** From which level of the API on there is it. */
  level?: number,
];

const SECOND = 1_000_000_000;
/** More than there are: all of them end with a status. */
const MOST_ANSWERS = 1_000;
const API = '$JS.API.';
const SUBJECTS = ['a.1', 'a.2', 'a.b.c', 'b', 'b.1', 'e.1', 'e.2'] as const;
const PATTERNS = ['a.1', 'a.*', 'a.>', '>', 'b', '*.1', 'b.*', 'e.*', 'x', 'a.b.*'] as const;
const SETS = [
  ['a.>'],
  ['a.>', 'b'],
  ['a.*', 'b.*'],
  ['b', 'b.*'],
  ['e.*'],
  ['a.1'],
  ['*.1'],
  ['a.>', 'a.1'],
] as const;

/**
 * The session of a seed.
 * @param level of the API that both servers have: 0 as of 2.10, 1 as of 2.11
 */
export function generateSession(seed: number, level = 0): JetStreamSession {
  const random = new Chance(seed);
  random.level = level;
  const storage = random.chance(0.6) ? 'memory' : 'file';
  const operations: Operation[] = [createStream(random, 'S', storage, 0.5)];
  if (random.chance(0.3)) operations.push(createStream(random, 'T', storage, 0.5));
  for (let i = random.int(0, 4); i > 0; i--) operations.push(publish(random));
  for (let i = random.int(0, 2); i > 0; i--) operations.push(createConsumer(random));
  const length = random.int(3, 25);
  for (let i = 0; i < length; i++) operations.push(next(random, storage));
  return { operations: [...operations, ...finalRequests()], advisories: random.chance(0.3) };
}

/** What there is in the end. */
function finalRequests(): Operation[] {
  return [
    api('STREAM.LIST'),
    ...['S', 'T'].flatMap((stream) => [
      api(`STREAM.INFO.${stream}`, { subjects_filter: '>', deleted_details: true }),
      api(`CONSUMER.LIST.${stream}`),
    ]),
    api('INFO'),
  ];
}

function next(random: Chance, storage: string): Operation {
  return random.weighted<() => Operation>([
    [30, () => publish(random)],
    [3, () => createStream(random, random.pick(['S', 'T']), storage, 1)],
    [5, () => updateStream(random, storage)],
    [10, () => createConsumer(random)],
    [16, () => pull(random)],
    [14, () => acknowledge(random)],
    [12, () => inspect(random)],
    [5, () => change(random)],
    [1.5, () => wrong(random)],
  ])();
}

function request(subject: string, payload: string, headers: readonly Header[] = [], answers = 1): Request {
  return { kind: 'request', subject, headers, payload, answers };
}

function api(subject: string, body?: object | string): Request {
  return request(API + subject, typeof body === 'object' ? JSON.stringify(body) : (body ?? ''));
}

function pickFields(random: Chance, fields: readonly Field[], factor: number): Fields {
  const picked: Fields = {};
  for (const [name, percent, value, level = 0] of fields)
    if (random.level >= level && random.chance((percent / 100) * factor)) picked[name] = value(random);
  return picked;
}

function streamName(random: Chance): string {
  return random.weighted([
    [16, 'S'],
    [3, 'T'],
    [1, 'N'],
  ]);
}

function consumerName(random: Chance): string {
  return random.weighted([
    [8, 'c'],
    [4, 'd'],
    [2, 'E1'],
    [0.5, 'n'],
  ]);
}

const STREAM_FIELDS: readonly Field[] = [
  ['retention', 35, (random) => random.pick(['limits', 'interest', 'interest', 'workqueue', 'workqueue'])],
  ['discard', 20, (random) => random.pick(['old', 'new', 'new'])],
  ['max_msgs', 15, (random) => random.pick([1, 2, 3, 5, 0, -1, -2])],
  ['max_msgs_per_subject', 20, (random) => random.pick([1, 1, 2, 3, 0, -1])],
  ['max_age', 8, (random) => random.pick([0, 3_600 * SECOND, 90 * SECOND, 1_000, -1])],
  ['max_msg_size', 8, (random) => random.pick([5, 20, -1, 0])],
  ['max_consumers', 8, (random) => random.pick([1, 2, -1, 0])],
  ['num_replicas', 6, (random) => random.pick([1, 1, 0, 3, -1, 6])],
  ['duplicate_window', 8, (random) => random.pick([0, 60 * SECOND, 1_000, -1])],
  ['no_ack', 3, () => true],
  ['allow_direct', 25, (random) => random.chance(0.9)],
  ['allow_rollup_hdrs', 25, (random) => random.chance(0.9)],
  ['deny_delete', 5, (random) => random.chance(0.8)],
  ['deny_purge', 5, (random) => random.chance(0.8)],
  ['sealed', 1.5, (random) => random.chance(0.8)],
  ['discard_new_per_subject', 10, (random) => random.chance(0.9)],
  ['first_seq', 6, (random) => random.pick([0, 1, 10])],
  ['description', 4, () => 'words'],
  ['metadata', 5, (random) => random.pick([{}, { k: 'v' }])],
  [
    'consumer_limits',
    5,
    (random) =>
      random.pick([{ max_ack_pending: 2 }, { inactive_threshold: 60 * SECOND }, {}, { max_ack_pending: -1 }]),
  ],
  ['compression', 5, (random) => random.pick(['none', 's2', 'zip'])],
  [
    'republish',
    6,
    (random) =>
      random.pick([
        { src: '>', dest: 'r.>' },
        { src: 'a.*', dest: 'r.{{wildcard(1)}}', headers_only: true },
        { dest: 'r.>' },
        { src: 'a.>', dest: 'a.r.>' },
        { src: 'a.*', dest: 'r' },
      ]),
  ],
  [
    'subject_transform',
    6,
    (random) =>
      random.pick([
        { src: 'a.*', dest: 'z.$1' },
        { src: 'a.*', dest: 'z.{{wildcard(2)}}' },
        { src: '>', dest: 'z.>' },
        { src: 'a.>', dest: 'z' },
      ]),
  ],
  ['allow_msg_ttl', 20, () => true, 1],
  ['subject_delete_marker_ttl', 6, (random) => random.pick([SECOND, 60 * SECOND, 0, 10, -1]), 1],
  ['unknown', 2, () => 1],
  ['subjects', 3, (random) => random.pick(['a', [], ['a b'], ['a..b'], [''], ['$JS.API.x'], ['>'], null])],
  ['max_msgs', 1, () => 'many'],
];

function streamConfig(random: Chance, name: string, storage: string, factor: number): Fields {
  const bytes: Field = ['max_bytes', 10, () => random.pick([60, 120, 300, -1, 0])];
  const fields = storage === 'memory' ? [...STREAM_FIELDS, bytes] : STREAM_FIELDS;
  const subjects = random.pick(name === 'T' ? SETS.slice(3, 6) : SETS);
  return { name, subjects, storage, ...pickFields(random, fields, factor) };
}

function createStream(random: Chance, name: string, storage: string, factor: number): Operation {
  return api(
    `STREAM.CREATE.${name}`,
    streamConfig(random, random.chance(0.99) ? name : 'S', storage, factor),
  );
}

function updateStream(random: Chance, storage: string): Operation {
  const name = streamName(random);
  const other = storage === 'file' ? 'memory' : 'file';
  return api(
    `STREAM.UPDATE.${name}`,
    streamConfig(random, name, random.chance(0.95) ? storage : other, random.pick([0.3, 1])),
  );
}

const CONSUMER_FIELDS: readonly Field[] = [
  ['ack_policy', 95, (random) => random.pick(['explicit', 'explicit', 'explicit', 'all', 'none'])],
  [
    'deliver_policy',
    35,
    (random) => random.pick(['all', 'last', 'new', 'by_start_sequence', 'by_start_time', 'last_per_subject']),
  ],
  ['opt_start_seq', 8, (random) => random.pick([0, 1, 2, 3, 99])],
  ['opt_start_time', 4, (random) => random.pick(['2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z', 'soon'])],
  ['filter_subject', 25, (random) => random.pick(PATTERNS)],
  ['filter_subjects', 8, (random) => random.pick([['a.1', 'b'], ['a.1', 'a.>'], ['a.*'], [], ['']])],
  ['max_deliver', 15, (random) => random.pick([-1, 1, 2, 0, -2])],
  ['max_ack_pending', 20, (random) => random.pick([-1, 1, 2, 1_000, 0, -2])],
  ['headers_only', 8, () => true],
  ['replay_policy', 5, (random) => random.pick(['instant', 'instant', 'never'])],
  ['inactive_threshold', 5, (random) => random.pick([60 * SECOND, -1, 0])],
  ['description', 4, () => 'words'],
  ['metadata', 4, () => ({ k: 'v' })],
  ['ack_wait', 6, (random) => random.pick([60 * SECOND, 0, -1, 3_600 * SECOND])],
  ['backoff', 5, (random) => random.pick([[60 * SECOND], [60 * SECOND, 90 * SECOND], []])],
  ['max_waiting', 5, (random) => random.pick([1, 2, 0, -1])],
  ['max_batch', 5, (random) => random.pick([1, 2, 0, -1])],
  ['max_expires', 4, (random) => random.pick([SECOND / 50, 60 * SECOND, 0, 10])],
  ['max_bytes', 4, (random) => random.pick([60, 200, 0])],
  ['deliver_subject', 18, (random) => random.pick(['push.x', 'push.x', 'push.y', 'push.*', 'a.1', ''])],
  ['deliver_group', 3, () => 'g'],
  ['idle_heartbeat', 4, (random) => random.pick([60 * SECOND, 10, 0])],
  ['flow_control', 3, () => true],
  ['sample_freq', 4, (random) => random.pick(['100', '100%', 'often', ''])],
  ['mem_storage', 4, () => true],
  ['num_replicas', 4, (random) => random.pick([0, 1, 3])],
  ['rate_limit_bps', 2, () => 1_000_000_000],
  ['priority_groups', 8, (random) => random.pick([['g'], ['g', 'h'], [], ['a b']]), 1],
  ['priority_policy', 8, (random) => random.pick(['overflow', 'overflow', 'none', 'other']), 1],
  ['pause_until', 3, (random) => random.pick(['2099-01-01T00:00:00Z', '2020-01-01T00:00:00Z']), 1],
  ['unknown', 2, () => 1],
  ['max_deliver', 1, () => 'twice'],
];

function createConsumer(random: Chance): Operation {
  const stream = streamName(random);
  const name = random.pick(['c', 'c', 'd']);
  const config = pickFields(random, CONSUMER_FIELDS, random.pick([0.4, 1]));
  if (!('ack_policy' in config) && random.chance(0.7)) config['ack_policy'] = 'explicit';
  const action = random.chance(0.2) ? { action: random.pick(['create', 'update', '']) } : {};
  const body = (more: Fields): object => ({ stream_name: stream, config: { ...config, ...more }, ...action });
  return random.weighted<() => Operation>([
    [1.5, () => api(`CONSUMER.CREATE.${stream}`, body({}))],
    [5, () => api(`CONSUMER.CREATE.${stream}.${name}`, body({ name, durable_name: name }))],
    [2, () => api(`CONSUMER.CREATE.${stream}.${name}`, body({ name }))],
    [
      2,
      () => {
        const filter =
          typeof config['filter_subject'] === 'string' ? config['filter_subject'] : random.pick(PATTERNS);
        return api(`CONSUMER.CREATE.${stream}.${name}.${filter}`, body({ name }));
      },
    ],
    [3, () => api(`CONSUMER.DURABLE.CREATE.${stream}.${name}`, body({ durable_name: name }))],
    [0.4, () => api(`CONSUMER.DURABLE.CREATE.${stream}.${name}`, body({}))],
    [0.3, () => api(`CONSUMER.CREATE.${stream}`, body({ durable_name: name }))],
    [0.3, () => api(`CONSUMER.CREATE.${stream}.${name}`, { ...body({ name }), stream_name: 'X' })],
  ])();
}

function someHeaders(random: Chance): Header[] {
  const headers: Header[] = [];
  const maybe = (percent: number, name: string, values: readonly string[]): void => {
    if (random.chance(percent / 100)) headers.push([name, random.pick(values)]);
  };
  maybe(14, 'Nats-Msg-Id', ['x', 'y', 'z']);
  maybe(4, 'Nats-Expected-Stream', ['S', 'S', 'T']);
  maybe(5, 'Nats-Expected-Last-Sequence', ['0', '1', '2', '3', '4', 'x']);
  maybe(5, 'Nats-Expected-Last-Subject-Sequence', ['0', '1', '2', '3', '4']);
  maybe(3, 'Nats-Expected-Last-Msg-Id', ['x', 'y']);
  maybe(7, 'Nats-Rollup', ['sub', 'sub', 'all', 'ALL', 'zip']);
  maybe(10, 'X', ['1', 'a value']);
  if (random.level > 0) maybe(10, 'Nats-TTL', ['1h', '1h30m', '3600', 'never', '0', '1ms', 'x', '-1']);
  return headers;
}

function publish(random: Chance): Operation {
  const subject = random.pick(SUBJECTS);
  const headers = random.chance(0.4) ? someHeaders(random) : [];
  const payload = 'p'.repeat(random.pick([0, 1, 1, 4, 8, 30]));
  return random.chance(0.85)
    ? request(subject, payload, headers)
    : { kind: 'publish', subject, headers, payload };
}

function pull(random: Chance): Operation {
  const batch = random.pick([1, 1, 2, 5]);
  const body: Fields = { batch, ...(random.chance(0.6) ? { no_wait: true } : { expires: SECOND / 20 }) };
  if (random.chance(0.08)) body['max_bytes'] = random.pick([20, 100, 500]);
  if (random.chance(0.04)) body['idle_heartbeat'] = random.pick([SECOND, -1]); // more than there is time for
  if (random.chance(0.03)) body['no_wait'] = true;
  if (random.level > 0 && random.chance(0.1)) {
    body['group'] = random.pick(['g', 'g', 'other']);
    if (random.chance(0.4)) body['min_pending'] = random.pick([1, 5]);
    if (random.chance(0.2)) body['min_ack_pending'] = random.pick([1, 5]);
  }
  if (random.chance(0.03)) body['batch'] = random.pick([0, -1, 1_000_000]);
  const payload = random.chance(0.96)
    ? JSON.stringify(body)
    : random.pick(['', '2', '{', 'x', '{"batch":"x"}']);
  const subject = `${API}CONSUMER.MSG.NEXT.${streamName(random)}.${consumerName(random)}`;
  return request(subject, payload, [], batch);
}

function acknowledge(random: Chance): Acknowledge {
  return {
    kind: 'acknowledge',
    consumer: `${random.chance(0.9) ? 'S' : 'T'}.${consumerName(random)}`,
    nth: random.int(0, random.pick([0, 1, 3, 6])),
    payload: random.weighted([
      [5, ''],
      [5, '+ACK'],
      [4, '-NAK'],
      [1, '-NAK {"delay":3600000000000}'],
      [1, '-NAK 1h'],
      [1, '+WPI'],
      [2, '+TERM'],
      [0.5, '+TERM for a reason'],
      [1, '+NXT {"batch":1,"no_wait":true}'],
      [0.3, 'other'],
    ]),
    asks: random.chance(0.7),
  };
}

function inspect(random: Chance): Operation {
  const stream = streamName(random);
  const consumer = consumerName(random);
  return random.weighted<() => Operation>([
    [1, () => api('INFO')],
    [3, () => api(`STREAM.INFO.${stream}`)],
    [2, () => api(`STREAM.INFO.${stream}`, { subjects_filter: random.pick(PATTERNS) })],
    [1, () => api(`STREAM.INFO.${stream}`, { deleted_details: true, offset: random.pick([0, 0, 1, 9]) })],
    [1, () => api('STREAM.NAMES', random.pick(['', { subject: random.pick(PATTERNS) }, { offset: 1 }]))],
    [1, () => api('STREAM.LIST', random.pick(['', { subject: random.pick(PATTERNS) }, { offset: 1 }]))],
    [6, () => api(`STREAM.MSG.GET.${stream}`, messageQuery(random))],
    [4, () => api(`DIRECT.GET.${stream}`, messageQuery(random))],
    [2, () => api(`DIRECT.GET.${stream}.${random.pick(SUBJECTS)}`)],
    [4, () => api(`CONSUMER.INFO.${stream}.${consumer}`)],
    [random.level > 0 ? 4 : 0, () => batchGet(random, stream)],
    [1, () => api(`CONSUMER.NAMES.${stream}`, random.pick(['', { offset: 5 }]))],
    [1, () => api(`CONSUMER.LIST.${stream}`, random.pick(['', { offset: 5 }]))],
  ])();
}

/** A direct get of several messages. */
function batchGet(random: Chance, stream: string): Operation {
  const batch = random.pick([1, 2, 3, 10]);
  const body = random.pick<object>([
    { batch, seq: random.int(0, 4), next_by_subj: random.pick(PATTERNS) },
    { batch, seq: random.int(0, 4) },
    { batch, next_by_subj: random.pick(PATTERNS), max_bytes: random.pick([1, 40, 0]) },
    { multi_last: [random.pick(PATTERNS)] },
    { multi_last: [random.pick(SUBJECTS), random.pick(PATTERNS)], up_to_seq: random.int(0, 5) },
    { multi_last: [random.pick(PATTERNS)], batch },
    { batch },
  ]);
  return request(`${API}DIRECT.GET.${stream}`, JSON.stringify(body), [], MOST_ANSWERS);
}

function messageQuery(random: Chance): object | string {
  return random.weighted<object | string>([
    [6, { seq: random.int(0, 8) }],
    [4, { last_by_subj: random.pick([...SUBJECTS, ...PATTERNS]) }],
    [3, { next_by_subj: random.pick([...SUBJECTS, ...PATTERNS]), seq: random.int(0, 4) }],
    [1, { next_by_subj: random.pick(PATTERNS) }],
    [0.5, { seq: 1, last_by_subj: 'a.1' }],
    [0.5, {}],
    [0.5, ''],
    [0.3, '{'],
  ]);
}

function change(random: Chance): Operation {
  const stream = streamName(random);
  return random.weighted<() => Operation>([
    [4, () => api(`STREAM.MSG.DELETE.${stream}`, { seq: random.int(0, 9), no_erase: random.chance(0.5) })],
    [
      4,
      () =>
        api(
          `STREAM.PURGE.${stream}`,
          random.pick([
            '',
            { filter: random.pick(PATTERNS) },
            { seq: random.int(1, 6) },
            { keep: random.int(1, 2) },
            { filter: random.pick(PATTERNS), keep: 1 },
            { filter: random.pick(PATTERNS), seq: random.int(1, 6) },
            { seq: 2, keep: 1 },
          ]),
        ),
    ],
    [1, () => api(`STREAM.DELETE.${stream}`, random.pick(['', '', '', {}]))],
    [
      random.level > 0 ? 2 : 0,
      () =>
        api(
          `CONSUMER.PAUSE.${stream}.${consumerName(random)}`,
          random.pick([
            '',
            { pause_until: '2099-01-01T00:00:00Z' },
            { pause_until: '2020-01-01T00:00:00Z' },
            '{',
          ]),
        ),
    ],
    [3, () => api(`CONSUMER.DELETE.${stream}.${consumerName(random)}`, random.pick(['', '', '', {}]))],
  ])();
}

function wrong(random: Chance): Operation {
  return random.pick([
    api('STREAM.CREATE.S', '{'),
    api('STREAM.CREATE.S', ''),
    api('STREAM.CREATE.S', '[]'),
    api('STREAM.CREATE.X', { name: 'Y' }),
    api('STREAM.CREATE.X', { name: 'X', subjects: ['x'], retention: 'never' }),
    api('STREAM.INFO.S', '{'),
    api('STREAM.UPDATE.N', { name: 'N', subjects: ['n'] }),
    api('CONSUMER.CREATE.S.c', '{'),
    api('CONSUMER.CREATE.S.c', { stream_name: 'S' }),
    api('CONSUMER.CREATE.N.c', { stream_name: 'N', config: { name: 'c' } }),
    api('CONSUMER.INFO.S'),
    api('STREAM.MSG.DELETE.S', {}),
    api('STREAM.MSG.DELETE.S', ''),
    api('STREAM.PURGE.S', '{'),
    api('STREAM.NAMES', 'x'),
    // An offset below 0 ends nats-server 2.10.
  ]);
}
