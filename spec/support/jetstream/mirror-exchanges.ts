import type { Exchange, Step } from './exchanges.js';

const create = (config: { readonly name: string; readonly [key: string]: unknown }): Step => ({
  api: `STREAM.CREATE.${config.name}`,
  send: { storage: 'memory', ...config },
});
const S = create({ name: 'S', subjects: ['s.>'], max_msg_size: 100 });
const M = create({ name: 'M', mirror: { name: 'S' } });
const refused = (mirror: object, error: readonly [number, string?], more: object = {}): Step => ({
  api: 'STREAM.CREATE.M',
  send: { name: 'M', storage: 'memory', mirror, ...more },
  error,
});
const published = (...subjects: readonly string[]): readonly Step[] =>
  subjects.map((pub, index) => ({ pub, payload: `m${index + 1}`, seq: index + 1 }));
const transforms = (...pairs: readonly (readonly [string, string])[]) => ({
  name: 'S',
  subject_transforms: pairs.map(([src, dest]) => ({ src, dest })),
});

/** Mirrors: streams that copy another one. */
export const MIRROR_EXCHANGES: readonly Exchange[] = [
  {
    title: 'a mirror is made as it says, and says of whom',
    steps: [
      S,
      {
        api: 'STREAM.CREATE.M',
        send: { name: 'M', storage: 'memory', mirror: { name: 'S' } },
        gets: {
          config: { name: 'M', mirror: { name: 'S' }, mirror_direct: false },
          state: { messages: 0, first_seq: 0, last_seq: 0 },
          mirror: { name: 'S', lag: 0, active: -1 },
          did_create: true,
        },
      },
    ],
  },
  {
    title: 'a mirror has the sequences of what it mirrors',
    steps: [
      S,
      ...published('s.a', 's.b', 's.a'),
      { api: 'STREAM.MSG.DELETE.S', send: { seq: 2 } },
      M,
      {
        eventually: 'STREAM.INFO.M',
        gets: {
          state: {
            messages: 2,
            first_seq: 1,
            last_seq: 3,
            num_deleted: 1,
            num_subjects: 1,
            consumer_count: 0,
          },
          mirror: { name: 'S', lag: 0 },
        },
      },
      { api: 'STREAM.MSG.GET.M', send: { seq: 3 }, gets: { message: { subject: 's.a', seq: 3 } } },
      { api: 'STREAM.INFO.S', gets: { state: { consumer_count: 0 } } },
      { api: 'CONSUMER.NAMES.S', gets: { total: 0, consumers: [] } },
      { pub: 's.b', seq: 4 },
      { eventually: 'STREAM.INFO.M', gets: { state: { messages: 3, last_seq: 4 } } },
    ],
  },
  {
    title: 'a mirror begins where it says, with the subjects that it says',
    steps: [
      S,
      ...published('s.a', 's.b', 's.a', 's.b', 's.a', 's.b'),
      create({ name: 'M', mirror: { name: 'S', opt_start_seq: 3, filter_subject: 's.b' } }),
      {
        eventually: 'STREAM.INFO.M',
        gets: {
          config: { mirror: { name: 'S', opt_start_seq: 3, filter_subject: 's.b' } },
          state: { messages: 2, first_seq: 4, last_seq: 6, num_deleted: 1 },
          mirror: { name: 'S', lag: 0, filter_subject: 's.b' },
        },
      },
    ],
  },
  {
    title: 'a mirror renames subjects',
    steps: [
      S,
      ...published('s.a', 's.b'),
      create({ name: 'M', mirror: transforms(['s.a', 'x.a'], ['s.b', 'y.b']) }),
      {
        eventually: 'STREAM.INFO.M',
        send: { subjects_filter: '>' },
        gets: {
          state: { subjects: { 'x.a': 1, 'y.b': 1 } },
          mirror: {
            name: 'S',
            subject_transforms: [
              { src: 's.a', dest: 'x.a' },
              { src: 's.b', dest: 'y.b' },
            ],
          },
        },
      },
    ],
  },
  {
    title: 'a mirror of what is not there says so',
    steps: [
      M,
      {
        eventually: 'STREAM.INFO.M',
        gets: {
          mirror: {
            lag: 0,
            active: -1,
            error: { code: 404, err_code: 10_059, description: 'stream not found' },
          },
        },
      },
    ],
  },
  {
    title: 'direct gets go to a mirror once the stream is gone',
    steps: [
      create({ name: 'S', subjects: ['s.>'], allow_direct: true }),
      ...published('s.a'),
      {
        api: 'STREAM.CREATE.M',
        send: { name: 'M', storage: 'memory', mirror: { name: 'S' } },
        gets: { config: { mirror_direct: true } },
      },
      { eventually: 'STREAM.INFO.M', gets: { state: { messages: 1 } } },
      { direct: 'S', send: { seq: 1 }, payload: 'm1' },
      { noResponders: '$JS.API.DIRECT.GET.M', send: { seq: 1 } },
      { noResponders: 'M' },
      { api: 'STREAM.DELETE.S' },
      { direct: 'S', send: { seq: 1 }, payload: 'm1', headers: { 'Nats-Stream': 'M' } },
    ],
  },
  {
    title: 'mirrors that cannot be are refused',
    steps: [
      S,
      refused({ name: 'S' }, [10_034], { subjects: ['q'] }),
      refused({ name: 'S' }, [10_031], { sources: [{ name: 'S' }] }),
      refused({ name: 'S' }, [10_143], { first_seq: 5 }),
      refused({ name: 'S' }, [10_030], { max_msg_size: 50 }),
      refused({ name: '' }, [10_142]),
      refused({ name: 'a.b' }, [10_142, 'mirrored stream name is invalid']),
      refused({ ...transforms(['x', 'y']), filter_subject: 'a' }, [10_150]),
      refused(transforms(['x.*', ''], ['x.a', '']), [10_152]),
      refused({ name: 'M' }, [10_052, 'detected cycle']),
      refused({ name: 'N', external: { api: '$JS.API', deliver: 'd' } }, [
        10_021,
        'stream external api prefix $JS.API must not overlap with $JS.API',
      ]),
      refused({ name: 'N', external: { api: '$JS.x.API', deliver: 'd.*' } }, [
        10_024,
        'stream external delivery prefix d.* must not contain wildcards',
      ]),
      refused({ name: 'N', external: { api: '$JS.*.API' } }, [
        10_052,
        'stream external api prefix "$JS.*.API" must be a valid subject without wildcards',
      ]),
      refused({ name: 'S', opt_start_time: 'yesterday' }, [10_025]),
      {
        api: 'STREAM.CREATE.M',
        send: { name: 'M', mirror_direct: true },
        error: [10_052, 'stream has no mirror but does have mirror direct'],
      },
    ],
  },
  {
    title: 'mirrors with transforms that cannot be are refused',
    differs: '2.10 has other texts, and 10049 for the second',
    steps: [
      S,
      refused(transforms(['x..', 'y']), [10_151, 'mirror transform source: invalid subject x..']),
      refused(transforms(['x.*', 'y.{{wildcard(2)}}']), [
        10_154,
        'mirror transform: invalid mapping destination: wildcard index out of range in {{wildcard(2)}}: [2]',
      ]),
    ],
  },
  {
    title: 'a circle of mirrors is refused',
    steps: [
      M,
      create({ name: 'T', mirror: { name: 'M' } }),
      { ...refusedS(), error: [10_052, 'detected cycle'] },
    ],
  },
  {
    title: 'a mirror mirrors nothing else later',
    steps: [
      S,
      M,
      {
        api: 'STREAM.UPDATE.M',
        send: { name: 'M', storage: 'memory', mirror: { name: 'T' } },
        error: [10_055, 'stream mirror configuration can not be updated'],
      },
      {
        api: 'STREAM.UPDATE.S',
        send: { name: 'S', storage: 'memory', mirror: { name: 'T' } },
        error: [10_055],
      },
    ],
  },
  {
    title: 'a mirror without its mirror is a stream like any other',
    differs: '2.10 refuses it with 10055',
    steps: [
      S,
      ...published('s.a', 's.b'),
      M,
      { eventually: 'STREAM.INFO.M', gets: { state: { messages: 2 } } },
      {
        api: 'STREAM.UPDATE.M',
        send: { name: 'M', storage: 'memory', subjects: ['m'] },
        gets: { config: { subjects: ['m'], mirror_direct: false }, state: { last_seq: 2 } },
      },
      { pub: 'm', seq: 3 },
      { pub: 's.a', seq: 3 },
      { api: 'STREAM.INFO.M', gets: { state: { messages: 3, last_seq: 3 } } },
    ],
  },
];

function refusedS() {
  return { api: 'STREAM.CREATE.S', send: { name: 'S', storage: 'memory', mirror: { name: 'T' } } };
}
