import type { Exchange, Step } from './exchanges.js';

const create = (config: { readonly name: string; readonly [key: string]: unknown }): Step => ({
  api: `STREAM.CREATE.${config.name}`,
  send: config,
});
const MEMORY = { storage: 'memory' } as const;
const T = create({ name: 'T', subjects: ['t.>'], ...MEMORY });
const refused = (config: object, error: readonly [number, string?]): Step => ({
  api: 'STREAM.CREATE.T',
  send: { name: 'T', subjects: ['t.>'], ...MEMORY, ...config },
  error,
});
const base64 = (text: string) => Buffer.from(text).toString('base64');
const LONG = 'x'.repeat(4_097);

/** Streams: configurations, updates, lists. */
export const STREAM_EXCHANGES: readonly Exchange[] = [
  {
    title: 'a stream gets its defaults',
    steps: [
      {
        api: 'STREAM.CREATE.T',
        send: { name: 'T', ...MEMORY },
        gets: {
          type: 'io.nats.jetstream.api.v1.stream_create_response',
          did_create: true,
          config: {
            name: 'T',
            subjects: ['T'],
            retention: 'limits',
            max_consumers: -1,
            max_msgs: -1,
            max_bytes: -1,
            max_age: 0,
            max_msgs_per_subject: -1,
            max_msg_size: -1,
            discard: 'old',
            storage: 'memory',
            num_replicas: 1,
            duplicate_window: 120_000_000_000,
            compression: 'none',
            allow_direct: false,
            mirror_direct: false,
            sealed: false,
            deny_delete: false,
            deny_purge: false,
            allow_rollup_hdrs: false,
            consumer_limits: {},
          },
          state: {
            messages: 0,
            bytes: 0,
            first_seq: 0,
            first_ts: '0001-01-01T00:00:00Z',
            last_seq: 0,
            last_ts: '0001-01-01T00:00:00Z',
            consumer_count: 0,
          },
        },
      },
      { api: 'STREAM.INFO.T', gets: { type: 'io.nats.jetstream.api.v1.stream_info_response', total: 0 } },
    ],
  },
  {
    title: 'the same stream again is the same stream, another one of that name is refused',
    steps: [
      T,
      T,
      {
        api: 'STREAM.CREATE.T',
        send: { name: 'T', subjects: ['t.>'], ...MEMORY, max_msgs: 5 },
        error: [10058],
      },
      { api: 'INFO', gets: { streams: 1 } },
    ],
  },
  {
    title: 'names are checked',
    steps: [
      { api: 'STREAM.CREATE.T', send: { name: 'U', ...MEMORY }, error: [10056] },
      { api: 'STREAM.CREATE.a/b', send: { name: 'a/b', ...MEMORY }, error: [10128] },
      { api: 'STREAM.CREATE.T', send: '{', error: [10025] },
      { api: 'STREAM.CREATE.T', send: { name: 'T', max_msgs: 'x' }, error: [10025] },
      { api: 'STREAM.CREATE.T', send: { name: 'T', retention: 'forever' }, error: [10025] },
      { silent: '$JS.API.STREAM.CREATE.a.b', send: { name: 'T' } },
      { silent: '$JS.API.STREAM.NONSENSE', send: '' },
      { api: 'STREAM.INFO.none', error: [10059, 'stream not found'] },
      { api: 'STREAM.UPDATE.none', send: { name: 'none', ...MEMORY }, error: [10059] },
      { api: 'STREAM.DELETE.none', error: [10059] },
      { api: 'STREAM.PURGE.none', error: [10059], gets: { purged: 0 } },
    ],
  },
  {
    title: 'configurations are checked',
    steps: [
      refused({ description: LONG }, [10052, 'stream description is too long, maximum allowed is 4096']),
      refused({ max_age: 1_000_000 }, [10052, 'max age needs to be >= 100ms']),
      refused({ duplicate_window: -1 }, [10052, 'duplicates window can not be negative']),
      refused({ max_age: 1_000_000_000, duplicate_window: 2_000_000_000 }, [
        10052,
        'duplicates window can not be larger then max age',
      ]),
      refused({ duplicate_window: 1_000_000 }, [10052, 'duplicates window needs to be >= 100ms']),
      refused({ deny_purge: true, allow_rollup_hdrs: true }, [
        10052,
        'roll-ups require the purge permission',
      ]),
      refused({ discard_new_per_subject: true }, [
        10052,
        'discard new per subject requires discard new policy to be set',
      ]),
      refused({ discard_new_per_subject: true, discard: 'new' }, [
        10052,
        'discard new per subject requires max msgs per subject > 0',
      ]),
      refused({ num_replicas: 3 }, [10074]),
      refused({ num_replicas: 9 }, [10052, 'maximum replicas is 5']),
      refused({ num_replicas: -1 }, [10133]),
      refused({ sealed: true }, [10052, 'stream configuration for create can not be sealed']),
      refused({ mirror_direct: true }, [10052, 'stream has no mirror but does have mirror direct']),
      refused({ subjects: ['a..b'] }, [10052, 'invalid subject']),
      refused({ subjects: ['a', 'a'] }, [10052]),
      refused({ subjects: ['a.*', 'a.b'] }, [10052]),
      refused({ subjects: ['>'] }, [10052, 'capturing all subjects requires no-ack to be true']),
      refused({ subjects: ['$JS.>'] }, [
        10052,
        'subjects that overlap with jetstream api require no-ack to be true',
      ]),
      refused({ subjects: ['$SYS.a'] }, [
        10052,
        'subjects that overlap with system api require no-ack to be true',
      ]),
      create({ name: 'E', subjects: ['$JS.EVENT.ADVISORY.>'], ...MEMORY }),
      create({ name: 'N', subjects: ['$SYS.ACCOUNT.x'], ...MEMORY }),
      { api: 'STREAM.NAMES', gets: { total: 2, streams: ['E', 'N'] } },
    ],
  },
  {
    title: 'renamings and republishing are checked',
    steps: [
      refused({ subject_transform: { src: 'f..', dest: 't.$1' } }, [
        10155,
        'stream transform source: invalid subject f..',
      ]),
      refused({ subject_transform: { src: 't.*', dest: 'u.{{nonsense(1)}}' } }, [
        10156,
        'stream transform: invalid mapping destination: unknown function in {{nonsense(1)}}',
      ]),
      refused({ republish: { dest: 't.x' } }, [
        10052,
        'stream configuration for republish destination forms a cycle',
      ]),
      refused({ republish: { src: 't.*', dest: 'r.{{wildcard(2)}}' } }, [
        10052,
        "stream configuration for republish with transform from 't.*' to 'r.{{wildcard(2)}}' not valid",
      ]),
      {
        ...create({ name: 'T', subjects: ['t.>'], ...MEMORY, republish: { dest: 'r.>' } }),
        gets: { config: { republish: { src: '>', dest: 'r.>' } } },
      } as Step,
    ],
  },
  {
    title: 'subjects are renamed before anything else',
    steps: [
      create({
        ...{ name: 'T', subjects: ['t.>'], ...MEMORY, max_msgs_per_subject: 1, allow_direct: true },
        subject_transform: { src: 't.*', dest: 'u.{{wildcard(1)}}.x' },
      }),
      { pub: 't.a', payload: 'one', seq: 1 },
      { pub: 't.a', payload: 'two', headers: { 'Nats-Expected-Last-Subject-Sequence': '1' }, seq: 2 },
      { pub: 't.a.b', payload: 'three', seq: 3 },
      {
        api: 'STREAM.INFO.T',
        send: { subjects_filter: '>' },
        gets: { state: { messages: 2, subjects: { 'u.a.x': 1, 't.a.b': 1 } } },
      },
      { direct: 'T.u.a.x', payload: 'two' },
    ],
  },
  {
    title: 'subjects of two streams may not overlap',
    steps: [
      T,
      { api: 'STREAM.CREATE.U', send: { name: 'U', subjects: ['t.*.x'], ...MEMORY }, error: [10065] },
      create({ name: 'U', subjects: ['u.*'], ...MEMORY }),
      { api: 'STREAM.UPDATE.U', send: { name: 'U', subjects: ['t.u'], ...MEMORY }, error: [10065] },
      {
        api: 'STREAM.UPDATE.T',
        send: { name: 'T', subjects: ['t.*'], ...MEMORY },
        gets: { config: { subjects: ['t.*'] } },
      },
    ],
  },
  {
    title: 'updates change what may be changed',
    steps: [
      create({ name: 'T', subjects: ['t.>'], ...MEMORY, max_msgs: 10 }),
      { pub: 't.a', seq: 1 },
      { pub: 't.a', seq: 2 },
      { pub: 't.b', seq: 3 },
      {
        api: 'STREAM.UPDATE.T',
        send: {
          name: 'T',
          subjects: ['t.>', 'u'],
          ...MEMORY,
          max_msgs: 2,
          description: 'd',
          metadata: { a: 'b' },
        },
        gets: {
          config: { max_msgs: 2, description: 'd', metadata: { a: 'b' } },
          state: { messages: 2, first_seq: 2 },
        },
      },
      { pub: 'u', seq: 4 },
      {
        api: 'STREAM.UPDATE.T',
        send: { name: 'T', subjects: ['t.a'], ...MEMORY, max_msgs_per_subject: 1 },
        gets: { config: { max_msgs: -1 }, state: { messages: 2 } },
      },
      { noResponders: 't.b', send: 'x' },
      { api: 'STREAM.UPDATE.T', send: { name: 'T', subjects: ['t.a'], storage: 'file' }, error: [10052] },
      {
        api: 'STREAM.UPDATE.T',
        send: { name: 'T', subjects: ['t.a'], ...MEMORY, retention: 'workqueue' },
        error: [10052, 'stream configuration update can not change retention policy to/from workqueue'],
      },
      { api: 'STREAM.UPDATE.T', send: { name: 'U', ...MEMORY }, error: [10056] },
    ],
  },
  {
    title: 'a sealed stream takes nothing and loses nothing',
    steps: [
      create({ name: 'T', subjects: ['t.>'], ...MEMORY, deny_delete: true, deny_purge: true }),
      { pub: 't.a', seq: 1 },
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 1 }, error: [10057, 'message delete not permitted'] },
      { api: 'STREAM.PURGE.T', error: [10110, 'stream purge not permitted'] },
      {
        api: 'STREAM.UPDATE.T',
        send: { name: 'T', subjects: ['t.>'], ...MEMORY },
        error: [10052, 'stream configuration update can not cancel deny message deletes'],
      },
      {
        api: 'STREAM.UPDATE.T',
        send: { name: 'T', subjects: ['t.>'], ...MEMORY, deny_delete: true, deny_purge: true, sealed: true },
        gets: { config: { sealed: true, discard: 'new', deny_delete: true, deny_purge: true } },
      },
      { pub: 't.a', error: [10109, 'invalid operation on sealed stream'] },
      { api: 'STREAM.PURGE.T', error: [10109] },
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 1 }, error: [10109] },
      {
        api: 'STREAM.UPDATE.T',
        send: { name: 'T', subjects: ['t.>'], ...MEMORY, deny_delete: true, deny_purge: true },
        error: [10052, 'stream configuration update can not unseal a sealed stream'],
      },
      { api: 'STREAM.DELETE.T', gets: { success: true } },
    ],
  },
  {
    title: 'lists are sorted and come in pages',
    steps: [
      { api: 'STREAM.NAMES', gets: { total: 0, offset: 0, limit: 1_024, streams: null } },
      create({ name: 'b', subjects: ['b.*'], ...MEMORY }),
      create({ name: 'a', subjects: ['a.>'], ...MEMORY }),
      create({ name: 'c', subjects: ['c'], ...MEMORY }),
      { api: 'STREAM.NAMES', gets: { total: 3, offset: 0, limit: 1_024, streams: ['a', 'b', 'c'] } },
      { api: 'STREAM.NAMES', send: { offset: 2 }, gets: { total: 3, offset: 2, streams: ['c'] } },
      { api: 'STREAM.NAMES', send: { offset: 9 }, gets: { total: 3, offset: 3, streams: null } },
      { api: 'STREAM.NAMES', send: { subject: '*.x' }, gets: { total: 2, streams: ['a', 'b'] } },
      {
        api: 'STREAM.LIST',
        send: { subject: 'c' },
        gets: { total: 1, limit: 256, streams: [{ config: { name: 'c' } }] },
      },
      { api: 'STREAM.DELETE.a', send: { no: 1 }, error: [10038] },
      { api: 'STREAM.DELETE.a', gets: { success: true } },
      { api: 'STREAM.NAMES', gets: { streams: ['b', 'c'] } },
      { noResponders: 'a.x', send: 'x' },
    ],
  },
  {
    title: 'the first sequence may be chosen',
    steps: [
      {
        ...create({ name: 'T', subjects: ['t.>'], ...MEMORY, first_seq: 100 }),
        gets: { config: { first_seq: 100 }, state: { messages: 0, first_seq: 100, last_seq: 99 } },
      } as Step,
      { pub: 't.a', seq: 100 },
      { api: 'STREAM.INFO.T', gets: { state: { first_seq: 100, last_seq: 100, messages: 1 } } },
    ],
  },
  {
    title: 'info lists subjects and what was deleted',
    steps: [
      T,
      ...['a', 'b', 'a', 'c', 'a'].map((name, index): Step => ({ pub: `t.${name}`, seq: index + 1 })),
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 3 }, gets: { success: true } },
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 3 }, error: [10043, 'sequence 3 not found'] },
      {
        api: 'STREAM.INFO.T',
        send: { subjects_filter: '>', deleted_details: true },
        gets: {
          total: 3,
          offset: 0,
          limit: 100_000,
          state: {
            messages: 4,
            num_subjects: 3,
            subjects: { 't.a': 2, 't.b': 1, 't.c': 1 },
            num_deleted: 1,
            deleted: [3],
          },
        },
      },
      {
        api: 'STREAM.INFO.T',
        send: { subjects_filter: 't.a' },
        gets: { total: 1, state: { subjects: { 't.a': 2 } } },
      },
      { api: 'STREAM.INFO.T', send: { subjects_filter: 't.x' }, gets: { total: 0 } },
    ],
  },
  {
    title: 'purge takes all, up to a sequence, all but some, or a subject',
    steps: [
      T,
      ...Array.from({ length: 12 }, (_, i): Step => ({ pub: `t.${'abc'[i % 3]}`, seq: i + 1 })),
      { api: 'STREAM.PURGE.T', send: { seq: 3, keep: 1 }, error: [10003], gets: { purged: 0 } },
      { api: 'STREAM.PURGE.T', send: { seq: 3 }, gets: { success: true, purged: 2 } },
      { api: 'STREAM.PURGE.T', send: { filter: 't.a', keep: 1 }, gets: { purged: 2 } },
      { api: 'STREAM.PURGE.T', send: { filter: 't.b', seq: 9 }, gets: { purged: 2 } },
      { api: 'STREAM.INFO.T', gets: { state: { messages: 6, first_seq: 3, last_seq: 12 } } },
      { api: 'STREAM.PURGE.T', send: { keep: 3 }, gets: { purged: 3 } },
      { api: 'STREAM.PURGE.T', send: { filter: 't.*' }, gets: { purged: 3 } },
      { api: 'STREAM.INFO.T', gets: { state: { messages: 0, first_seq: 13, last_seq: 12 } } },
      { pub: 't.a', seq: 13 },
      { api: 'STREAM.PURGE.T', gets: { purged: 1 } },
      {
        api: 'STREAM.INFO.T',
        gets: {
          state: { messages: 0, bytes: 0, first_seq: 14, last_seq: 13, first_ts: '0001-01-01T00:00:00Z' },
        },
      },
    ],
  },
  {
    title: 'purge keeps as many messages as it is told to, however many sequences have none',
    differs: '2.10 counts sequences',
    steps: [
      T,
      ...Array.from({ length: 8 }, (_, i): Step => ({ pub: 't.a', seq: i + 1 })),
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 6 } },
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 7 } },
      { api: 'STREAM.PURGE.T', send: { keep: 2 }, gets: { purged: 4 } },
      { api: 'STREAM.INFO.T', gets: { state: { messages: 2, first_seq: 5, num_deleted: 2 } } },
    ],
  },
  {
    title: 'what is wrong with a request is said with the fields that answers have',
    steps: [
      { api: 'STREAM.NAMES', send: '{x', error: [10025], gets: { total: 0, limit: 0, streams: null } },
      { api: 'STREAM.LIST', send: '{x', error: [10025], gets: { total: 0, streams: [] } },
      { api: 'STREAM.PURGE.T', send: '{x', error: [10025], gets: { purged: 0 } },
      { api: 'STREAM.SNAPSHOT.T', error: [10003] },
    ],
  },
  {
    title: 'single messages are found',
    steps: [
      T,
      { pub: 't.a', payload: 'one', seq: 1 },
      { pub: 't.b', payload: 'two', headers: { Own: 'x' }, seq: 2 },
      { pub: 't.a', payload: 'three', seq: 3 },
      {
        api: 'STREAM.MSG.GET.T',
        send: { seq: 1 },
        gets: { message: { subject: 't.a', seq: 1, data: base64('one') } },
      },
      {
        api: 'STREAM.MSG.GET.T',
        send: { last_by_subj: 't.b' },
        gets: { message: { seq: 2, hdrs: base64('NATS/1.0\r\nOwn: x\r\n\r\n') } },
      },
      { api: 'STREAM.MSG.GET.T', send: { last_by_subj: 't.>' }, gets: { message: { seq: 3 } } },
      { api: 'STREAM.MSG.GET.T', send: { last_by_subj: 'u.>' }, error: [10037] },
      { api: 'STREAM.MSG.GET.T', send: { next_by_subj: 't.a' }, gets: { message: { seq: 1 } } },
      { api: 'STREAM.MSG.GET.T', send: { next_by_subj: 't.*', seq: 2 }, gets: { message: { seq: 2 } } },
      { api: 'STREAM.MSG.GET.T', send: { seq: 9 }, error: [10037, 'no message found'] },
      { api: 'STREAM.MSG.GET.T', send: { last_by_subj: 't.x' }, error: [10037] },
      { api: 'STREAM.MSG.GET.T', send: { seq: 1, last_by_subj: 't.a' }, error: [10003] },
      { api: 'STREAM.MSG.GET.T', send: '', error: [10003] },
      { api: 'STREAM.MSG.GET.none', send: { seq: 1 }, error: [10059] },
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 99 }, error: [10043, 'sequence 99 not found'] },
    ],
  },
  {
    title: 'direct gets are served where they are allowed',
    steps: [
      T,
      { noResponders: '$JS.API.DIRECT.GET.T', send: { seq: 1 } },
      { api: 'STREAM.UPDATE.T', send: { name: 'T', subjects: ['t.>'], ...MEMORY, allow_direct: true } },
      { pub: 't.a', payload: 'one', headers: { Own: 'x' }, seq: 1 },
      { pub: 't.a', payload: 'two', seq: 2 },
      { pub: 't.b', payload: 'three', seq: 3 },
      {
        direct: 'T',
        send: { seq: 1 },
        payload: 'one',
        headers: { Own: 'x', 'Nats-Stream': 'T', 'Nats-Subject': 't.a', 'Nats-Sequence': '1' },
      },
      { direct: 'T', send: { last_by_subj: 't.a' }, payload: 'two', headers: { 'Nats-Sequence': '2' } },
      { direct: 'T', send: { next_by_subj: 't.b' }, payload: 'three' },
      { direct: 'T.t.a', payload: 'two' },
      { direct: 'T.t.>', payload: 'three' },
      { direct: 'T', send: { seq: 9 }, status: '404 Message Not Found' },
      { direct: 'T.t.x', status: '404 Message Not Found' },
      { direct: 'T', send: '', status: '408 Empty Request' },
      { direct: 'T', send: '{', status: '408 Malformed Request' },
      { direct: 'T', send: {}, status: '408 Empty Request' },
      { direct: 'T', send: { seq: 1, last_by_subj: 't.a' }, status: '408 Bad Request' },
      { noResponders: '$JS.API.DIRECT.GET.none', send: { seq: 1 } },
    ],
  },
  {
    title: 'markers of deleted subjects need TTLs and rollups, which they bring along',
    differs: '2.10 has no markers',
    steps: [
      refused({ subject_delete_marker_ttl: 999_000_000 }, [
        10052,
        'subject delete marker TTL must be at least 1 second',
      ]),
      refused({ subject_delete_marker_ttl: -1 }, [10052, 'subject delete marker TTL must not be negative']),
      {
        api: 'STREAM.CREATE.M',
        send: { name: 'M', ...MEMORY, mirror: { name: 'T' }, subject_delete_marker_ttl: 1_000_000_000 },
        error: [10052, 'subject delete markers forbidden on mirrors'],
      },
      {
        api: 'STREAM.CREATE.T',
        send: { name: 'T', ...MEMORY, subject_delete_marker_ttl: 1_000_000_000, deny_purge: true },
        gets: {
          config: {
            subject_delete_marker_ttl: 1_000_000_000,
            allow_msg_ttl: true,
            allow_rollup_hdrs: true,
            deny_purge: false,
          },
        },
      },
    ],
  },
  {
    title: 'answers say which level of the API there is, and what asks for more is refused',
    differs: '2.10 has no levels',
    steps: [
      {
        api: 'STREAM.CREATE.T',
        send: {
          name: 'T',
          ...MEMORY,
          allow_direct: true,
          metadata: { a: 'b', '_nats.ver': 'x', '_nats.req.level': '9' },
        },
        headers: { 'Nats-Required-Api-Level': '1' },
        gets: { config: { metadata: { a: 'b', '_nats.req.level': '0' } } },
      },
      // What answers add is not taken for another configuration.
      {
        api: 'STREAM.CREATE.T',
        send: { name: 'T', ...MEMORY, allow_direct: true, metadata: { a: 'b', '_nats.level': '0' } },
      },
      {
        api: 'STREAM.UPDATE.T',
        send: { name: 'T', ...MEMORY, allow_direct: true, allow_msg_ttl: true },
        gets: { config: { metadata: { '_nats.req.level': '1' } } },
      },
      {
        api: 'CONSUMER.CREATE.T.c',
        send: {
          stream_name: 'T',
          config: { name: 'c', ack_policy: 'explicit', pause_until: '2200-01-01T00:00:00Z' },
        },
        gets: { config: { metadata: { '_nats.req.level': '1' } } },
      },
      {
        api: 'STREAM.INFO.T',
        headers: { 'Nats-Required-Api-Level': '99' },
        error: [10185, 'JetStream minimum api level required'],
      },
      { api: 'INFO', headers: { 'Nats-Required-Api-Level': 'one' }, error: [10185] },
      {
        direct: 'T',
        send: { seq: 1 },
        asks: { 'Nats-Required-Api-Level': '99' },
        status: '412 Required Api Level',
      },
      {
        direct: 'T.a',
        asks: { 'Nats-Required-Api-Level': '99' },
        status: '412 Required Api Level',
      },
    ],
  },
];
