import type { Publisher, Sink } from '../../clients/subscription.js';
import type { CommandBatch } from '../../frame/command.js';
import type { AccountStreams } from '../account-streams.js';
import type { ApiSink } from './api.js';

/** Subjects of stores, which follow the prefix of a domain. */
const STORES = ['$KV.', '$OBJ.'];

/** Takes requests that name the domain: those to the API, and what is for stores. Other servers are told of it. */
export class DomainSink implements Sink {
  readonly kind = 'service';
  readonly units: number;
  readonly owner: object = this;
  readonly isAdvertised = true;
  /** What its subjects begin with. */
  readonly prefix: string;
  private readonly api: ApiSink;
  private readonly streams: AccountStreams;

  constructor(api: ApiSink, streams: AccountStreams, domain: string) {
    this.api = api;
    this.units = api.units;
    this.streams = streams;
    this.prefix = `$JS.${domain}.API.`;
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    let taken = 0;
    for (let row = from; row < to; row++) {
      const subject = batch.subject(row).slice(this.prefix.length);
      const isOfStore = STORES.some((each) => subject.startsWith(each));
      const isTaken = isOfStore
        ? this.forward(batch, row, subject)
        : this.api.receive(publisher, batch, row, subject);
      if (isTaken) taken++;
    }
    return taken;
  }

  /** Publishes a message under the subject that it has without the domain. */
  private forward(batch: CommandBatch, row: number, subject: string): boolean {
    const { account, tools } = this.streams;
    if (!tools.outgoing.hasReceiver(account, subject)) return false;
    const reply = batch.reply(row);
    const headers = batch.headers(row);
    tools.outgoing.publish(account, {
      ...{ subject, payload: Buffer.from(batch.payload(row)) },
      ...(reply === undefined ? {} : { reply }),
      ...(headers === undefined ? {} : { headers: Buffer.from(headers) }),
    });
    return true;
  }
}
