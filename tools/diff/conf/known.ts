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
    name: 'refused at the start',
    reason:
      'nats-server -t accepts some of what its start refuses: ports and hosts that nothing can listen on, system accounts that are not there, HTTPS without TLS; 2.10 also wrong combinations of settings, such as a no_auth_user that is not listed. sluice says so at once.',
    matches: (difference) => difference.kind === 'verdict' && onlyMore(difference, AT_THE_START),
  },
  {
    name: 'names in subjects',
    reason:
      'Names of accounts, subjects to import to and prefixes of imports become parts of subjects; blanks in them would break the lines that clients get.',
    matches: (difference) =>
      difference.kind === 'verdict' &&
      onlyMore(difference, /: not usable as a name|\.(?:to|prefix) = .*(?:not a subject|not usable)/),
  },
  {
    name: 'of no use',
    reason:
      'A bcrypt hash that is cut short, with which nobody could log in, a mapping of a service import that leaves a wildcard out, and a base path with blanks, at which nats-server panics.',
    matches: (difference) =>
      difference.kind === 'verdict' &&
      onlyMore(difference, /: not a whole bcrypt hash|: to has places for|^http_base_path = .*: not usable/),
  },
  {
    name: 'short lame duck mode',
    reason: 'sluice may be a lame duck for any time; nats-server wants 30 seconds at least.',
    matches: ({ expected, actual, kind }) =>
      (kind === 'verdict' || kind === 'line') &&
      texts(expected).every((text) => /^invalid lame_duck_duration of .*minimum is 30 seconds/.test(text)) &&
      texts(actual).every((text) => text.startsWith('lame_duck.grace_period = ')),
  },
  {
    name: 'as nats-server 2.15',
    reason:
      'sluice follows 2.15 where 2.10 differs: queue groups in rules, ciphers that Go calls insecure, text such as 1e5.',
    matches: (difference) =>
      difference.kind === 'verdict' &&
      (difference.actual.isValid
        ? texts(difference.expected).every((text) =>
            /^(?:Parse error|variable reference|unknown field "(?:trace_headers|headers|proxy_required|\w+_cookie|\\ufeff.*)")/.test(
              text,
            ),
          )
        : onlyMore(
            difference,
            /is not a valid (?:subject|queue)$|^insecure cipher suites|"timeout": timeout of|authorization\.timeout: not a /,
          )),
  },
  {
    name: 'rules between accounts',
    reason:
      'What is wrong with an import or an export is reported where it stands, and not at the block accounts.',
    matches: ({ kind, expected, actual }) =>
      (kind === 'line' || kind === 'column') &&
      texts(expected).every((text) => / import | export$| export:/.test(text)) &&
      texts(actual).every((text) => /^accounts\./.test(text)),
  },
  {
    name: 'where it stands',
    reason: 'What nats-server reports of the whole file is reported where it stands.',
    matches: ({ kind, expected }) =>
      kind === 'line' && expected.problems.every(({ place }) => place === undefined),
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
      (kind === 'text' || kind === 'column') &&
      texts(expected)
        .filter((text) => !texts(actual).some((ours) => ours.startsWith(text)))
        .every((text) => WRONG_TYPE.test(text)),
  },
];

/** What nats-server finds when it starts, as sluice says it. */
const AT_THE_START =
  /: not a (?:port|host)|: not an address|: no such (?:account|user)|: needs (?:tls\.cert_file|operator|websocket\.tls)|HTTP \(|^websocket\.|^max_payload = |^nats\.max_payload = |^lame_duck_grace_period = |^server_name = /;
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
