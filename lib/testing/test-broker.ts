import type { Member } from '../broker/member.js';
import type { RunningBroker } from '../broker/running.js';
import type { CloseOptions } from '../broker.js';
import { type Config, isConfig } from '../config.js';
import type { NatsFrame } from '../dialects/nats/commands.js';
import { NATS_DIALECT } from '../domain/dialect-name.js';
import { invalidKey, SluiceError } from '../domain/errors.js';
import { covers } from '../domain/subject.js';
import { Broker } from '../embed/broker.js';
import { isOptions } from '../embed/check.js';
import { type InAccount, joined, split } from '../embed/options.js';
import type { BrokerSettings } from '../embed/settings.js';
import { isInstance } from '../embed/values.js';
import { checkTest } from './check.js';
import { type ClientQuery, describeClient, findMember, type TestClient, titleOf } from './clients.js';
import { ManualClock } from './fake-clock.js';
import { FaultyWire } from './faulty-wire.js';
import { type Ports, placed, type TestBrokerOptions } from './options.js';
import { RECORDER_HIGH_WATER, Recorder } from './recorder.js';
import { pongs, settle } from './settle.js';
import { StandIn } from './stand-in.js';
import { Changes, listed, type WaitOptions } from './wait.js';

/** How to restart. */
export interface RestartOptions {
  /** Whether what was read is still delivered. Default false: it crashes. */
  readonly drain?: boolean | undefined;
  /** Called between stop and start, while no listener is open. */
  readonly whileDown?: (() => unknown) | undefined;
}

/** How to cut. */
export interface CutOptions {
  /** Whether part of a frame is sent before: of a message where it has a subscription, else of a PING. Default false. */
  readonly midFrame?: boolean | undefined;
}

/** A broker for tests: one of `createBroker`, and what tests want of it besides. Made by `startTestBroker`. */
export class TestBroker extends StandIn {
  #running!: RunningBroker;
  #options: TestBrokerOptions;
  #ports: Ports = {};
  /** Announced when clients or their subscriptions have changed. */
  readonly #changes = new Changes();
  #wires = new Map<number, FaultyWire>();
  /** Ids of the recorders' connections: what they subscribe to counts for nothing. */
  readonly #recording = new Map<Recorder, { readonly account: string | undefined; id: number }>();
  readonly #pause = (): Promise<void> => pongs(this.#running, this.#wires);

