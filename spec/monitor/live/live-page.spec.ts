import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { pino } from 'pino';
import { MAX_LIVE_PAGES, MAX_LIVE_REQUEST_BYTES } from '../../../lib/domain/limits.js';
import { type Monitor, startMonitor } from '../../../lib/monitor/monitor.js';
import { ask, FakeBroker, type Reply } from '../../support/monitor/fake.js';
import { act, Events } from '../../support/monitor/live/events.js';
import { FakePageSource } from '../../support/monitor/live/page-source.js';
import { until } from '../../support/until.js';

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const ELSEWHERE = 'http://elsewhere.example';

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function errorOf({ body }: Reply): string {
  return (JSON.parse(body) as { readonly error: string }).error;
}

describe('the live page', () => {
  let broker: FakeBroker;
  let source: FakePageSource;
  let monitor: Monitor;
  let port: number;
  const lines: string[] = [];
  const open: Events[] = [];

  beforeEach(async () => {
    broker = new FakeBroker();
    source = new FakePageSource();
    lines.length = 0;
    const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
    const settings = () => ({ allowedHosts: [], allowedOrigins: [ELSEWHERE], metricsAccounts: 1 });
    const listener = { host: '127.0.0.1', port: 0 };
    monitor = await startMonitor(listener, broker, log, { settings, page: source });
    ({ port } = monitor.address);
  });
  afterEach(async () => {
    for (const each of open.splice(0)) each.close();
    await monitor.close();
  });

  async function connect(): Promise<Events> {
    const events = await Events.open(port);
    open.push(events);
    return events;
  }

  /** A page that is logged in: its events, and the headers of its requests. */
  async function loggedIn(): Promise<{ readonly events: Events; readonly headers: Record<string, string> }> {
    const events = await connect();
    const { page } = await events.hello();
    const reply = await act(port, 'login', { user: 'ann', password: 'p' }, { 'Sluice-Page': page });
    expect(reply.status).to.equal(200);
    const { token } = JSON.parse(reply.body) as { readonly token: string };
    return { events, headers: { 'Sluice-Token': token } };
  }

  it('is at the root for what shows pages; others get the list of links', async () => {
    const page = await ask(port, '/', 'GET', HTML);
    expect([page.status, page.headers['content-type']]).to.deep.equal([200, 'text/html; charset=utf-8']);
    expect(page.headers.vary).to.equal('Accept');
    expect(page.body).to.include('id="connection-rows"');
    for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }]) {
      const { body } = await ask(port, '/', 'GET', headers);
      expect(body).to.include('<li><a href="./varz">General</a></li>');
    }
    const linksOf = (text: string) => [...text.matchAll(/href="\.\/(\w+)"/g)].map(([, path]) => path);
    expect(linksOf(page.body)).to.include.members(linksOf((await ask(port, '/')).body));
    const head = await ask(port, '/', 'HEAD', HTML);
    expect([head.status, head.body]).to.deep.equal([200, '']);
  });

  it('allows its own script and style by their hashes, and nothing else', async () => {
    const { headers, body } = await ask(port, '/', 'GET', HTML);
    const policy = headers['content-security-policy'] as string;
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(body)!;
    const [, script] = /<script type="module">([\s\S]*?)<\/script>/.exec(body)!;
    expect(policy)
      .to.include(`script-src ${hashOf(script!)};`)
      .and.include(`style-src ${hashOf(style!)};`);
    expect(policy).to.include("default-src 'none'").and.include("frame-ancestors 'none'");
    expect(policy).to.not.include('unsafe');
    expect(body.match(/<script/g)).to.have.lengthOf(1);
    expect(body.replace(script!, '')).to.not.match(/ on\w+=| style=|https?:\/\/(?!www\.w3\.org)/);
    expect(script).to.not.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/);
  });

  it('samples nothing until a page is connected, and stops with the last one', async () => {
    await ask(port, '/', 'GET', HTML);
    expect([source.samplers, broker.asked]).to.deep.equal([0, []]);
    const one = await connect();
    const other = await connect();
    await one.next('state');
    expect([source.samplers, source.stopped]).to.deep.equal([1, 0]);
    one.close();
    await other.next('state');
    expect(source.stopped).to.equal(0);
    other.close();
    await until('the sampler has been stopped', () => source.stopped === 1);
    await connect();
    await until('another one has been started', () => source.samplers === 2);
  });

  it('sends the same picture to each page', async () => {
    const [one, other] = [await connect(), await connect()];
    await one.next('state', 1);
    const [picture] = one.all<object>('state').slice(1);
    const { at } = picture as { readonly at: number };
    await until('the other page has it, too', () =>
      other.all<{ at: number }>('state').some((each) => each.at === at),
    );
    expect(other.all<{ at: number }>('state').find((each) => each.at === at)).to.deep.equal(picture);
    expect(picture).to.include({ open: 3, slowConsumers: 9 });
  });

  it(`serves ${MAX_LIVE_PAGES} pages at once`, async () => {
    for (let i = 0; i < MAX_LIVE_PAGES; i++) await (await connect()).hello();
    const refused = await ask(port, '/live/events');
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '1']);
    expect(refused.body).to.include(String(MAX_LIVE_PAGES));
    open[0]!.close();
    const statuses: (number | undefined)[] = [];
    while (statuses.at(-1) !== 200) {
      const events = await Events.open(port);
      open.push(events);
      statuses.push(events.response.statusCode);
    }
  });

  it('lets in a page with the right password, and refuses others', async () => {
    const events = await connect();
    const { page, actions } = await events.hello();
    expect(actions).to.equal('login');
    const headers = { 'Sluice-Page': page };
    const refused = await act(port, 'login', { user: 'ann', password: 'wrong' }, headers);
    expect([refused.status, errorOf(refused)]).to.deep.equal([403, 'Authorization Violation']);
    const { status, body } = await act(port, 'login', { user: 'ann', password: 'p' }, headers);
    expect(status).to.equal(200);
    expect(JSON.parse(body))
      .to.include({ account: 'A', user: 'ann' })
      .and.have.property('token')
      .of.length(22);
    expect(lines.join('')).to.not.include('wrong').and.not.include(page);
  });

  it('says where no login is needed, which takes the id of the page all the same', async () => {
    source.requiresLogin = false;
    const events = await connect();
    const { page, actions } = await events.hello();
    expect(actions).to.equal('open');
    expect((await act(port, 'login', {})).status).to.equal(401);
    expect((await act(port, 'login', {}, { 'Sluice-Page': 'guessed' })).status).to.equal(401);
    expect((await act(port, 'login', {}, { 'Sluice-Page': page })).status).to.equal(200);
  });

  it('publishes and taps with the token of a login only', async () => {
    const { events, headers } = await loggedIn();
    const [client] = source.clients;
    for (const path of ['tap', 'untap', 'publish', 'logout']) {
      expect((await act(port, path, { subject: 'a' })).status, path).to.equal(401);
      expect((await act(port, path, { subject: 'a' }, { 'Sluice-Token': 'guessed' })).status, path).to.equal(
        401,
      );
    }
    expect(client!.did).to.deep.equal([]);
    expect((await act(port, 'publish', { subject: 'a', payload: 'hi' }, headers)).status).to.equal(200);
    expect((await act(port, 'tap', { subject: 'a.>' }, headers)).status).to.equal(200);
    client!.report = { messages: [], omitted: 7 };
    expect(await events.next('tap')).to.deep.equal({ messages: [], omitted: 7 });
    expect((await act(port, 'untap', {}, headers)).status).to.equal(200);
    expect(client!.did).to.deep.equal(['publish a hi', 'tap a.>', 'untap']);
  });

  it('passes on why something is refused', async () => {
    const { headers } = await loggedIn();
    source.clients[0]!.refusal = 'Permissions Violation';
    for (const path of ['tap', 'publish']) {
      const reply = await act(port, path, { subject: 'a' }, headers);
      expect([reply.status, errorOf(reply)]).to.deep.equal([403, 'Permissions Violation']);
    }
  });

  it('ends a login with its page, and at once when it logs out', async () => {
    const { events, headers } = await loggedIn();
    const other = await loggedIn();
    expect((await act(port, 'logout', {}, other.headers)).status).to.equal(200);
    expect(source.clients[1]!.did).to.deep.equal(['leave']);
    expect((await act(port, 'tap', { subject: 'a' }, other.headers)).status).to.equal(401);
    events.close();
    await until('the client has left', () => source.clients[0]!.did.includes('leave'));
    expect((await act(port, 'tap', { subject: 'a' }, headers)).status).to.equal(401);
  });

  it('has one login for each page', async () => {
    const events = await connect();
    const { page } = await events.hello();
    const headers = { 'Sluice-Page': page };
    for (let i = 0; i < 3; i++) await act(port, 'login', { user: 'ann', password: 'p' }, headers);
    expect(source.clients.map(({ did }) => did)).to.deep.equal([['leave'], ['leave'], []]);
  });

  it('tells the page when the broker has ended its login or its tap', async () => {
    const { events, headers } = await loggedIn();
    await act(port, 'tap', { subject: 'a' }, headers);
    source.clients[0]!.onTapEnded('not any more');
    expect(await events.next('untapped')).to.deep.equal({ reason: 'not any more' });
    source.clients[0]!.onClosed('User Authentication Expired');
    expect(await events.next('loggedout')).to.deep.equal({ reason: 'User Authentication Expired' });
    expect((await act(port, 'tap', { subject: 'a' }, headers)).status).to.equal(401);
  });

  describe('refuses a request of another site', () => {
    const own = () => `http://127.0.0.1:${port}`;
    const foreign: readonly (readonly [string, () => Record<string, string>])[] = [
      ['by Origin', () => ({ origin: 'http://evil.example' })],
      ['of an origin that may read', () => ({ origin: ELSEWHERE })],
      ['of another port', () => ({ origin: 'http://127.0.0.1:1' })],
      ['of a page in a sandbox', () => ({ origin: 'null' })],
      ['by Sec-Fetch-Site', () => ({ origin: own(), 'sec-fetch-site': 'cross-site' })],
      ['of a sister site', () => ({ 'sec-fetch-site': 'same-site' })],
      [
        'by a name of its own (DNS rebinding)',
        () => ({ host: 'evil.example', origin: 'http://evil.example' }),
      ],
    ];
    for (const [name, more] of foreign) {
      it(name, async () => {
        const { headers } = await loggedIn();
        const { page } = await (await connect()).hello();
        const reply = await act(port, 'publish', { subject: 'a' }, { ...headers, ...more() });
        expect(reply.status).to.equal(403);
        const login = { user: 'ann', password: 'p' };
        expect((await act(port, 'login', login, { 'Sluice-Page': page, ...more() })).status).to.equal(403);
        expect(source.clients.map(({ did }) => did)).to.deep.equal([[]]);
      });
    }

    it('but not of the page itself', async () => {
      const { headers } = await loggedIn();
      const from = { origin: own(), 'sec-fetch-site': 'same-origin' };
      expect((await act(port, 'publish', { subject: 'a' }, { ...headers, ...from })).status).to.equal(200);
    });
  });

  describe('refuses a body', () => {
    const bodies: readonly (readonly [string, number, unknown, Record<string, string>])[] = [
      ['that a form can send', 415, '{"subject":"a"}', { 'Content-Type': 'text/plain' }],
      ['that is no JSON', 400, '{', {}],
      ['that is no object', 400, '[]', {}],
      ['with a field that is no text', 400, { subject: 1 }, {}],
      ['without a subject', 400, {}, {}],
      ['that is too large', 413, { payload: 'x'.repeat(MAX_LIVE_REQUEST_BYTES) }, {}],
    ];
    for (const [name, status, body, more] of bodies) {
      it(name, async () => {
        const { headers } = await loggedIn();
        expect((await act(port, 'publish', body, { ...headers, ...more })).status).to.equal(status);
        expect(source.clients[0]!.did).to.deep.equal([]);
      });
    }

    it('but not the largest one', async () => {
      const { headers } = await loggedIn();
      const room = MAX_LIVE_REQUEST_BYTES - JSON.stringify({ subject: 'a', payload: '' }).length;
      const body = { subject: 'a', payload: 'x'.repeat(room) };
      expect((await act(port, 'publish', body, headers)).status).to.equal(200);
      expect(source.clients[0]!.did).to.deep.equal([`publish a ${'x'.repeat(room)}`]);
    });
  });

  it('answers other methods and paths as such', async () => {
    expect((await ask(port, '/live/publish')).status).to.equal(405);
    expect((await ask(port, '/live/events', 'POST')).status).to.equal(405);
    expect((await ask(port, '/live/other')).status).to.equal(404);
  });

  it('shows what is observed, and no more, of a broker that has no more for it', async () => {
    const log = pino({ level: 'silent' });
    const plain = await startMonitor({ host: '127.0.0.1', port: 0 }, broker, log);
    try {
      const events = await Events.open(plain.address.port);
      open.push(events);
      const { page, actions } = await events.hello();
      expect(actions).to.equal('none');
      await events.next('state');
      expect((await act(plain.address.port, 'login', {}, { 'Sluice-Page': page })).status).to.equal(404);
    } finally {
      await plain.close();
    }
  });
});
