/** Differences of verdicts that are meant, each with its reason: docs/nats-conf.md lists them, too. */
import type { ConfDifference } from './compare.js';
import type { Problem } from './verdict.js';

export interface KnownConf {
  readonly name: string;
  readonly reason: string;
  readonly matches: (difference: ConfDifference) => boolean;
}

const texts = ({ problems }: { readonly problems: readonly Problem[] }): readonly string[] =>
  problems.map(({ text }) => text);

/** Whether every problem that only one of the two names is one that the pattern describes. */
function onlyMore({ expected, actual }: ConfDifference, pattern: RegExp): boolean {
  const theirs = new Set(texts(expected));
  const more = texts(actual).filter((text) => !theirs.has(text));
  return more.length > 0 && more.every((text) => pattern.test(text));
}

export const KNOWN_CONF: readonly KnownConf[] = [
  {
    name: 'not supported',
    reason: 'What sluice does not have is refused by name where a client would notice.',
    matches: (difference) => difference.kind !== 'text' && onlyMore(difference, /not supported/),
  },
  {
    name: 'as nats-server 2.15',
    reason:
      'sluice follows 2.15 where 2.10 differs: queue groups in rules, ciphers that Go calls insecure, text such as 1e5.',
    matches: (difference) =>
      difference.kind === 'verdict' &&
      (difference.actual.isValid
        ? texts(difference.expected).every((text) => /^(?:Parse error|variable reference)/.test(text))
        : onlyMore(difference, /is not a valid (?:subject|queue)$|^insecure cipher suites/)),
  },
  {
    name: 'rules between accounts',
    reason:
      'What is wrong with an import or an export is reported where it stands, and not at the block accounts.',
    matches: ({ kind, expected, actual }) =>
      kind === 'line' &&
      texts(expected).every((text) => / import | export$| export:/.test(text)) &&
      texts(actual).every((text) => /^accounts\./.test(text)),
  },
  {
    name: 'files',
    reason:
      'A file of TLS or of an operator that cannot be used is reported at the key that names it, each one, in words of sluice.',
    matches: ({ kind, expected, actual }) =>
      kind !== 'verdict' &&
      texts(expected).every((text) => /certificate|^open |^error parsing operator JWT/.test(text)) &&
      texts(actual).every((text) => /^(?:tls\.(?:cert|key|ca)_file = |operator: )/.test(text)),
  },
  {
    name: 'more problems',
    reason:
      'nats-server stops at the first problem of a block tls, of a list of users and of accounts; sluice names all.',
    matches: ({ kind, expected, actual }) =>
      (kind === 'line' || kind === 'column') &&
      expected.problems.every((theirs) => actual.problems.some((ours) => isSame(theirs, ours))),
  },
  {
    name: 'include',
    reason: 'A file that cannot be included is reported where the include stands.',
    matches: ({ kind, expected }) =>
      kind === 'line' && texts(expected).every((text) => text.startsWith('error parsing include file')),
  },
  {
    name: 'syntax',
    reason: 'What cannot be parsed is reported with its column, and what is not closed where it opens.',
    matches: ({ kind, expected, actual }) =>
      kind !== 'verdict' &&
      expected.problems.length === 1 &&
      actual.problems.length === 1 &&
      /^(?:Parse error|variable reference|config is invalid)/.test(texts(expected)[0]!),
  },
  {
    name: 'values of a wrong type',
    reason:
      "sluice says what a value should be, and does not show it; nats-server reports Go's conversion errors.",
    matches: ({ kind, expected, actual }) =>
      kind === 'text' &&
      texts(expected)
        .filter((text) => !texts(actual).some((ours) => ours.startsWith(text)))
        .every((text) => WRONG_TYPE.test(text)),
  },
];

const WRONG_TYPE = /^(?:interface conversion|runtime error|error parsing \w+:|Expected |could not parse)/;

function isSame(theirs: Problem, ours: Problem): boolean {
  return (
    theirs.place?.line === ours.place?.line &&
    theirs.place?.column === ours.place?.column &&
    (ours.text.startsWith(theirs.text) || WRONG_TYPE.test(theirs.text))
  );
}

/** The intended difference that this is, if it is one. */
export function knownConf(difference: ConfDifference): KnownConf | undefined {
  return KNOWN_CONF.find(({ matches }) => matches(difference));
}