  private constructor(options: TestBrokerOptions) {
    super();
    this.#options = options;
    if (options.clock instanceof ManualClock) options.clock.pauses.add(this.#pause);
  }

  /** See `startTestBroker`. */
  static async start(options: TestBrokerOptions): Promise<TestBroker> {
    const { clock } = joined<TestBrokerOptions>(options, {});
    if (clock !== undefined && !isInstance(clock, ManualClock))
      throw invalidKey('clock', 'not usable, allowed: what fakeClock() gives');
    const broker = new TestBroker(options);
    await broker.#launch();
    return broker;
  }

  /** See `Broker.reload`: settings have the defaults of a test broker. */
  override async reload(config: Config | BrokerSettings): Promise<readonly string[]> {
    if (!isOptions(config) || isConfig(config)) return this.broker.reload(config);
    const changes = await this.broker.reload(placed(config, this.#ports));
    const { options } = split(withoutClock(this.#options));
    this.#options = { ...config, ...options, clock: this.#options.clock };
    return changes;
  }

  /** See `Broker.lameDuck`. With the settings of a test broker all is over after 0.2 s. */
  override lameDuck(): Promise<void> {
    return this.broker.lameDuck();
  }

  /** See `Broker.close`. A frozen client is cut off, and waited for no longer. */
  override close(options?: CloseOptions): Promise<void> {
    const { clock } = this.#options;
    if (clock instanceof ManualClock) clock.pauses.delete(this.#pause);
    this.#cutFrozen();
    return this.broker.close(options);
  }

  /** The clients that are connected, oldest first; not what this process does by `publish`, `subscribe` and the like. */
  clients(): readonly TestClient[] {
    return this.#peers.map(describeClient);
  }

  /**
   * The one client that is meant.
   * @throws SluiceError NO_SUCH_CLIENT where it is none, or one of several
   */
  client(query: ClientQuery): TestClient {
    return describeClient(this.#find(query));
  }

  /**
   * Waits until a client is there that has introduced itself, and is the only one that fits.
   * @throws SluiceError (as a rejection) TEST_TIMEOUT listing those there are
   */
  async waitForClient(query: ClientQuery, options: WaitOptions = {}): Promise<TestClient> {
    checkTest.query(query);
    checkTest.wait(options);
    const look = () => {
      try {
        return this.client(query);
      } catch {
        return undefined;
      }
    };
    const vain = () =>
      `a client that is ${JSON.stringify(query)}; there are:${listed(this.#peers.map(titleOf))}`;
    return this.#changes.until(look, options, vain);
  }

  /**
   * Waits until at least so many subscriptions are on a subject: those on this very subject, and those that would get a
   * message on it. Those of in-process `subscribe` and `reply` count, those of recorders do not.
   * @throws SluiceError (as a rejection) TEST_TIMEOUT listing those there are
   */
  async waitForSubscription(subject: string, count = 1, given: WaitOptions & InAccount = {}): Promise<void> {
    checkTest.subject(subject);
    checkTest.count(count);
    checkTest.waitInAccount(given);
    const { account, ...options } = given;
    const look = () => {
      const found = this.#subscriptions(account).filter((each) => covers(each.subject, subject));
      return found.length >= count ? found : undefined;
    };
    const vain = () => {
      const all = this.#subscriptions(account).map(
        ({ title, ...each }) =>
          `${each.subject}${each.queue === undefined ? '' : ` queue ${each.queue}`}  of ${title}`,
      );
      return `${count === 1 ? 'a subscription' : `${count} subscriptions`} on ${subject}; there are:${listed(all)}`;
    };
    await this.#changes.until(look, options, vain);
  }

  /**
   * Waits until what was sent has been delivered: all that has reached this machine's kernel from clients is routed, all
   * that is for clients has been handed to the kernel, and in-process subscriptions have what they take. Frozen clients,
   * and those that are held only for them, are left out. What a client still has in buffers of its own is not
   * seen: flush it before (`await nc.flush()`, which is a PING and its PONG). What another process does with what it was
   * sent is not waited for either.
   * @throws SluiceError (as a rejection) TEST_TIMEOUT naming what it waits for
   */
  async settle(options: WaitOptions = {}): Promise<void> {
    checkTest.wait(options);
    return settle(this.#running, this.#wires, options);
  }

  /**
   * Keeps every message on a subject from now on.
   * @throws SluiceError as `subscribe`
   */
  record(subject: string, options: InAccount = {}): Recorder {
    checkTest.record(options);
    const { account } = options;
    const recorder = new Recorder(subject, (stopped) => this.#recording.delete(stopped));
    this.#recording.set(recorder, { account, id: this.#follow(recorder, account) });
    return recorder;
  }

  /** The broker reads nothing from this client any more and sends it nothing. What is for it piles up, as with a peer that hangs. */
  freeze(client: ClientQuery): void {
    this.#wireOf(client).freeze(true);
  }

  /** Ends what `freeze` began: all that has piled up goes its way. */
  resume(client: ClientQuery): void {
    this.#wireOf(client).freeze(false);
  }

  /** Sends this client so many bytes a second at most, 1 or more; Infinity: as fast as it takes them. */
  throttle(client: ClientQuery, bytesPerSecond: number): void {
    if (!(bytesPerSecond >= 1)) throw invalidKey('bytesPerSecond', 'not a rate, allowed: 1 to Infinity');
    this.#wireOf(client).throttle(bytesPerSecond);
  }

  /** What is sent to this client from now on arrives so many milliseconds later, in order. 0: at once. */
  delay(client: ClientQuery, ms: number): void {
    if (!(ms >= 0 && ms < 2 ** 31)) throw invalidKey('ms', 'not a delay, allowed: 0 to 2^31 - 1');
    const member = this.#find(client);
    member.client.outbox.flush(); // what came before this call goes as it would have
    this.#wireOf(member.client).delayMs = ms;
  }

  /**
   * The connection of this client breaks; with `midFrame` after part of a frame. Resolves once the broker has noticed:
   * from then on a client that is found has come back.
   */
  async cut(query: ClientQuery, options: CutOptions = {}): Promise<void> {
    checkTest.cut(options);
    const { midFrame = false } = options;
    const member = this.#find(query);
    const wire = this.#wireOf(member.client);
    const { connections } = this.#running;
    if (midFrame) this.#cutFrame(member, wire);
    else wire.cut();
    await this.#changes.until(
      () => (connections.has(member) ? undefined : true),
      {},
      () => `the end of ${titleOf(member)}`,
    );
  }

  /** Sends a NATS client `-ERR 'text'`. The connection stays; what the client makes of it is up to it. */
  sendError(query: ClientQuery, text: string): void {
    const { client, dialect } = this.#find(query);
    if (dialect !== NATS_DIALECT) throw invalidKey('client', 'not a NATS client, allowed: one that is');
    if (!/^[^\r\n\0']+$/.test(text))
      throw invalidKey('text', "not usable, allowed: text without line ends and '");
    const frame: NatsFrame = { op: '-ERR', message: text };
    client.send(frame);
  }

  /**
   * Ends the broker and starts it anew, with the same settings on the same ports, also after `close` and `lameDuck`.
   * Recorders, with what they have, and listeners added by `on` go on; in-process subscriptions end, as clients do.
   * @throws SluiceError (as a rejection) ADDRESS_IN_USE where a port was taken meanwhile
   */
  async restart(options: RestartOptions = {}): Promise<void> {
    checkTest.restart(options);
    const { drain = false, whileDown } = options;
    const { natsAddress, lineAddress, monitorAddress } = this;
    this.#cutFrozen();
    await this.broker.close({ drain });
    await whileDown?.();
    this.#ports = { nats: natsAddress?.port, line: lineAddress?.port, monitor: monitorAddress?.port };
    await this.#launch();
    const { clock } = this.#options;
    if (clock instanceof ManualClock) clock.pauses.add(this.#pause);
  }

  async #launch(): Promise<void> {
    const { settings, options } = split(withoutClock(this.#options));
    const wires = new Map<number, FaultyWire>();
    this.#wires = wires;
    const broker = await Broker.start(
      { ...placed(settings, this.#ports), ...options },
      {
        clock: this.#options.clock,
        admitted: this.#changes.announce,
        wrap: (inner, id) => {
          const wire = new FaultyWire(inner);
          wires.set(id, wire);
          wire.once('close', () => wires.delete(id));
          return wire;
        },
        made: (running) => {
          this.#running = running;
        },
      },
    );
    for (const event of ['connect', 'disconnect', 'subscribe'] as const)
      broker.on(event, this.#changes.announce);
    this.standFor(broker);
    for (const [recorder, recording] of this.#recording)
      recording.id = this.#follow(recorder, recording.account);
  }

  /** Returns the id of the connection that is made for it. */
  #follow(recorder: Recorder, account: string | undefined): number {
    const { subject } = recorder;
    recorder.follow(this.broker.subscribe(subject, { account, highWaterMark: RECORDER_HIGH_WATER }));
    return [...this.#running.connections].at(-1)?.client.id ?? 0;
  }

  /** Connections from outside. */
  get #peers(): Member[] {
    return [...this.#running.connections].filter(
      ({ dialect, reason }) => dialect !== 'local' && reason === undefined,
    );
  }

  #find(query: ClientQuery): Member {
    checkTest.query(query);
    return findMember(this.#peers, query);
  }

  #wireOf(query: ClientQuery): FaultyWire {
    const member = this.#find(query);
    const wire = this.#wires.get(member.client.id);
    if (wire === undefined) throw new SluiceError('NO_SUCH_CLIENT', `${titleOf(member)}: it has gone`);
    return wire;
  }

  #cutFrame({ client, dialect }: Member, wire: FaultyWire): void {
    if (dialect !== NATS_DIALECT) throw invalidKey('midFrame', 'for NATS clients only');
    client.outbox.flush(); // whatever waits goes before
    wire.cutNext();
    wire.freeze(false);
    const [subscription] = client.subscriptions.values();
    const frame: NatsFrame =
      subscription === undefined
        ? { op: 'PING' }
        : {
            op: 'MSG',
            subject: subscription.subject.replaceAll('*', 'cut').replace(/>$/, 'cut'),
            sid: subscription.sid,
            payload: 'cut in the middle of this message, so that the end of it never comes',
          };
    client.send(frame);
    client.outbox.flush();
  }

  #cutFrozen(): void {
    for (const wire of [...this.#wires.values()]) if (wire.isFrozen) wire.cut();
  }

  #subscriptions(account: string | undefined) {
    const recorders = new Set([...this.#recording.values()].map(({ id }) => id));
    return [...this.#running.connections].flatMap((member) => {
      const { client, dialect } = member;
      if (recorders.has(client.id) || (account !== undefined && client.account.name !== account)) return [];
      const title = dialect === 'local' ? 'this process' : titleOf(member);
      return [...client.subscriptions.values()].map(({ subject, queue }) => ({ subject, queue, title }));
    });
  }
}

function withoutClock({ clock: _, ...options }: TestBrokerOptions) {
  return options;
}
