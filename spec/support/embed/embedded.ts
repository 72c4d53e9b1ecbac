/** A broker as an embedding program has it, without any port, and closed at the end of the test it is for. */
import { expect } from 'chai';
import type { ErrorCode } from '../../../lib/domain/errors.js';
import { Broker } from '../../../lib/embed/broker.js';
import { type BrokerOptions, type Message, SluiceError } from '../../../lib/index.js';
import { EAGER_CLOCK } from '../eager-clock.js';
import { Peer } from '../peer.js';
import { soon } from '../until.js';

const brokers: Broker[] = [];

/** A broker that listens nowhere, unless `options` say so. Refusals of logins are not held back. */
export async function embedded(options: BrokerOptions = {}): Promise<Broker> {
  const given = { nats: false, line: false, ...options };
  const broker = await Broker.start(given, { refusalClock: EAGER_CLOCK });
  brokers.push(broker);
  return broker;
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(brokers.splice(0).map((broker) => broker.close({ drain: false })));
}

/** Little is enough to be congested. */
export const TIGHT = { high_water: '16KiB', low_water: '4KiB', write_deadline: '10m' } as const;

/** A NATS client over `broker.connect`, which has introduced itself. */
export async function natsPeer(broker: Broker, options: object = {}): Promise<Peer> {
  const peer = new Peer(broker.connect(), 'nats');
  peer.answersPings = true;
  await peer.next();
  peer.send(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, ...options })}\r\n`);
  await peer.settle();
  return peer;
}

/** The first `count` messages. */
export async function read(messages: AsyncIterable<Message>, count: number): Promise<Message[]> {
  const got: Message[] = [];
  if (count === 0) return got;
  const all = (async () => {
    for await (const message of messages) if (got.push(message) === count) break;
  })();
  await soon(`${count} messages`, all);
  return got;
}

/** Waits for a rejection, or a throw, and looks at its code and message. */
export async function refused(
  what: () => unknown,
  code: ErrorCode,
  message: RegExp | string = '',
): Promise<SluiceError> {
  let outcome: unknown;
  try {
    outcome = await soon('an outcome', Promise.resolve(what()));
  } catch (error) {
    expect(error, String(error)).to.be.instanceOf(SluiceError);
    expect((error as SluiceError).code).to.equal(code);
    expect((error as SluiceError).message).to.match(
      typeof message === 'string' ? new RegExp(escaped(message)) : message,
    );
    return error as SluiceError;
  }
  throw new Error(`no error, but ${String(outcome)}`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
