/** The cast of the soak, from its beginning to its table. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GroupRecord } from '../group.js';
import type { Inspector } from '../inspector.js';
import type { Stream } from '../ledger.js';
import { OrderComparison } from '../order-comparison.js';
import { mib, type Row, whole } from '../table.js';
import type { LoadContext } from './context.js';
import { type DeliveryCounts, deliveryCountRows, imbalance } from './delivery-counts.js';
import { faultInjector, reloader, storms } from './fault-injectors.js';
import { changingMember, queueGroup, type Requests, requester, responders } from './groups.js';
import { type PublisherOptions, publisher } from './publisher.js';
import { churner, freezer, leave, type Subscriber, type SubscriberOptions, subscribe } from './subscriber.js';

/** Time a freezer does not read, in milliseconds: the deadline of the broker is 3 s. */
const FROZEN_MS = 12_000;
const STORM_CONNECTIONS = 200;
/** Memory in use is looked at for so long before it is said to be warm, in minutes. */
const WARM_UP_MINUTES = 2;
/** The most by which memory in use after a collection may end above that after warm-up, in bytes. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;

export interface SoakOptions {
  readonly seed: number;
  readonly hasTls: boolean;
  readonly tomls: readonly [string, string];
  /** Of the broker that is soaked. */
  readonly inspector: Inspector;
}

/** What the table takes from the monitor. */
interface Figures {
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly slow_consumers: number;
  readonly sluice_flow?: DeliveryCounts;
}

const LOAD = 'LOAD';
const OTHER = 'OTHER';
const under =
  (prefix: string, account: string) =>
  (stream: Stream): boolean =>
    stream.account === account && stream.subject.startsWith(prefix);

export class Soak {
  private readonly context: LoadContext;
  private readonly options: SoakOptions;
  private readonly orderComparison: OrderComparison;
  private readonly group: GroupRecord;
  private readonly temps: GroupRecord;
  private readonly subscribers: Subscriber[] = [];
  private readonly publishers: Promise<void>[] = [];
  private readonly faults: Promise<void>[] = [];
  private readonly requests: Requests = { asked: 0, answered: 0 };
  private endGroup = async (): Promise<void> => {};
  private startedAt = 0;
  private startBytes = 0;
  private startUsedBytes = 0;
  /** Memory in use after a collection, at the end of each minute. */
  private readonly usedBytes: number[] = [];

  constructor(context: LoadContext, options: SoakOptions) {
    this.context = context;
    this.options = options;
    this.orderComparison = new OrderComparison(context.accounting);
    this.group = new GroupRecord(context.accounting, 'crew');
    this.temps = new GroupRecord(context.accounting, 'temps');
  }

  /** Everybody comes; resolves when the load is on. */
  async begin(): Promise<void> {
    const { context } = this;
    const { hasTls: tls, seed, tomls } = this.options;
    this.startedAt = Date.now();
    this.startBytes = context.broker.residentBytes;
    this.startUsedBytes = (await this.options.inspector.look()).usedBytes;
    const wants = under('load.', LOAD);
    const all = { subject: 'load.>', wants };
    await this.keepSubscribed({
      name: 'parallel subscriber',
      compareOrder: this.orderComparison.join(),
      ...all,
    });
    await this.keepSubscribed({
      name: 'parallel subscriber over TLS',
      tls,
      compareOrder: this.orderComparison.join(),
      ...all,
    });
    await this.keepSubscribed({
      name: 'parallel line subscriber',
      protocol: 'line',
      compareOrder: this.orderComparison.join(),
      ...all,
    });
    await this.keepSubscribed({ name: 'some', subject: 'load.1.*', wants: under('load.1.', LOAD) });
    await this.keepSubscribed({
      name: 'some lines',
      protocol: 'line',
      subject: 'load.2.*',
      wants: under('load.2.', LOAD),
    });
    await this.keepSubscribed({
      name: 'other',
      user: 'other',
      subject: 'load.>',
      wants: under('load.', OTHER),
    });
    await this.keepSubscribed({
      name: 'slow',
      subject: 'slow.>',
      wants: under('slow.', LOAD),
      bytesPerSecond: 1_000_000,
    });
    this.endGroup = await queueGroup(context, 'work.>', this.group, 3);
    for (let i = 0; i < 3; i++) this.faults.push(changingMember(context, 'work.>', this.temps));
    await responders(context, 2);
    this.publish();
    this.faults.push(
      churner(context, { name: 'churner', ...all }),
      churner(context, { name: 'line churner', protocol: 'line', ...all }),
      churner(context, { name: 'TLS churner', tls, ...all }),
      churner(context, { name: 'churner of some', subject: 'load.1.*', wants: under('load.1.', LOAD) }),
      freezer(context, { name: 'freezer', ...all }, FROZEN_MS, [15_000, 40_000]),
      freezer(context, { name: 'line freezer', protocol: 'line', ...all }, FROZEN_MS, [15_000, 60_000]),
      freezer(context, { name: 'TLS freezer', tls, ...all }, FROZEN_MS, [15_000, 60_000]),
      faultInjector(context, seed),
      faultInjector(context, seed + 1_000_000),
      storms(context, STORM_CONNECTIONS),
      reloader(context, tomls),
    );
  }

