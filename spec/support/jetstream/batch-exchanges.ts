import type { Exchange, Step } from './exchanges.js';

const MEMORY = { storage: 'memory' } as const;
const stream = (storage: string): Step => ({
  api: 'STREAM.CREATE.T',
  send: { name: 'T', subjects: ['t.>'], storage, allow_direct: true },
});
/** Ten messages on `t.a`, `t.b` and `t.c` in turn, of which the fifth, on `t.b`, is deleted. */
const ten = (storage = 'memory'): readonly Step[] => [
  stream(storage),
  ...Array.from({ length: 10 }, (_, i): Step => ({ pub: `t.${'abc'[i % 3]}`, payload: 'xxxx', seq: i + 1 })),
  { api: 'STREAM.MSG.DELETE.T', send: { seq: 5 } },
];
const refused = (query: object, status: string): Step => ({ direct: 'T', send: query, status });

/** Direct gets of several messages. */
export const BATCH_EXCHANGES: readonly Exchange[] = [
  ...['memory', 'file'].map(
    (storage): Exchange => ({
      title: `messages from a sequence on, in ${storage}`,
      differs: '2.10 answers with one message',
      steps: [
        ...ten(storage),
        {
          batch: { batch: 3, seq: 4 },
          gets: ['4 t.a +5 after 0', '6 t.c +4 after 4', '7 t.a +3 after 6', 'EOB +3 after 7 up to -'],
        },
        {
          batch: { batch: 5, seq: 9 },
          gets: ['9 t.c +1 after 0', '10 t.a +0 after 9', 'EOB +0 after 10 up to -'],
        },
        {
          batch: { batch: 2, seq: 2, next_by_subj: 't.a' },
          gets: ['4 t.a +2 after 0', '7 t.a +1 after 4', 'EOB +1 after 7 up to -'],
        },
        { batch: { batch: 1, next_by_subj: 't.*' }, gets: ['1 t.a +8 after 0', 'EOB +8 after 1 up to -'] },
        {
          batch: { batch: 2, seq: 5 },
          gets: ['6 t.c +4 after 0', '7 t.a +3 after 6', 'EOB +3 after 7 up to -'],
        },
        { batch: { batch: 5, seq: 11 }, gets: ['404 Message Not Found'] },
        { batch: { batch: 5, seq: 1, next_by_subj: 't.z' }, gets: ['404 Message Not Found'] },
        {
          batch: { batch: 2, start_time: '2020-01-01T00:00:00Z' },
          gets: ['1 t.a +8 after 0', '2 t.b +7 after 1', 'EOB +7 after 2 up to -'],
        },
        {
          batch: { batch: 9, seq: 1, max_bytes: 10 },
          gets: ['1 t.a +8 after 0', '2 t.b +7 after 1', 'EOB +7 after 2 up to -'],
        },
      ],
    }),
  ),
  ...['memory', 'file'].map(
    (storage): Exchange => ({
      title: `the last messages of several subjects, in ${storage}`,
      differs: '2.10 has no multi_last',
      steps: [
        ...ten(storage),
        {
          batch: { multi_last: ['t.a', 't.b', 't.z'] },
          gets: ['8 t.b +1 after 0', '10 t.a +0 after 8', 'EOB +0 after 10 up to 10'],
        },
        {
          batch: { multi_last: ['t.*', 't.a'] },
          gets: ['8 t.b +2 after 0', '9 t.c +1 after 8', '10 t.a +0 after 9', 'EOB +0 after 10 up to 10'],
        },
        {
          batch: { multi_last: ['t.>'], up_to_seq: 6 },
          gets: ['2 t.b +2 after 0', '4 t.a +1 after 2', '6 t.c +0 after 4', 'EOB +0 after 6 up to 6'],
        },
        { batch: { multi_last: ['>'], batch: 1 }, gets: ['8 t.b +2 after 0', 'EOB +2 after 8 up to 10'] },
        {
          batch: { multi_last: ['t.*'], seq: 9 },
          gets: ['9 t.c +1 after 0', '10 t.a +0 after 9', 'EOB +0 after 10 up to 10'],
        },
        {
          batch: { multi_last: ['t.*'], max_bytes: 5 },
          gets: ['8 t.b +2 after 0', 'EOB +2 after 8 up to 10'],
        },
        { batch: { multi_last: ['t.z'] }, gets: ['404 No Results'] },
        { batch: { multi_last: ['t.c'], up_to_seq: 2 }, gets: ['404 No Results'] },
        { batch: { multi_last: ['t.*'], up_to_time: '2020-01-01T00:00:00Z' }, gets: ['404 No Results'] },
        {
          batch: { multi_last: ['t.c'], up_to_time: '2200-01-01T00:00:00Z' },
          gets: ['9 t.c +0 after 0', 'EOB +0 after 9 up to 10'],
        },
      ],
    }),
  ),
  {
    title: 'the last messages of a thousand subjects at most',
    differs: '2.10 has no multi_last',
    steps: [
      stream('memory'),
      ...Array.from({ length: 1_025 }, (_, i): Step => ({ pub: `t.${i}`, payload: 'x' })),
      { batch: { multi_last: ['t.*'] }, gets: ['413 Too Many Results'] },
      {
        batch: { multi_last: ['t.*'], up_to_seq: 1_024, batch: 1 },
        gets: ['1 t.0 +1023 after 0', 'EOB +1023 after 1 up to 1024'],
      },
      { api: 'STREAM.MSG.DELETE.T', send: { seq: 1 } },
      {
        batch: { multi_last: ['t.*'], seq: 1_025 },
        gets: ['1025 t.1024 +0 after 0', 'EOB +0 after 1025 up to 1025'],
      },
    ],
  },
  {
    title: 'what contradicts itself is refused',
    differs: '2.10 has no multi_last',
    steps: [
      { api: 'STREAM.CREATE.T', send: { name: 'T', subjects: ['t.>'], ...MEMORY, allow_direct: true } },
      refused({ batch: 2, last_by_subj: 't.a' }, '408 Bad Request'),
      refused({ multi_last: ['t.a'], last_by_subj: 't.a' }, '408 Bad Request'),
      refused({ multi_last: ['t.a'], next_by_subj: 't.a' }, '408 Bad Request'),
      refused({ multi_last: ['t.a'], up_to_seq: 3, up_to_time: '2020-01-01T00:00:00Z' }, '408 Bad Request'),
      refused({ batch: 2 }, '408 Empty Request'),
      refused({ multi_last: [] }, '408 Empty Request'),
      refused({ multi_last: ['t.a'], up_to_time: 'now' }, '408 Malformed Request'),
      refused({ multi_last: 't.a' }, '408 Malformed Request'),
    ],
  },
];
