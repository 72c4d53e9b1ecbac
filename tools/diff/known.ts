/** Differences that are meant, each with its reason: docs/nats-server-wire.md lists them, too. */
import type { Difference } from './compare.js';
import { bytesOf, type Session } from './session.js';

export interface Known {
  readonly name: string;
  readonly reason: string;
  /** How the versions of nats-server begin that do otherwise; default: all do. */
  readonly peers?: readonly string[];
  /** Whether a session, shrunk as far as it goes, shows this and nothing else. */
  readonly matches: (session: Session, difference: Difference) => boolean;
}

function sentIn(session: Session): string {
  return session.steps.map((step) => bytesOf(step).toString('latin1')).join('');
}

function saidIn({ clients }: Difference['expected']): string {
  return clients.map(({ lines, closed }) => `${lines.join('\n')}${closed ? '\n(closed)' : ''}`).join('\n\n');
}

/** What both said without the lines that are `line`. */
function without(line: string, { expected, actual }: Difference): readonly [string, string] {
  const filtered = (scene: Difference['expected']): string =>
    JSON.stringify(scene, (key, value: unknown) =>
      key === 'lines' ? (value as readonly string[]).filter((one) => one !== line) : value,
    );
  return [filtered(expected), filtered(actual)];
}

/** Whether a client subscribes and then sends a CONNECT that is not its first, or not its first command after a login without one. */
function subscribesBeforeConnect({ variant, clients, steps }: Session): boolean {
  return Array.from({ length: clients }, (_, client) => {
    const sent = steps
      .filter((step) => step.client === client)
      .map((step) => bytesOf(step).toString('latin1'));
    const subscribed = /sub[ \t].*connect/is.test(sent.join(''));
    const connects = sent.join('').split(/connect[ \t{]/i).length - 1;
    return subscribed && (connects > 1 || variant === 'no_auth_user');
  }).some(Boolean);
}

/** What both said without the events about logins that were refused. */
function withoutRefusals({ expected, actual }: Difference): readonly [string, string] {
  const filtered = (scene: Difference['expected']): string =>
    JSON.stringify(scene, (_key, value: unknown) =>
      Array.isArray(value)
        ? value.filter((one) => typeof one !== 'string' || !one.includes('$SYS.ACCOUNT.CLIENT.AUTH.ERR'))
        : value,
    );
  return [filtered(expected), filtered(actual)];
}

export const KNOWN: readonly Known[] = [
  {
    name: 'events of refused logins come later',
    reason:
      'sluice holds a refusal back for 100 ms, so its event reaches clients that have subscribed in the meantime.',
    matches: (_session, difference) => {
      const [expected, actual] = withoutRefusals(difference);
      return expected === actual;
    },
  },
  {
    name: 'a publish is judged whole',
    reason:
      'In pedantic mode nats-server says what is wrong with a subject when it has the line, and once more if the payload comes later; sluice says it once, when it has the payload.',
    matches: (_session, difference) => {
      const [expected, actual] = without("-ERR 'Invalid Publish Subject'", difference);
      const said = [difference.expected, difference.actual].map((scene) => saidIn(scene).length);
      return expected === actual && said[0]! > said[1]!;
    },
  },
  {
    name: 'a CR in a line of two reads',
    reason:
      'nats-server keeps a CR among the arguments of a line that came in one read and drops it from one that came in two; to sluice lines are the same however they are cut.',
    matches: (session) =>
      /\r(?!\n)/.test(sentIn(session)) &&
      session.steps.some((step) => {
        const bytes = bytesOf(step);
        return step.unfinished || step.cuts.length > 0 || bytes.length >= 64 || bytes.at(-1) !== 10;
      }),
  },
  {
    name: 'a wider subscription',
    reason:
      'Leave to subscribe to foo.* is none to subscribe to foo.>, which is more; nats-server takes the > for a token.',
    matches: (_session, { expected, actual }) => {
      const violation = /Permissions Violation for Subscription to \\"[^"]*>\\"/;
      return violation.test(saidIn(actual)) && !violation.test(saidIn(expected));
    },
  },
  {
    name: 'an overlapping denial',
    reason:
      'What is denied is kept from every subscription that overlaps with it; nats-server keeps it from those that cover all of it.',
    matches: ({ variant }, { expected, actual }) => {
      const messages = (scene: Difference['expected']): number =>
        saidIn(scene).split('MSG ').length + scene.queued.length;
      return variant === 'users' && messages(expected) > messages(actual);
    },
  },
  {
    name: 'subscriptions before a second CONNECT',
    reason:
      'A second CONNECT ends the subscriptions made before it, as in nats-server 2.15; 2.10 keeps them.',
    peers: ['v2.10.'],
    matches: subscribesBeforeConnect,
  },
  {
    name: 'CONNECT after no_auth_user was let in',
    reason:
      'A client that began without a CONNECT may send one without credentials later, as in nats-server 2.15; 2.10 asks for the password of no_auth_user.',
    peers: ['v2.10.'],
    matches: ({ variant }, { expected, actual }) =>
      variant === 'no_auth_user' &&
      saidIn(expected).includes('Authorization Violation') &&
      !saidIn(actual).includes('Authorization Violation'),
  },
  {
    name: 'password of no_auth_user',
    reason:
      'To a client let in as no_auth_user, nats-server applies its password when a later CONNECT names another user and no password; sluice asks for one.',
    matches: (session, { expected, actual }) =>
      session.variant === 'no_auth_user' &&
      /connect[^\n]*"user":"(?!v")(?![^\n]*"pass")/i.test(sentIn(session)) &&
      saidIn(actual).includes('Authorization Violation') &&
      !saidIn(expected).includes('Authorization Violation'),
  },
  {
    name: 'events of the system account',
    reason:
      'nats-server tells subscribers of > in an account that a login to it has failed; sluice has no such events.',
    matches: (_session, { expected }) => saidIn(expected).includes('$SYS.ACCOUNT.CLIENT.AUTH.ERR'),
  },
  {
    name: 'LF after payload',
    reason: 'After a line that LF alone ended, LF alone may end the payload: that is how people type at nc.',
    matches: (session, { expected }) =>
      /pub[ \t][^\r\n]*\n/i.test(sentIn(session)) && saidIn(expected).includes('Unknown Protocol Operation'),
  },
];

/**
 * The intended difference that this is, if it is one.
 * @param version of the nats-server compared with, `v2.10.29`
 */
export function knownAs(session: Session, difference: Difference, version: string): Known | undefined {
  return KNOWN.find(
    ({ peers, matches }) =>
      (peers === undefined || peers.some((each) => version.startsWith(each))) && matches(session, difference),
  );
}
