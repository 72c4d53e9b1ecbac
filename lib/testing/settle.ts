import { performance } from 'node:perf_hooks';
import type { Member } from '../broker/member.js';
import type { RunningBroker } from '../broker/running.js';
import { Connection } from '../connection/connection.js';
import { SluiceError } from '../domain/errors.js';
import { titleOf } from './clients.js';
import type { FaultyWire } from './faulty-wire.js';
import { DEFAULT_TIMEOUT_MS, listed, sleep, turn, type WaitOptions } from './wait.js';

/** Turns in which nothing is under way, and nothing comes, before that is believed: reading a socket takes one. */
const CALM_TURNS = 4;
/** Turns before it waits between two looks: something is held up by time. */
const EAGER_TURNS = 50;
const LOOK_EVERY_MS = 1;

type Wires = ReadonlyMap<number, FaultyWire>;

/** What keeps a connection from being settled; undefined: nothing. */
function unsettled(member: Member, wires: Wires): string | undefined {
  const { client } = member;
  const wire = wires.get(client.id);
  if (wire === undefined || wire.isFrozen || member.reason !== undefined) return undefined;
  const waitsFor = client.waitsFor.filter((id) => wires.get(id)?.isFrozen !== true);
  const isHeldByFrozen = client.held && waitsFor.length === 0 && !client.suspended;
  const hasRouted = wire.isRead && (!(member instanceof Connection) || member.hasRouted);
  if (!hasRouted && !isHeldByFrozen)
    return waitsFor.length === 0
      ? 'what it said has not all been routed'
      : `what it said waits for clients ${waitsFor.join(', ')} to take what they are sent`;
  if (client.outbox.pendingBytes > 0 || !wire.isDrained) return 'it has not been sent all that is for it';
  return undefined;
}

/**
 * See `TestBroker.settle`.
 * @throws SluiceError TEST_TIMEOUT
 */
export async function settle(
  running: RunningBroker,
  wires: Wires,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const { core } = running;
  let calm = 0;
  let seen = -1;
  for (let turns = 0; calm < CALM_TURNS; turns++) {
    await (turns < EAGER_TURNS ? turn() : sleep(LOOK_EVERY_MS));
    const reasons = [...running.connections].flatMap((member) => {
      const reason = unsettled(member, wires);
      return reason === undefined ? [] : [`${titleOf(member)}: ${reason}`];
    });
    calm = reasons.length === 0 && seen === core.inMessages ? calm + 1 : 0;
    seen = core.inMessages;
    if (calm === 0 && performance.now() >= deadline)
      throw new SluiceError('TEST_TIMEOUT', `not settled after ${timeoutMs} ms:${listed(reasons)}`);
  }
}

/** How long a client that says nothing is waited for, in milliseconds. */
const SILENCE_MS = 100;

/** Waits until the clients that were sent a PING have answered it, or will not. */
export async function pongs(running: RunningBroker, wires: Wires): Promise<void> {
  const asked = () =>
    [...running.connections].filter(
      ({ client, reason }) =>
        reason === undefined && client.session.pingsOut > 0 && wires.get(client.id)?.isFrozen === false,
    ).length;
  for (let turns = 0; turns < CALM_TURNS; turns++) await turn();
  let left = asked();
  let deadline = performance.now() + SILENCE_MS;
  while (left > 0 && performance.now() < deadline) {
    await sleep(LOOK_EVERY_MS);
    const now = asked();
    if (now < left) deadline = performance.now() + SILENCE_MS;
    left = now;
  }
}