  /** Call once a second. */
  sample(): void {
    for (const book of [this.group, this.temps]) book.mark(Date.now(), this.workStreams());
    for (const { client, record } of this.subscribers)
      if (client.ending !== undefined)
        this.context.trouble(`${record.name} was ended: ${client.ending} ${client.errors}`);
    if (this.context.broker.ended !== undefined) this.context.trouble('the broker ended');
  }

  /** Call once a minute. */
  async progress(): Promise<string> {
    const { totals } = this.context.accounting;
    const { usedBytes } = await this.options.inspector.look();
    this.usedBytes.push(usedBytes);
    const { connections, cut } = this.context.injected;
    const minutes = ((Date.now() - this.startedAt) / 60_000).toFixed(0);
    return `${minutes} min: ${whole(totals.received)} checked, ${whole(connections)} connections, ${whole(cut)} cut, ${mib(usedBytes)} in use after a collection, ${mib(this.context.broker.residentBytes)} resident`;
  }

  /** Faults stop, then the load; everything is settled. The rows of the table. */
  async end(): Promise<readonly Row[]> {
    const { context } = this;
    const { broker } = context;
    const ranMs = Date.now() - this.startedAt;
    context.faultsAreOver = true;
    await Promise.all(this.faults);
    this.sample();
    context.publishersStop = true;
    await Promise.all(this.publishers);
    for (const subscriber of this.subscribers)
      await leave(subscriber).catch((error) => context.trouble(String(error)));
    this.agree();
    await this.endGroup();
    for (const book of [this.group, this.temps]) book.end(this.workStreams());
    const varz = await broker.ask('/varz');
    const wrong = imbalance((varz as unknown as Figures).sluice_flow);
    if (wrong !== undefined) context.trouble(wrong);
    await sleep(5_000);
    const finalBytes = broker.residentBytes;
    const { usedBytes } = await this.options.inspector.look();
    this.checkKept(usedBytes);
    const { peakBytes } = broker;
    const exit = await broker.stop();
    if (exit !== '0') context.trouble(`the broker ended with ${exit}`);
    return this.report(varz, { ranMs, finalBytes, peakBytes, usedBytes });
  }

  /** Without load there may not be more in use than there was with it after warm-up. */
  private checkKept(usedBytes: number): void {
    if (this.usedBytes.length <= WARM_UP_MINUTES) return;
    const warm = Math.min(...this.usedBytes.slice(0, WARM_UP_MINUTES));
    if (usedBytes - warm <= MOST_KEPT_BYTES) return;
    this.context.trouble(`${mib(usedBytes)} are in use after the load, ${mib(warm)} were after warm-up`);
  }

  private async keepSubscribed(options: SubscriberOptions): Promise<void> {
    this.subscribers.push(await subscribe(this.context, options));
  }

