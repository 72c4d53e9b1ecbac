import type { Exchange, Step } from './exchanges.js';

const create = (config: { readonly name: string; readonly [key: string]: unknown }): Step => ({
  api: `STREAM.CREATE.${config.name}`,
  send: { storage: 'memory', ...config },
});
const A = create({ name: 'A', subjects: ['a.>'], max_msg_size: 100 });
const refused = (source: object, error: readonly [number, string?], more: object = {}): Step => ({
  api: 'STREAM.CREATE.ALL',
  send: { name: 'ALL', storage: 'memory', sources: [source], ...more },
  error,
});
const transforms = (...pairs: readonly (readonly [string, string])[]) => ({
  name: 'A',
  subject_transforms: pairs.map(([src, dest]) => ({ src, dest })),
});
const external = (api: string, deliver = 'd') => ({ name: 'A', external: { api, deliver } });

/** Streams with sources: other streams that they are made from. */
export const SOURCE_EXCHANGES: readonly Exchange[] = [
  {
    title: 'a stream is made with its sources, and says of whom',
    steps: [
      {
        api: 'STREAM.CREATE.ALL',
        send: {
          ...{ name: 'ALL', storage: 'memory', duplicate_window: 1e9 },
          sources: [{ name: 'A', opt_start_seq: 3, filter_subject: 'a.x' }, transforms(['a.y', 'b.y'])],
        },
        gets: {
          config: {
            sources: [
              { name: 'A', opt_start_seq: 3, filter_subject: 'a.x' },
              { name: 'A', subject_transforms: [{ src: 'a.y', dest: 'b.y' }] },
            ],
          },
          did_create: true,
        },
      },
      { api: 'STREAM.INFO.ALL', gets: { state: { messages: 0, first_seq: 0, last_seq: 0 } } },
    ],
  },
  {
    title: 'a source has its lag, and what it takes',
    steps: [
      A,
      { pub: 'a.x', seq: 1 },
      create({ name: 'ALL', subjects: ['all'], sources: [transforms(['a.x', 'b.x'])] }),
      {
        eventually: 'STREAM.INFO.ALL',
        send: { subjects_filter: '>' },
        gets: {
          state: { messages: 1, subjects: { 'b.x': 1 } },
          sources: [{ name: 'A', lag: 0, subject_transforms: [{ src: 'a.x', dest: 'b.x' }] }],
        },
      },
      { pub: 'all', seq: 2 },
      { pub: 'a.y', seq: 2 },
      { pub: 'a.x', seq: 3 },
      { eventually: 'STREAM.INFO.ALL', gets: { state: { messages: 3, last_seq: 3 } } },
      { api: 'STREAM.MSG.GET.ALL', send: { seq: 3 }, gets: { message: { subject: 'b.x', seq: 3 } } },
    ],
  },
  {
    title: 'a source that is not there says so',
    steps: [
      create({ name: 'ALL', sources: [{ name: 'Z', filter_subject: 'q.>' }] }),
      {
        eventually: 'STREAM.INFO.ALL',
        gets: {
          sources: [
            {
              ...{ name: 'Z', lag: 0, active: -1, filter_subject: 'q.>' },
              error: { code: 404, err_code: 10_059, description: 'stream not found' },
            },
          ],
        },
      },
    ],
  },
  {
    title: 'sources that cannot be are refused',
    steps: [
      A,
      refused({ name: '' }, [10_141, 'sourced stream name is invalid']),
      refused({ name: 'A' }, [10_046], { max_msg_size: 50 }),
      refused({ ...transforms(['x', 'y']), filter_subject: 'a' }, [10_144]),
      refused(transforms(['x.>', ''], ['x.a', '']), [10_147]),
      refused({ name: 'A' }, [10_140], { sources: [{ name: 'A' }, { name: 'A' }] }),
      refused({ name: 'ALL' }, [10_052, 'detected cycle']),
      refused(external('$JS.API'), [10_021]),
      refused(external('$JS.x.API', 'd.*'), [10_024]),
      refused(external('$JS.>.API'), [10_052]),
    ],
  },
  {
    title: 'a circle of sources is refused where messages could come back',
    steps: [
      create({ name: 'A', subjects: ['a.>'], sources: [{ name: 'B', filter_subject: 'b.>' }] }),
      create({ name: 'B', subjects: ['b.>'], sources: [{ name: 'A', filter_subject: 'a.>' }] }),
      create({ name: 'C', subjects: ['c.>'], sources: [{ name: 'D' }] }),
      {
        api: 'STREAM.CREATE.D',
        send: { name: 'D', storage: 'memory', sources: [{ name: 'C' }] },
        error: [10_052, 'detected cycle'],
      },
    ],
  },
  {
    title: 'sources with transforms that cannot be are refused',
    differs: '2.10 has another text',
    steps: [
      refused(transforms(['x.*', 'y.{{foo(2)}}']), [
        10_146,
        'source transform: invalid mapping destination: unknown function in {{foo(2)}}',
      ]),
    ],
  },
  {
    title: 'ids of sources are not remembered where nothing says so',
    differs: '2.10 remembers them for two minutes',
    steps: [
      A,
      { pub: 'a.x', headers: { 'Nats-Msg-Id': 'same' }, seq: 1 },
      create({ name: 'B', subjects: ['b'] }),
      { pub: 'b', headers: { 'Nats-Msg-Id': 'same' }, seq: 1 },
      create({ name: 'ALL', sources: [{ name: 'A' }, { name: 'B' }] }),
      { eventually: 'STREAM.INFO.ALL', gets: { state: { messages: 2 } } },
      create({ name: 'ONE', duplicate_window: 60e9, sources: [{ name: 'A' }, { name: 'B' }] }),
      { eventually: 'STREAM.INFO.ONE', gets: { state: { messages: 1 }, config: { duplicate_window: 60e9 } } },
    ],
  },
];
