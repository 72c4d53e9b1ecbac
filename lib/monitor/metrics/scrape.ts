import type { Steps } from '../../domain/steps.js';
import type { Monitored } from '../endpoint.js';
import type {
  AccountSnapshot,
  DeliveryCounts,
  ServerSnapshot,
  TotalPending,
  TrafficSnapshot,
} from '../snapshot.js';
import type { RuntimeFigures, RuntimeMeter } from './runtime.js';

/** Accounts between two places at which a walk may pause. */
const ACCOUNTS_A_STEP = 64;

/** The label of all accounts beyond the limit. */
const OTHER_ACCOUNTS = 'other';

/** Figures of one account, or of all that have no label of their own. */
export interface AccountFigures {
  readonly account: string;
  readonly connections: number;
  readonly subscriptions: number;
  readonly inMessages: number;
  readonly inBytes: number;
  readonly outMessages: number;
  readonly outBytes: number;
  readonly slowConsumers: number;
  readonly droppedMessages: number;
  readonly heldMs: number;
}

/** Everything that one answer is made from, read at one time. */
export interface Scrape {
  readonly server: ServerSnapshot;
  readonly counts: DeliveryCounts | undefined;
  readonly pending: TotalPending | undefined;
  readonly traffic: readonly TrafficSnapshot[];
  readonly accounts: readonly AccountFigures[];
  readonly runtime: RuntimeFigures;
  /** Requests to the monitor, by path. */
  readonly requests: ReadonlyMap<string, number>;
}

/** Reads the counters of a broker. It walks connections and accounts, so it pauses now and then. */
export function* scrape(monitored: Monitored, meter: RuntimeMeter, maxAccounts: number): Steps<Scrape> {
  const { observed, requests } = monitored;
  const server = observed.server();
  const traffic = yield* server.traffic();
  const counts = server.deliveryCounts && (yield* server.deliveryCounts());
  const accounts = yield* figuresOf(observed.accounts(), maxAccounts);
  return {
    server,
    counts,
    pending: server.totalPending?.(),
    traffic,
    accounts,
    runtime: meter.read(),
    requests,
  };
}

/**
 * The figures of each account, those beyond the first `max` summed up. Accounts keep their order as long as the
 * configuration names the same, so that an account keeps its label.
 */
function* figuresOf(accounts: Iterable<AccountSnapshot>, max: number): Steps<readonly AccountFigures[]> {
  const figures = new Map<string, AccountFigures>();
  let seen = 0;
  for (const each of accounts) {
    const account = seen < max ? each.name : OTHER_ACCOUNTS;
    const found = figures.get(account);
    figures.set(account, found === undefined ? rowOf(account, each) : plus(found, rowOf(account, each)));
    if (++seen % ACCOUNTS_A_STEP === 0) yield;
  }
  return [...figures.values()];
}

function rowOf(account: string, snapshot: AccountSnapshot): AccountFigures {
  const { connections, subscriptions, inMessages, inBytes, outMessages, outBytes, slowConsumers } = snapshot;
  const dropped = Object.values(snapshot.dropped ?? {});
  return {
    account,
    connections,
    subscriptions,
    inMessages,
    inBytes,
    outMessages,
    outBytes,
    slowConsumers,
    droppedMessages: dropped.reduce((sum, { messages }) => sum + messages, 0),
    heldMs: snapshot.heldMs ?? 0,
  };
}

function plus(one: AccountFigures, other: AccountFigures): AccountFigures {
  return {
    account: one.account,
    connections: one.connections + other.connections,
    subscriptions: one.subscriptions + other.subscriptions,
    inMessages: one.inMessages + other.inMessages,
    inBytes: one.inBytes + other.inBytes,
    outMessages: one.outMessages + other.outMessages,
    outBytes: one.outBytes + other.outBytes,
    slowConsumers: one.slowConsumers + other.slowConsumers,
    droppedMessages: one.droppedMessages + other.droppedMessages,
    heldMs: one.heldMs + other.heldMs,
  };
}
