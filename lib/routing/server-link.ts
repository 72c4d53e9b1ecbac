import { ORIGINS, reaches, spokeOf } from '../clients/origin.js';
import type { Subscription } from '../clients/subscription.js';
import { CONNECT_UNITS, RULE_UNITS } from '../clients/work.js';
import type { InterestTeller, ServerLink } from '../dialects/codec.js';
import type { Client } from './client.js';
import { isInterest } from './interest-keys.js';
import type { InterestListener, InterestListeners } from './interest-listeners.js';
import { type ChosenMessage, NO_QUEUES, routeChosen } from './link-publish.js';
import type { PublishPath } from './publish-path.js';

/** The core as a link uses it. */
export interface LinkHost {
  readonly interest: InterestListeners;
  readonly publishing: PublishPath;
}

/** The sid of a subscription of a link. The encoder takes one that begins with a blank for that of no queue group. */
function sidOf(subject: string, queue: string | undefined): string {
  return queue === undefined ? ` ${subject}` : ` ${subject} ${queue}`;
}

/** A client as the session of a link sees it: another server, which takes part in one account. */
export class ClientAsServer implements ServerLink {
  private readonly client: Client;
  private readonly host: LinkHost;

  constructor(client: Client, host: LinkHost) {
    this.client = client;
    this.host = host;
  }

  become(kind: 'leaf-hub' | 'leaf-spoke', cluster?: string | undefined): void {
    const { client } = this;
    client.origin = kind === 'leaf-spoke' ? spokeOf(cluster) : ORIGINS[kind];
    client.chosenQueues = NO_QUEUES;
    client.weights ??= new Map();
    client.echo = false;
    client.receipts = false;
    client.pedantic = false;
  }

  addInterest(subject: string, queue: string | undefined, weight: number): void {
    const { client } = this;
    const { subscriptions, weights } = client;
    const sid = sidOf(subject, queue);
    const known = subscriptions.get(sid);
    if (known === undefined) {
      subscriptions.add(subject, sid, queue, weight);
      return;
    }
    if (queue === undefined || weights === undefined) return;
    const change = weight - (weights.get(known) ?? 1);
    weights.set(known, weight);
    if (change !== 0) client.account.interest.reweighed(known, change);
  }

  removeInterest(subject: string, queue: string | undefined): void {
    const { subscriptions, weights } = this.client;
    const known = subscriptions.get(sidOf(subject, queue));
    if (known === undefined) return;
    subscriptions.forget(known);
    weights?.delete(known);
  }

  countRules(count: number): void {
    this.client.countWork(CONNECT_UNITS + count * RULE_UNITS);
  }

  publish(message: ChosenMessage): void {
    routeChosen(this.host.publishing.router, this.client, message);
  }

  tell(teller: InterestTeller): () => void {
    return this.host.interest.watchInterest(new InterestOfLink(this.client, teller));
  }
}

/** The interest in the account of a link, as the server at its other end is told of it. */
class InterestOfLink implements InterestListener {
  readonly account: Client['account'];
  private readonly client: Client;
  private readonly teller: InterestTeller;
  /** Members of each queue group of each subject. */
  private readonly groups = new Map<string, number>();

  constructor(client: Client, teller: InterestTeller) {
    this.client = client;
    this.account = client.account;
    this.teller = teller;
  }

  /** All that messages of this link may reach. */
  readonly counts = (subscription: Subscription): boolean => {
    const { client } = subscription;
    if (client === undefined) return isInterest(subscription);
    return client !== this.client && reaches(this.client.origin, client.origin);
  };

  interestAdded(_account: unknown, subject: string, queue: string | undefined): void {
    if (queue === undefined) this.teller.added(subject);
  }

  interestRemoved(_account: unknown, subject: string, queue: string | undefined): void {
    if (queue === undefined) this.teller.removed(subject);
  }

  membersChanged(_account: unknown, subject: string, queue: string, change: number): void {
    const key = `${subject} ${queue}`;
    const members = (this.groups.get(key) ?? 0) + change;
    if (members > 0) this.groups.set(key, members);
    else this.groups.delete(key);
    this.teller.members(subject, queue, Math.max(0, members));
  }

  interestComplete(): void {
    this.teller.complete();
  }
}
