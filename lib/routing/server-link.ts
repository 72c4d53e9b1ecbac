import { ORIGINS, spokeOf } from '../clients/origin.js';
import { CONNECT_UNITS, RULE_UNITS } from '../clients/work.js';
import type { InterestReceiver, ServerLink } from '../dialects/codec.js';
import type { Client } from './client.js';
import type { InterestListeners } from './interest-listeners.js';
import { LinkInterest } from './link-interest.js';
import { NO_QUEUES } from './link-publish.js';
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
    client.outbox.policy = client.outbox.limits.policy; // that of its user is for clients
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

  tell(receiver: InterestReceiver): () => void {
    return new LinkInterest(this.client, this.host.interest, receiver).start();
  }
}
