/** Sessions from seeds: what clients say, what they should not say, and how it arrives. */
import {
  type Client,
  connectItem,
  controlItem,
  garbageItem,
  publishItem,
  subscriptionItem,
} from './items.js';
import { Random } from './random.js';
import { bytesOf, type Session, type Step } from './session.js';
import type { Variant } from './variants.js';

/** What nats-server surely takes in one read, in bytes: it makes its buffer that small for those who say little. */
const FRAGILE_BYTES = 64;
/** Of these nats-server makes something else when they come in several reads. */
const FRAGILE = /\r(?!\n)|hmsg|-err/i;

/** The session of a seed. */
export function generate(seed: number, variant: Variant, mostClients = 4): Session {
  const random = new Random(seed);
  const clients: Client[] = Array.from({ length: random.int(1, mostClients) }, () => ({
    sids: new Map(),
    connected: false,
    rest: undefined,
  }));
  const steps: Step[] = [];
  // Nearly everybody says who they are first; nobody hears much otherwise.
  for (const [i, client] of clients.entries()) {
    if (random.chance(0.9)) steps.push(stepOf(random, i, [connectItem(random, variant, client, true)]));
  }
  const length = random.int(2, 12);
  for (let i = 0; i < length; i++) {
    const index = random.int(0, clients.length - 1);
    steps.push(nextStep(random, variant, index, clients[index]!));
  }
  return { variant: variant.name, clients: clients.length, steps };
}

function nextStep(random: Random, variant: Variant, index: number, client: Client): Step {
  const items: Buffer[] = [];
  if (client.rest !== undefined) {
    items.push(client.rest);
    client.rest = undefined;
  }
  const count = random.weighted([
    [5, 1],
    [3, 2],
    [2, random.int(3, 6)],
  ]);
  for (let i = 0; i < count; i++) items.push(nextItem(random, variant, client));
  if (random.chance(0.05)) {
    const last = items.pop()!;
    const cut = random.int(1, last.length);
    client.rest = last.subarray(cut);
    if (cut > 0) items.push(last.subarray(0, cut));
    if (client.rest.length === 0) client.rest = undefined;
  }
  return stepOf(random, index, items, client.rest !== undefined);
}

function nextItem(random: Random, variant: Variant, client: Client): Buffer {
  const item = random.weighted([
    [10, () => publishItem(random, variant, client)],
    [7, () => subscriptionItem(random, variant, client)],
    [2, () => connectItem(random, variant, client, false)],
    [2, () => controlItem(random)],
    [0.4, () => garbageItem(random, variant)],
  ])();
  return random.chance(0.02) ? mutated(random, item) : item;
}

/** The item with one byte changed, left out or added. */
function mutated(random: Random, item: Buffer): Buffer {
  const at = random.int(0, item.length - 1);
  const byte = random.pick([0, 9, 10, 13, 32, 32, 46, 42, 62, 48, 57, 65, 0x80, 0xff]);
  const added = random.chance(0.7) ? [byte] : [];
  return Buffer.concat([item.subarray(0, at), Buffer.from(added), item.subarray(at + random.int(0, 1))]);
}

function stepOf(random: Random, client: number, items: Buffer[], unfinished = false): Step {
  const step: Step = { client, items, cuts: [], unfinished };
  const fragile = (): boolean => FRAGILE.test(bytesOf({ ...step, items }).toString('latin1'));
  if (fragile()) {
    const last = items.findIndex((item) => /^-err[ \t]/i.test(item.toString('latin1')));
    if (last >= 0) items.length = last + 1; // what comes after it in the same read is a matter of luck
    while (items.length > 1 && bytesOf(step).length > FRAGILE_BYTES) items.pop();
    return step;
  }
  if (!random.chance(0.25)) return step;
  const size = bytesOf(step).length;
  const cuts = Array.from({ length: random.int(1, 5) }, () => random.int(1, Math.max(1, size - 1)));
  return { ...step, cuts: [...new Set(cuts)].sort((a, b) => a - b) };
}
