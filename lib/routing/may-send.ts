import { reaches } from '../clients/origin.js';
import { isPublisher, type Publisher, type Subscription } from '../clients/subscription.js';

/**
 * How a message came into the account in which it is routed: it was published there, a stream import brought it, or it is
 * a request from another account, or the reply to one.
 */
export type Arrival = 'publish' | 'stream' | 'service';

/**
 * Decides whether a message may go to a subscription, by where it comes from and what the subscription belongs to:
 *
 *   arrival   its publisher   other clients   stream imports   services   that take what is imported
 *   publish   with echo       yes             yes              yes        yes
 *   stream    with echo       yes             no               no         yes
 *   service   with echo       yes             no               yes        yes
 *
 * Between servers, what published a message and what is at the receiver's other end count as well: see `ORIGINS`.
 *
 * A message passes one stream import at most, and requests and replies of other accounts are no stream of this account;
 * as in nats-server. Permissions, congestion and the end of subscriptions are checked at the delivery.
 */
export function maySend(arrival: Arrival, publisher: Publisher, { client, sink }: Subscription): boolean {
  if (client !== undefined)
    return (publisher.echo || !isPublisher(client, publisher)) && reaches(publisher.origin, client.origin);
  if (sink?.kind === 'stream') return arrival === 'publish';
  return arrival !== 'stream' || sink?.takesImported === true;
}
