/** Differences of JetStream that are meant, each with its reason. */
import type { FieldDifference, SectionDifference } from './compare.js';
import { ADVISORIES_TITLE } from './play.js';

export interface KnownDifference {
  readonly name: string;
  readonly reason: string;
  /** How the versions of nats-server begin that do otherwise; default: all do. */
  readonly peers?: readonly string[];
  /** Whether the two have something else from then on, so that the rest of the session is not compared. */
  readonly endsComparison?: true;
  /**
   * Whether it is this in which a field differs.
   * @param before what was done before it
   */
  readonly explains: (field: FieldDifference, title: string, before: readonly string[]) => boolean;
}

/** What 2.10 does otherwise than both 2.15 and sluice. */
const OLD = ['v2.10.'];

const NEW = ['v2.15.'];
const CREATES_CONSUMER = /CONSUMER\.(DURABLE\.)?CREATE/;
const NEGATIVE =
  /"(ack_wait|max_waiting|max_batch|max_expires|max_bytes|inactive_threshold|max_ack_pending|max_deliver)":-\d/;
const TRANSFORM = /"subject_transform"/;

function isRefusal(error: unknown, code: number): boolean {
  return (error as { readonly err_code?: unknown } | undefined)?.err_code === code;
}

/** A delivery without the number of messages that are pending. */
function withoutPending(line: unknown): string {
  return String(line).replace(/(\$JS\.ACK\.\S+\.)\d+/, '$1');
}

/** Whether a consumer with a filter gets a configuration without one. */
function takesFilterAway(before: readonly string[]): boolean {
  const filtered = new Set<string>();
  for (const title of before) {
    const [, consumer] = /CONSUMER\.(?:DURABLE\.)?CREATE\.([^. ]+\.[^. ]+)/.exec(title) ?? [];
    if (consumer === undefined) continue;
    if (title.includes('"filter_subject')) filtered.add(consumer);
    else if (filtered.has(consumer)) return true;
  }
  return false;
}

