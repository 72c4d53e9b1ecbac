import type { Clock } from '../domain/clock.js';
import type { JetStreamAccountLimits } from '../domain/jetstream-account-limits.js';
import { finish } from '../domain/steps.js';
import type { Account } from '../routing/account.js';
import type { Core } from '../routing/core.js';
import { AccountStreams, type Storages, type StreamEnvironment } from './account-streams.js';
import { Advisories } from './advisories.js';
import { ABSENT_ROUTES } from './api/absent.js';
import { ACCOUNT_ROUTES } from './api/account.js';
import { API_PREFIX, ApiSink, RouteTable } from './api/api.js';
import { CONSUMER_ROUTES } from './api/consumers.js';
import { DIRECT_ROUTES } from './api/direct.js';
import { DomainSink } from './api/domain-sink.js';
import { MESSAGE_ROUTES } from './api/messages.js';
import { STREAM_ROUTES } from './api/streams.js';
import { JetStreamClock } from './clock.js';
import { AckSink, FlowSink } from './consumer/ack-sink.js';
import { ACK_PREFIX } from './consumer/ack-subject.js';
import { InterestWatch } from './consumer/interest-watch.js';
import { recoverConsumer } from './consumer/make-consumer.js';
import { FLOW_PREFIX } from './consumer/push-target.js';
import { Usage } from './limits.js';
import { observedAccount, usageOf } from './observed.js';
import { Outgoing } from './outgoing.js';
import { SearchBudget } from './search-budget.js';
import type { KeptStream } from './store/storage.js';
import { Stream, type StreamMeta } from './stream.js';
import type { JetStreamTools } from './stream-host.js';
import { Turns } from './turns.js';

/** What JetStream runs on. */
export interface JetStreamOptions {
  readonly core: Core;
  readonly storages: Storages;
  readonly clock: Clock;
  /** Undefined: none. */
  readonly domain: string | undefined;
  /** Most bytes that all streams may keep; -1: any number. */
  readonly maxMemory: number;
  readonly maxFile: number;
  /** Longest window for message ids, in nanoseconds; 0: any. */
  readonly maxDuplicateWindow: number;
  /** Whether a number of replicas above 1 is taken for 1. */
  readonly replicasAsOne: boolean;
  /** Most that a consumer may have delivered and not acknowledged, and that a request to it may ask for; 0: any number. */
  readonly consumerLimits: JetStreamTools['consumerLimits'];
  readonly serverName: () => string;
  readonly systemAccount: () => string;
  /** Limits of an account; undefined: JetStream is not enabled for it. */
  readonly limitsOf: (account: string) => JetStreamAccountLimits | undefined;
  /** Logs a fault of ours that ends nothing. */
  readonly failed: (error: unknown) => void;
}

/** JetStream of one broker: the streams of its accounts, and the API to them. */
export class JetStream {
  private readonly options: JetStreamOptions;
  private readonly environment: StreamEnvironment;
  private readonly table = new RouteTable([
    ...ABSENT_ROUTES,
    ...ACCOUNT_ROUTES,
    ...STREAM_ROUTES,
    ...MESSAGE_ROUTES,
    ...DIRECT_ROUTES,
    ...CONSUMER_ROUTES,
  ]);
  /** By the names of their accounts. */
  readonly accounts = new Map<string, AccountStreams>();
  private readonly onAccount = (account: Account): void => void this.serve(account);
  private closed: Promise<void> | undefined = undefined;

  private constructor(options: JetStreamOptions) {
    const { core, domain, maxMemory, maxFile, maxDuplicateWindow, replicasAsOne, failed } = options;
    this.options = options;
    const clock = new JetStreamClock(options.clock);
    const outgoing = new Outgoing(core, failed);
    const turns = new Turns();
    this.environment = {
      tools: {
        ...{ core, clock, outgoing, domain, failed },
        turns,
        searches: new SearchBudget(),
        interestWatch: new InterestWatch(core.interest, clock.timers, turns, failed),
        advisories: new Advisories(outgoing, clock, domain),
        serverName: options.serverName,
        consumerLimits: options.consumerLimits,
      },
      storages: options.storages,
      server: { maxMemory, maxFile, used: new Usage(), reserved: new Usage() },
      rules: { maxDuplicateWindow, replicasAsOne },
    };
  }

  /** With the streams that were kept. */
  static async start(options: JetStreamOptions): Promise<JetStream> {
    const jetstream = new JetStream(options);
    const { core, storages } = options;
    const kept = await Promise.all([...new Set(Object.values(storages))].map((each) => each.recover()));
    for (const stream of kept.flat()) await jetstream.recover(stream);
    for (const account of core.accounts.values()) jetstream.serve(account);
    core.on('account', jetstream.onAccount);
    return jetstream;
  }

  /** Takes the limits of accounts in force anew, as after a reload. */
  configure(): void {
    for (const streams of this.accounts.values())
      streams.limits = this.options.limitsOf(streams.account.name);
  }

  /** What a monitor sees of it. */
  observe() {
    const { server } = this.environment;
    const enabled = [...this.accounts.values()].filter(({ limits }) => limits !== undefined);
    const sorted = enabled.sort((one, other) => (one.account.name < other.account.name ? -1 : 1));
    const api = { total: 0, errors: 0 };
    for (const each of sorted) {
      api.total += each.api.total;
      api.errors += each.api.errors;
    }
    return {
      ...usageOf({ kept: server.used, reserved: server.reserved, api }),
      maxMemory: server.maxMemory,
      maxStorage: server.maxFile,
      domain: this.options.domain,
      accounts: () => sorted.map(observedAccount),
    };
  }

  /** Ends all streams and consumers; what is kept stays. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    this.options.core.off('account', this.onAccount);
    const { clock, outgoing, turns } = this.environment.tools;
    for (const streams of this.accounts.values()) {
      streams.account.interest.detach(this);
      await streams.stop();
    }
    outgoing.close();
    turns.close();
    clock.timers.close();
    for (const storage of new Set(Object.values(this.options.storages))) await storage.close();
  }

  /** The streams of an account, which may have been made anew. */
  private serve(account: Account): AccountStreams {
    let streams = this.accounts.get(account.name);
    if (streams === undefined) {
      streams = new AccountStreams(account, this.environment, this.options.limitsOf(account.name));
      this.accounts.set(account.name, streams);
    } else if (streams.account === account) return streams;
    streams.account = account;
    // As in nats-server the system account has no API at all; others are told that they have no JetStream.
    if (streams.limits === undefined && account.name === this.options.systemAccount()) return streams;
    const api = new ApiSink(this.table, streams);
    account.interest.attach(this, api, `${API_PREFIX}>`);
    const { domain } = this.options;
    if (domain !== undefined) {
      const sink = new DomainSink(api, streams, domain);
      account.interest.attach(this, sink, `${sink.prefix}>`);
    }
    account.interest.attach(this, new AckSink(streams.consumer), `${ACK_PREFIX}>`);
    account.interest.attach(this, new FlowSink(streams.consumer), `${FLOW_PREFIX}>`);
    for (const stream of streams.streams.values()) {
      finish(stream.attach());
      stream.copies.accountReplaced();
    }
    return streams;
  }

  private async recover({ account, meta, storage, consumers }: KeptStream): Promise<void> {
    const { core } = this.options;
    const streams = this.serve(core.account(account));
    const stream = Stream.recovered(streams, meta as StreamMeta, storage);
    await this.environment.tools.turns.run(stream.learn());
    for (const each of consumers) await recoverConsumer(stream, this.environment.tools, each);
    await this.environment.tools.turns.run(streams.add(stream));
  }
}
