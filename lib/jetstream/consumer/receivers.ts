import type { Outbox } from '../../clients/outbox.js';
import type { Subscription } from '../../clients/subscription.js';
import type { Account } from '../../routing/account.js';
import { StreamImport } from '../../services/imports.js';
import { Responses } from '../../services/responses.js';

/** Accounts that a message passes through at most. */
const MAX_PLACES = 8;

/** A subject of an account. */
export interface Place {
  readonly account: Account;
  readonly subject: string;
}

/** Where messages to a subject go: there, and to what imports it into other accounts, or asked from there. */
export function placesOf(place: Place): readonly Place[] {
  const places = [place];
  for (let at = 0; at < places.length && places.length < MAX_PLACES; at++) {
    const { account, subject } = places[at] ?? place;
    for (const { sink } of account.sublist.matchSubject(subject).plain) {
      if (sink instanceof StreamImport)
        places.push({ account: sink.owner, subject: sink.subjectOf(subject) });
      else if (sink instanceof Responses) places.push(...sink.requesterOf(subject));
    }
  }
  return places;
}

/**
 * Whether messages to a subject have a receiver, with room where it is a connection.
 * @param group a queue group that must have a member; undefined: any receiver
 */
export function readinessOf(
  place: Place,
  group: string | undefined,
  hasRoom: (outbox: Outbox) => boolean,
): 'ready' | 'busy' | 'none' {
  let hasReceiver = false;
  let isBusy = false;
  const isReady = ({ client }: Subscription): boolean => client === undefined || hasRoom(client.outbox);
  for (const { account, subject } of placesOf(place)) {
    const { plain, groups } = account.sublist.matchSubject(subject);
    for (const subscription of plain) {
      if (passesOn(subscription)) continue;
      if (group === undefined) hasReceiver = true;
      if (!isReady(subscription)) isBusy = true;
    }
    for (const { name, members } of groups) {
      if (group === undefined || name === group) hasReceiver = true;
      if (!members.some(isReady)) isBusy = true;
    }
  }
  if (!hasReceiver) return 'none';
  return isBusy ? 'busy' : 'ready';
}

function passesOn({ sink }: Subscription): boolean {
  return sink instanceof StreamImport || sink instanceof Responses;
}