  private publish(): void {
    const { hasTls: tls } = this.options;
    const lifeMs = [3_000, 20_000] as const;
    const cast: readonly PublisherOptions[] = [
      { subject: 'load.1.a', messagesPerSecond: 600, sizes: [32, 600], account: LOAD },
      { subject: 'load.1.b', messagesPerSecond: 300, sizes: [32, 3_000], account: LOAD, lifeMs },
      { subject: 'load.2.a', messagesPerSecond: 300, sizes: [32, 600], account: LOAD, protocol: 'line' },
      {
        subject: 'load.2.b',
        messagesPerSecond: 100,
        sizes: [32, 9_000],
        account: LOAD,
        protocol: 'line',
        lifeMs,
      },
      { subject: 'load.3.a', messagesPerSecond: 300, sizes: [32, 600], account: LOAD, tls },
      { subject: 'load.big', messagesPerSecond: 3, sizes: [60_000, 1_000_000], account: LOAD },
      { subject: 'load.1.a', messagesPerSecond: 200, sizes: [32, 600], account: OTHER, user: 'other' },
      { subject: 'slow.a', messagesPerSecond: 400, sizes: [4_000, 6_000], account: LOAD },
      { subject: 'work.a', messagesPerSecond: 400, sizes: [32, 500], account: LOAD },
      { subject: 'work.b', messagesPerSecond: 200, sizes: [32, 500], account: LOAD, lifeMs },
    ];
    for (const options of cast) this.publishers.push(publisher(this.context, options));
    this.publishers.push(requester(this.context, 100, this.requests));
  }

  private workStreams(): number[] {
    const streams = [...this.context.accounting.streams.values()];
    return streams.filter(({ subject }) => subject.startsWith('work.')).map(({ id }) => id);
  }

  /** Of a stream that was cut, all who stayed must have got equally much. */
  private agree(): void {
    const [first, ...others] = this.subscribers.slice(0, 3).map(({ record }) => record);
    for (const { id, cut } of this.context.accounting.streams.values()) {
      if (!cut) continue;
      for (const book of others) {
        const missing = Math.abs((book.lastOf(id) ?? 0) - (first?.lastOf(id) ?? 0));
        if (missing > 0)
          this.context.accounting.blame(
            'unexplained',
            missing,
            `${book.name} and ${first?.name} differ in stream ${id}`,
          );
      }
    }
  }

  private report(
    varz: Readonly<Record<string, unknown>>,
    {
      ranMs,
      finalBytes,
      peakBytes,
      usedBytes,
    }: Readonly<Record<'ranMs' | 'finalBytes' | 'peakBytes' | 'usedBytes', number>>,
  ): readonly Row[] {
    const { context } = this;
    const { totals, streams } = context.accounting;
    const { injected } = context;
    const { in_msgs, out_msgs, slow_consumers, sluice_flow } = varz as unknown as Figures;
    const cutStreams = [...streams.values()].filter(({ cut }) => cut);
    const first = this.subscribers[0]?.record;
    const unsent = cutStreams
      .filter((stream) => under('load.', LOAD)(stream))
      .reduce((sum, { id, sent }) => sum + sent - (first?.lastOf(id) ?? 0), 0);
    const explained = [...totals.explained].map(
      ([reason, count]) => [`lost: ${reason}`, whole(count)] as const,
    );
    return [
      ['minutes of load', (ranMs / 60_000).toFixed(1)],
      ['messages routed', whole(in_msgs)],
      ['messages delivered', whole(out_msgs)],
      ['of these checked: number, order, CRC', whole(totals.received)],
      ['pairs compared for the order of the whole broker', whole(this.orderComparison.compared)],
      ...deliveryCountRows(sluice_flow),
      ['requests asked and answered', `${whole(this.requests.asked)} and ${whole(this.requests.answered)}`],
      ...explained,
      ['lost: written to a connection that was then cut, never read', whole(unsent)],
      ['connections made', whole(injected.connections)],
      ['connections cut by the test (RST, or FIN within a frame)', whole(injected.cut)],
      ['readers frozen', whole(injected.frozen)],
      ['slow consumers cut off by the broker', whole(slow_consumers)],
      ['connections that sent garbage', whole(injected.garbage)],
      ['reloads', whole(injected.reloads)],
      ['memory before the load', mib(this.startBytes)],
      ['memory, peak', mib(peakBytes)],
      ['memory, final', mib(finalBytes)],
      [
        'memory in use after a collection, before the load and after it',
        `${mib(this.startUsedBytes)} and ${mib(usedBytes)}`,
      ],
      [
        'memory in use after a collection, minute by minute',
        this.usedBytes.length === 0 ? 'none' : this.usedBytes.map((bytes) => mib(bytes)).join(', '),
      ],
      ['order violations', totals.reordered],
      ['duplicates', totals.duplicates],
      ['corrupted or foreign messages', totals.corrupted],
      ['unexplained losses', totals.unexplained],
      ['connections ended without a reason, and other trouble', context.troubles.length],
    ];
  }
}
