import { expect } from 'chai';
import type { Config, SettingsInput } from '../../../lib/config.js';
import type { TappedMessage, TapReport } from '../../../lib/monitor/live/source.js';
import { connectAs, reload } from '../../support/broker/reloading.js';
import { Harness, msg, pub } from '../../support/harness.js';
import { ask } from '../../support/monitor/fake.js';
import { act, Events, type Place } from '../../support/monitor/live/events.js';
import { AUTHORITY, tlsConfig } from '../../support/tls.js';
import { until } from '../../support/until.js';

const MONITORED: SettingsInput = { monitor: { listener: '127.0.0.1:0' } };
const OTHER = { users: [{ user: 'bob', password: 'r' }] };
const USERS: SettingsInput = {
  ...MONITORED,
  accounts: {
    SHOP: {
      users: [
        { user: 'ann', password: 'p' },
        {
          user: 'eve',
          password: 'q',
          permissions: { publish: ['greet.>'], subscribe: { allow: ['orders.>'], deny: ['orders.secret'] } },
        },
      ],
    },
    OTHER,
  },
};

/** A live page that has been opened. */
class Page {
  readonly events: Events;
  private readonly port: number;
  private readonly page: string;
  private readonly place: Place;
  private token = '';

  private constructor(events: Events, port: number, page: string, place: Place) {
    this.place = place;
    this.events = events;
    this.port = port;
    this.page = page;
  }

  static async open(harness: Harness, place: Place = {}): Promise<Page> {
    const { port } = harness.broker.monitorAddress!;
    const events = await Events.open(port, place);
    return new Page(events, port, (await events.hello()).page, place);
  }

  /** What a request comes to: `200`, or the status and why. */
  async ask(path: string, body: object): Promise<string> {
    const headers = { 'Sluice-Page': this.page, 'Sluice-Token': this.token };
    const reply = await act(this.port, path, body, headers, this.place);
    const { token, error } = JSON.parse(reply.body) as { readonly token?: string; readonly error?: string };
    this.token = token ?? this.token;
    return error === undefined ? String(reply.status) : `${reply.status} ${error}`;
  }

  /** All that its tap has shown, and how many it has left out. */
  get tapped(): { readonly messages: readonly TappedMessage[]; readonly omitted: number } {
    const reports = this.events.all<TapReport>('tap');
    return {
      messages: reports.flatMap(({ messages }) => messages),
      omitted: reports.reduce((sum, { omitted }) => sum + omitted, 0),
    };
  }

  async hasTapped(count: number): Promise<readonly TappedMessage[]> {
    await until(`${count} messages are shown`, () => this.tapped.messages.length >= count);
    return this.tapped.messages;
  }
}

