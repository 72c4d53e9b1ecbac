import type { Publisher, Sink } from '../../clients/subscription.js';
import type { CommandBatch } from '../../frame/command.js';
import { parseAckSubject } from './ack-subject.js';
import type { Consumer } from './consumer.js';

/** Work of one acknowledgement, in units. */
const UNITS = 60;
/** Tokens of the stream and the consumer in an answer to a request for flow control. */
const FLOW_STREAM = 2;
const FLOW_CONSUMER = 3;

/** Finds a consumer by the names of its stream and its own. */
export type FindConsumer = (stream: string, consumer: string) => Consumer | undefined;

/** Takes what clients tell consumers of one account. */
abstract class ConsumerSink implements Sink {
  readonly kind = 'service';
  readonly units = UNITS;
  readonly owner: object = this;
  readonly isAdvertised = true;
  protected readonly find: FindConsumer;

  constructor(find: FindConsumer) {
    this.find = find;
  }

  take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    let taken = 0;
    for (let row = from; row < to; row++) if (this.takeOne(batch, row)) taken++;
    return taken;
  }

  /** Returns whether there is a consumer that it is for. */
  protected abstract takeOne(batch: CommandBatch, row: number): boolean;
}

/** Takes the acknowledgements of one account. */
export class AckSink extends ConsumerSink {
  protected takeOne(batch: CommandBatch, row: number): boolean {
    const subject = parseAckSubject(batch.subject(row));
    const consumer = subject && this.find(subject.stream, subject.consumer);
    // As with nats-server nothing listens where nothing is acknowledged.
    if (subject === undefined || consumer === undefined || consumer.config.ack_policy === 'none')
      return false;
    consumer.acknowledge(subject, batch.payload(row), batch.reply(row));
    return true;
  }
}

/** Takes what clients answer to requests for flow control, in one account. */
export class FlowSink extends ConsumerSink {
  protected takeOne(batch: CommandBatch, row: number): boolean {
    const subject = batch.subject(row);
    const tokens = subject.split('.');
    const consumer = this.find(tokens[FLOW_STREAM] ?? '', tokens[FLOW_CONSUMER] ?? '');
    consumer?.push?.answered(subject);
    return consumer !== undefined;
  }
}
