import type { Steps } from '../domain/steps.js';
import { covers, isLiteralSubject } from '../domain/subject.js';
import type { ConnectionSnapshot, Observable, SubscriptionSnapshot } from '../monitor/snapshot.js';

/** Subscriptions that are looked at between two places at which the work may pause. */
const ROWS_A_STEP = 64;

/** Name of the header that says which account a request comes from. */
const REQUEST_INFO = 'nats-request-info:';

/**
 * The account that a request to the system account comes from, where another one has imported that.
 * @param headers the header block as on the wire, a character a byte
 */
export function askingAccount(headers: string | undefined, own: string): string {
  const line = headers?.split('\r\n').find((each) => each.toLowerCase().startsWith(REQUEST_INFO));
  if (line === undefined) return own;
  try {
    const info = Buffer.from(line.slice(REQUEST_INFO.length), 'latin1').toString();
    const { acc, svc } = JSON.parse(info) as { readonly acc?: unknown; readonly svc?: unknown };
    return [svc, acc].find((each): each is string => typeof each === 'string' && each !== '') ?? own;
  } catch {
    return own;
  }
}

/**
 * Counts the subscriptions of clients in an account, as nats-server does: those that get messages on a subject; of a subject
 * with wildcards, those to it or to less.
 * @param body the subject and, behind a blank, the queue group whose members alone count
 */
export function* countSubscribers(observed: Observable, account: string, body: string): Steps<number> {
  const [subject = '', queue] = body.trim().split(/ +/);
  const isLiteral = isLiteralSubject(subject);
  const found = isLiteral ? observed.matching(subject, account) : subscriptionsIn(observed, account);
  let looked = 0;
  let count = 0;
  for (const each of found) {
    if (++looked % ROWS_A_STEP === 0) yield;
    if (each.account !== account || (queue !== undefined && each.queue !== queue)) continue;
    if (isLiteral || covers(subject, each.subject)) count++;
  }
  return count;
}

function* subscriptionsIn(observed: Observable, account: string): Iterable<SubscriptionSnapshot> {
  const isIn = (connection: ConnectionSnapshot) => connection.account === account;
  for (const connection of observed.connections()) if (isIn(connection)) yield* connection.subscriptions();
}