export const KNOWN: readonly KnownDifference[] = [
  {
    name: 'sequence 0 of an empty stream',
    reason: 'nats-server lists sequence 0 as deleted in a stream in files that never had a message.',
    explains: ({ path, expected, actual }) =>
      /(^|\.)state\.(deleted|num_deleted)$/.test(path) &&
      actual === undefined &&
      (expected === 1 || JSON.stringify(expected) === '[0]'),
  },
  {
    name: 'bytes of messages with headers in files',
    reason: 'sluice counts 4 bytes less for each.',
    explains: ({ path, expected, actual }) =>
      /(^|\.)(bytes|storage)$/.test(path) &&
      typeof expected === 'number' &&
      typeof actual === 'number' &&
      expected > actual &&
      (expected - actual) % 4 === 0,
  },
  {
    name: 'time of the first message of an empty stream',
    reason: 'There is none; nats-server says that of a message that is gone, or was never kept.',
    explains: ({ path, actual }) => /state\.first_ts$/.test(path) && actual === '0001-01-01T00:00:00Z',
  },
  {
    name: 'first_seq 1',
    reason: 'It is the default, so an empty stream is as without it: its first sequence is 0.',
    explains: ({ path, expected, actual }) =>
      /state\.first_seq$/.test(path) && expected === 1 && actual === 0,
  },
  {
    name: 'purge of a subject up to sequence 1',
    reason:
      'There is nothing before sequence 1; nats-server takes that for no sequence, and removes all messages on the subject.',
    endsComparison: true,
    explains: ({ path, actual }, title) =>
      path === 'purged' && actual === 0 && /PURGE.*"filter".*"seq":1\}/.test(title),
  },
  {
    name: 'push_bound of a consumer that was made just now',
    reason: 'It is true where there is a receiver; nats-server says so in later answers only.',
    explains: ({ path, expected, actual }, title) =>
      /(^|\.)push_bound$/.test(path) &&
      expected === undefined &&
      actual === true &&
      /CONSUMER\.(DURABLE\.)?CREATE/.test(title),
  },
  {
    name: 'a request for a list that is no JSON',
    reason: 'It is refused, as by 2.10; 2.15 takes what does not begin with a brace for an empty request.',
    peers: NEW,
    explains: (_field, title) => /STREAM\.(NAMES|LIST) [^{\s]/.test(title),
  },
  {
    name: 'a message that is too large and has headers that refuse it',
    reason: 'What its headers expect is checked first, as by 2.10.',
    peers: NEW,
    explains: ({ path, expected }) =>
      path.startsWith('error') &&
      (expected === 400 || expected === 10_054 || expected === 'message size exceeds maximum allowed'),
  },
  {
    name: 'how far a consumer has looked',
    reason:
      'sluice says what was delivered; nats-server counts messages that are none of the consumer or gone.',
    explains: ({ path, expected, actual }) =>
      /(delivered|ack_floor)\.stream_seq$/.test(path) && Number(expected) > Number(actual),
  },
  {
    name: 'subjects of a stream that one of its consumers delivers to',
    reason: 'They are refused (10081), as where the consumer is made: each message would bring the next one.',
    endsComparison: true,
    explains: ({ path, expected, actual }, title) =>
      title.includes('STREAM.UPDATE') &&
      (path === 'error' ? expected === undefined && isRefusal(actual, 10_081) : actual === undefined),
  },
  {
    name: 'filter that an update takes away',
    reason:
      'Messages that come afterwards are pending; nats-server counts none until something is delivered.',
    explains: ({ path, expected, actual }, _title, before) =>
      takesFilterAway(before) &&
      (path === ''
        ? withoutPending(expected) === withoutPending(actual)
        : /num_pending$/.test(path) && Number(expected) < Number(actual)),
  },
  {
    name: 'name of a consumer that was made by DURABLE.CREATE',
    reason: 'Its configuration has a name, as in nats-server 2.15.',
    peers: OLD,
    explains: ({ path, expected }) => /config\.name$/.test(path) && expected === undefined,
  },
  {
    name: 'limits below -1',
    reason: 'Any number below 0 is -1, as in nats-server 2.15.',
    peers: OLD,
    explains: ({ expected, actual }) => typeof expected === 'number' && expected < -1 && actual === -1,
  },
  {
    name: 'settings of a consumer below 0',
    reason: 'They are refused, or stand for the default, as in 2.15.',
    peers: OLD,
    endsComparison: true,
    explains: (_field, title) => CREATES_CONSUMER.test(title) && NEGATIVE.test(title),
  },
  {
    name: 'where a consumer begins',
    reason:
      'Its floor and what it counts as delivered are where deliveries begin, as in 2.15; 2.10 says 0 until the first one.',
    peers: OLD,
    explains: ({ path, expected, actual }) =>
      /(ack_floor|delivered)\.stream_seq$/.test(path) && Number(expected) < Number(actual),
  },
  {
    name: 'a transform that is not usable',
    reason: 'It is refused with 10156 before it is looked for the stream, as by 2.15.',
    peers: OLD,
    endsComparison: true,
    explains: ({ path }, title) => path.startsWith('error') && TRANSFORM.test(title),
  },
  {
    name: 'consumer limits below 0',
    reason: 'They are none, as in 2.15.',
    peers: OLD,
    endsComparison: true,
    explains: (_field, title) => /STREAM\.UPDATE.*"consumer_limits":\{"[a-z_]+":-/.test(title),
  },
  {
    name: 'replicas of an update',
    reason: 'More than one are refused, as where a stream is made.',
    peers: OLD,
    endsComparison: true,
    explains: (_field, title) => /STREAM\.UPDATE.*"num_replicas":3/.test(title),
  },
  {
    name: 'a request without waiting that gets fewer than it asks for',
    reason: 'It ends with 404, as in 2.15; 2.10 says 408 where it has got some.',
    peers: OLD,
    explains: ({ path, expected, actual }) =>
      path === '' && /^\[NATS\/1\.0 408 /.test(String(expected)) && /^\[NATS\/1\.0 404 /.test(String(actual)),
  },
  {
    name: 'order of checks',
    reason: 'Of several faults of a request that makes or changes something, another one is named.',
    explains: ({ path, expected, actual }, title) =>
      /^error\./.test(path) &&
      expected !== undefined &&
      actual !== undefined &&
      /(CREATE|UPDATE)\./.test(title),
  },
  {
    name: 'a message that an emptied stream in files has not',
    reason: 'The error is 10043, as for all messages that there are not.',
    explains: ({ path, actual }, title) =>
      path.startsWith('error') &&
      title.includes('MSG.DELETE') &&
      (actual === 400 || actual === 10_043 || /^sequence \d+ not found$/.test(String(actual))),
  },
  {
    name: 'retention that becomes interest',
    reason:
      'Messages that no consumer needs go at once, as such streams have none; nats-server keeps those that no consumer has acknowledged.',
    endsComparison: true,
    explains: ({ path }, title) =>
      path.startsWith('state.') && /STREAM\.UPDATE.*"retention":"interest"/.test(title),
  },
  {
    name: 'first_seq of an update',
    reason: 'That with which the stream was made stays in its configuration.',
    endsComparison: true,
    explains: ({ path }) => /config\.first_seq$/.test(path),
  },
  {
    name: 'max_consumers of an update',
    reason: 'It may not change, as in 2.10.',
    peers: NEW,
    endsComparison: true,
    explains: ({ path, expected, actual }, title) =>
      title.includes('STREAM.UPDATE') &&
      (path === 'error' ? expected === undefined && isRefusal(actual, 10_052) : actual === undefined),
  },
  {
    name: 'when the last acknowledgement was',
    reason: 'Only acknowledgements count; nats-server also sets it where messages are removed.',
    explains: ({ path, actual }) => /ack_floor\.last_active$/.test(path) && actual === undefined,
  },
];

/** Differences of answers with more or fewer messages. */
export const KNOWN_WHOLE: readonly {
  readonly name: string;
  readonly reason: string;
  readonly endsComparison?: true;
  readonly matches: (difference: SectionDifference) => boolean;
}[] = [
  {
    name: 'up_to_seq beyond the last message',
    reason: 'It is as without; nats-server finds nothing then in streams in files.',
    matches: ({ title, expected }) =>
      title.includes('"up_to_seq"') &&
      expected.length === 1 &&
      expected[0] === '[NATS/1.0 404 No Results] ""',
  },
];

/** What is to be said of the differences of a session. */
export interface Judgement {
  /** The first one that is not meant. */
  readonly unknown: SectionDifference | undefined;
  /** Names of those that are meant. */
  readonly known: readonly string[];
}

/** Tells differences that are meant from others. Where some are, advisories, which tell of them again, are not looked at. */
export function judge(differences: readonly SectionDifference[], version: string): Judgement {
  const names: string[] = [];
  for (const difference of differences) {
    if (names.length > 0 && difference.title === ADVISORIES_TITLE) continue;
    const found = knownAs(difference, version);
    if (found === undefined) return { unknown: difference, known: names };
    names.push(...found.map(({ name }) => name));
    if (found.some(({ endsComparison }) => endsComparison === true)) break;
  }
  return { unknown: undefined, known: names };
}

/** The intended differences that this is; undefined: it is, or has in it, another one. */
function knownAs(
  difference: SectionDifference,
  version: string,
): readonly Pick<KnownDifference, 'name' | 'endsComparison'>[] | undefined {
  const { title, before, fields } = difference;
  if (fields === undefined) {
    const whole = KNOWN_WHOLE.filter(({ matches }) => matches(difference));
    return whole.length === 0 ? undefined : whole;
  }
  const known = KNOWN.filter(
    ({ peers }) => peers === undefined || peers.some((each) => version.startsWith(each)),
  );
  const found = fields.map((field) => known.find(({ explains }) => explains(field, title, before)));
  return found.every((each) => each !== undefined) ? found : undefined;
}