describe('the live page of a broker', () => {
  let harness: Harness;
  let page: Page;
  afterEach(async () => {
    page.events.close();
    await harness.stop();
  });

  async function start(settings: SettingsInput): Promise<void> {
    harness = await Harness.start(settings);
    page = await Page.open(harness);
  }

  it('publishes as a client without credentials where none are needed', async () => {
    await start(MONITORED);
    const subscriber = await connectAs(harness);
    await subscriber.send('SUB greet.* 1\r\n').settle();
    expect(await page.ask('publish', { subject: 'greet.world', payload: 'hi' })).to.match(/^401/);
    expect(await page.ask('login', {})).to.equal('200');
    expect(await page.ask('publish', { subject: 'greet.world', payload: 'hëllo' })).to.equal('200');
    expect(await subscriber.next()).to.equal(msg('greet.world', 1, 'hëllo'));
    expect(await page.ask('publish', { subject: 'greet.*', payload: '' })).to.match(
      /^403 .*not a subject to publi/,
    );
    expect(await page.ask('publish', { subject: 'a b', payload: '' })).to.match(/^403/);
  });

  it('taps what there is, with its beginning as text or as bytes', async () => {
    await start(MONITORED);
    await page.ask('login', {});
    expect(await page.ask('tap', { subject: 'a..b' })).to.match(/^403 /);
    expect(await page.ask('tap', { subject: 'a.>' })).to.equal('200');
    const client = await connectAs(harness, { headers: true });
    await client
      .send(pub('a.b', 'text', 'r.1'), pub('other', 'x'), 'HPUB a.c 18 20\r\nNATS/1.0\r\nK: v\r\n\r\nhi\r\n')
      .settle();
    const [one, other] = await page.hasTapped(2);
    expect(one).to.include({
      subject: 'a.b',
      reply: 'r.1',
      bytes: 4,
      text: 'text',
      isText: true,
      isCut: false,
    });
    expect(other).to.include({ subject: 'a.c', headers: 'NATS/1.0\r\nK: v\r\n\r\n', text: 'hi' });
    await client
      .send(pub('a.long', 'é'.repeat(400)), 'PUB a.bytes 2\r\n', Buffer.of(0xff, 1), '\r\n')
      .settle();
    const [, , long, bytes] = await page.hasTapped(4);
    expect(long).to.include({ bytes: 800, text: 'é'.repeat(256), isText: true, isCut: true });
    expect(bytes).to.include({ text: 'ff01', isText: false });
  });

  it('says how many messages its tap left out, and has no publisher wait for it', async () => {
    await start({ ...MONITORED, flow: { high_water: '4KiB', low_water: '1KiB' } });
    await page.ask('login', {});
    await page.ask('tap', { subject: '>' });
    const client = await connectAs(harness);
    const payload = 'x'.repeat(1_000);
    for (let i = 0; i < 100; i++) await client.send(pub('a', payload).repeat(100)).settle();
    expect(client.connection.client.holds).to.equal(0);
    await until('all are shown or left out', () => {
      const { messages, omitted } = page.tapped;
      return messages.length + omitted === 10_000;
    });
    expect(page.tapped.messages.length).to.be.above(0);
  });

  it('has the rights and the account of its login', async () => {
    await start(USERS);
    expect(await page.ask('login', {})).to.equal('403 Authorization Violation');
    expect(await page.ask('login', { user: 'eve', password: 'letmein' })).to.equal(
      '403 Authorization Violation',
    );
    expect(await page.ask('login', { user: 'eve', password: 'q' })).to.equal('200');
    expect(await page.ask('publish', { subject: 'orders.x' })).to.equal(
      '403 Permissions Violation for Publish to "orders.x"',
    );
    expect(await page.ask('publish', { subject: 'greet.x' })).to.equal('200');
    expect(await page.ask('tap', { subject: '>' })).to.match(
      /^403 Permissions Violation for Subscription to/,
    );
    expect(await page.ask('tap', { subject: 'orders.*' })).to.equal('200');
    const [own, foreign] = [
      await connectAs(harness, { user: 'ann', pass: 'p' }),
      await connectAs(harness, { user: 'bob', pass: 'r' }),
    ];
    await foreign.send(pub('orders.theirs', '1')).settle();
    await own.send(pub('orders.secret', '2'), pub('orders.ours', '3')).settle();
    const shown = await page.hasTapped(1);
    expect(shown.map(({ subject }) => subject)).to.deep.equal(['orders.ours']);
    expect(page.tapped.omitted).to.equal(0);
    expect(JSON.stringify(harness.log)).to.not.include('letmein');
    expect(harness.log.map(({ msg: text }) => text)).to.include('login refused');
  });

  it('is slowed down like any other where passwords are guessed', async () => {
    await start(USERS);
    const pages = await Promise.all([1, 2, 3].map(() => Page.open(harness)));
    const guess = async (each: Page): Promise<void> => {
      for (let i = 0; i < 2; i++)
        expect(await each.ask('login', { user: 'ann', password: 'guess' })).to.equal(
          '403 Authorization Violation',
        );
    };
    await Promise.all(pages.map(guess));
    expect(harness.broker.throttle.size).to.equal(1);
    for (const each of pages) each.events.close();
  });

  it('loses at a reload what its user may not do any more', async () => {
    await start(USERS);
    await page.ask('login', { user: 'eve', password: 'q' });
    await page.ask('tap', { subject: 'orders.>' });
    const eve = { user: 'eve', password: 'q', permissions: { publish: ['greet.>'], subscribe: ['none'] } };
    await reload(harness, { ...USERS, accounts: { ...USERS.accounts, SHOP: { users: [eve] } } });
    const { reason } = await page.events.next<{ readonly reason: string }>('untapped');
    expect(reason).to.match(/^Permissions Violation for Subscription to/);
    await reload(harness, { ...USERS, accounts: { OTHER } });
    await page.events.next('loggedout');
    expect(await page.ask('publish', { subject: 'greet.x' })).to.match(/^401/);
  });

  it('is a connection that others see, and that ends with the page', async () => {
    await start(MONITORED);
    await page.ask('login', {});
    await page.ask('tap', { subject: 'a' });
    expect([...harness.connections].map(({ client }) => client.peer.name)).to.deep.equal(['live page']);
    expect(harness.core.sampler).to.not.equal(undefined);
    page.events.close();
    await until('it has gone', () => harness.connections.size === 0 && harness.core.sampler === undefined);
    expect(harness.core.sublist.size).to.equal(0);
    expect(harness.core.accounts.get('$G')!.connections).to.equal(0);
  });

  it('shows what is published by subject, and which connection waits for which', async () => {
    await start({ ...MONITORED, flow: { high_water: '32KiB', low_water: '1KiB', write_deadline: '10m' } });
    const stuck = await connectAs(harness, { name: 'stuck' });
    await stuck.send('SUB video 1\r\n').settle();
    stuck.stall();
    const busy = await connectAs(harness, { name: 'busy' });
    await until('it is held', () => {
      if (!busy.held) busy.send(pub('video', 'x'.repeat(60_000)));
      return busy.held;
    });
    const quick = await connectAs(harness);
    interface Shown {
      readonly connections: {
        readonly rows: readonly {
          readonly name?: string;
          readonly cid: number;
          readonly flow: { readonly waitsFor: readonly number[] };
        }[];
      };
      readonly subjects?: { readonly rows: readonly (readonly [string, string, number])[] };
    }
    await until('both are shown', () => {
      quick.send(pub('a.b', '1'));
      const last = page.events.all<Shown>('state').at(-1);
      const rows = last?.connections.rows ?? [];
      const cid = rows.find(({ name }) => name === 'stuck')?.cid;
      const waits = rows.find(({ name }) => name === 'busy')?.flow.waitsFor;
      return (
        last?.subjects?.rows.some(([, subject]) => subject === 'a.b') === true &&
        cid !== undefined &&
        waits?.includes(cid) === true
      );
    });
  });

  it('is below the path of the monitor, which its own requests are relative to', async () => {
    const base = '/ops/sluice';
    harness = await Harness.start({ monitor: { ...MONITORED.monitor, base_path: base } });
    page = await Page.open(harness, { base });
    expect(await page.ask('login', {})).to.equal('200');
    const { port } = harness.broker.monitorAddress!;
    const html = { accept: 'text/html' };
    const moved = await ask(port, `${base}?a=b`, 'GET', html);
    expect([moved.status, moved.headers.location]).to.deep.equal([308, 'sluice/']);
    expect((await ask(port, `${base}/`, 'GET', html)).body).to.include('id="connection-rows"');
    expect((await ask(port, '/live/events')).status).to.equal(404);
  });

  it('works over HTTPS, with a body that comes after the head', async () => {
    const secured = (config: Config) =>
      ({ ...config, tls: tlsConfig(), monitor: { ...config.monitor, tls: true } }) as Config;
    harness = await Harness.start(USERS, secured);
    page = await Page.open(harness, { ca: AUTHORITY.cert });
    expect(await page.ask('login', { user: 'ann', password: 'p' })).to.equal('200');
    expect(await page.ask('publish', { subject: 'a', payload: 'x'.repeat(60_000) })).to.equal('200');
    await page.events.next('state');
  });

  it('ends when the broker closes', async () => {
    await start(MONITORED);
    await page.ask('login', {});
    await harness.broker.close();
    await until('the stream has ended', () => page.events.isClosed);
  });
});
