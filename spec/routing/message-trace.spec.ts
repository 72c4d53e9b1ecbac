import { expect } from 'chai';
import type { SettingsInput } from '../../lib/config.js';
import { MAX_TRACE_EVENTS, MAX_TRACED_HEADER_BYTES } from '../../lib/domain/limits.js';
import { type Client, Harness, QUIET } from '../support/harness.js';

const ACCOUNTS: SettingsInput = {
  accounts: {
    A: {
      users: [
        { user: 'a', password: 'p' },
        {
          user: 'r',
          password: 'p',
          permissions: { publish: { deny: ['no.>'] }, subscribe: { deny: ['part.x'] } },
        },
      ],
      exports: [
        { stream: 's.>' },
        { stream: 't.>' },
        { service: 'req', allow_trace: true },
        { service: 'hidden' },
      ],
    },
    B: {
      users: [{ user: 'b', password: 'p' }],
      msg_trace: { dest: 'traces' },
      imports: [
        { stream: { account: 'A', subject: 's.>' }, prefix: 'p', allow_trace: true },
        { stream: { account: 'A', subject: 't.>' } },
        { service: { account: 'A', subject: 'req' }, to: 'ask' },
        { service: { account: 'A', subject: 'hidden' }, to: 'ask.hidden' },
      ],
    },
  },
};

type Event = Readonly<Record<string, unknown>>;
interface Trace {
  readonly server: Event;
  readonly request: { readonly header: Event; readonly msgsize: number };
  readonly events: readonly Event[];
}

/** `HPUB` with these header lines. */
function hpub(subject: string, headers: readonly string[], payload = 'x', reply = ''): string {
  const block = `NATS/1.0\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
  return `HPUB ${subject} ${reply && `${reply} `}${block.length} ${block.length + payload.length}\r\n${block}${payload}\r\n`;
}

/** The trace in a frame, without times and connection ids. */
function traceIn(frame: string): Trace {
  return JSON.parse(frame.slice(frame.indexOf('\r\n') + 2), (key, value: unknown) =>
    key === 'ts' || key === 'cid' ? undefined : value,
  ) as Trace;
}

const DEST = 'Nats-Trace-Dest: traces';
const ONLY = 'Nats-Trace-Only: true';
const into = (acc: string, name: string, subj: string): Event => ({ type: 'in', kind: 0, name, acc, subj });
const out = (name: string, sub: string, more: object = {}): Event => ({
  type: 'eg',
  kind: 0,
  name,
  sub,
  ...more,
});

describe('message traces', () => {
  let harness: Harness;
  let a: Client;
  let one: Client;
  let b: Client;
  const as = (user: string, name: string, more: object = {}): Promise<Client> =>
    harness.connect('nats', {
      options: { ...QUIET, headers: true, no_responders: true, user, pass: 'p', name, ...more },
    });

  beforeEach(async () => {
    harness = await Harness.start(ACCOUNTS);
    [a, one, b] = [await as('a', 'a'), await as('a', 'one'), await as('b', 'b')];
    await a.send('SUB traces t\r\nSUB no.traces t\r\n').settle();
    await b.send('SUB traces t\r\n').settle();
  });
  afterEach(() => harness.stop());

  /** The trace of what `publisher` sends; it gets no other frame. */
  async function traceOf(publisher: Client, sent: string): Promise<Trace> {
    const frames = await publisher.send(sent).settle();
    expect(frames).to.have.lengthOf(1);
    expect(frames[0]).to.match(/^MSG traces t /);
    return traceIn(frames[0]!);
  }

  it('say what came in and who got it, and what asked for them', async () => {
    await one.send('SUB f.x 1\r\nSUB *.x q 2\r\n').settle();
    const headers = [DEST, 'x: 1', 'X:2', 'x:  3 ', 'empty: '];
    const { server, request, events } = await traceOf(a, hpub('f.x', headers, 'hello'));
    expect(events).to.deep.equal([
      into('A', 'a', 'f.x'),
      out('one', 'f.x'),
      out('one', '*.x', { queue: 'q' }),
    ]);
    expect(request).to.deep.equal({
      header: { 'Nats-Trace-Dest': ['traces'], X: ['2'], x: ['1', '3'] },
      msgsize: hpub('f.x', headers, '').split('\r\n').slice(1, -1).join('\r\n').length + 5,
    });
    expect(server).to.include({ jetstream: false }).and.have.property('name');
    expect(await one.settle()).to.have.lengthOf(2);
  });

  for (const value of ['true', '1', 'On']) {
    it(`deliver nothing with Nats-Trace-Only: ${value}`, async () => {
      await one.send('SUB foo 1\r\nUNSUB 1 1\r\nSUB foo q 2\r\n').settle();
      const { events } = await traceOf(a, hpub('foo', [DEST, `Nats-Trace-Only: ${value}`]));
      expect(events).to.have.lengthOf(3);
      await one.expectSilence();
      await a.send('PUB foo 1\r\nx\r\n').settle();
      expect(await one.settle()).to.have.lengthOf(2);
    });
  }

  it('go to a client that wants no echo, and say that it got nothing', async () => {
    const quiet = await as('a', 'quiet', { echo: false });
    await quiet.send('SUB foo 1\r\nSUB traces t\r\nSUB foo q 2\r\n').settle();
    const error = 'Not delivered because of no echo';
    const { events } = await traceOf(quiet, hpub('foo', [DEST]));
    expect(events).to.deep.equal([
      into('A', 'quiet', 'foo'),
      out('quiet', 'foo', { error }),
      out('quiet', 'foo', { queue: 'q', error }),
    ]);
    expect(await a.settle()).to.have.lengthOf(1);
  });

  it('say that a subscription denies the subject', async () => {
    const restricted = await as('r', 'r');
    await restricted.send('SUB part.* 1\r\n').settle();
    const error = 'Not delivered because subscription denies this subject';
    const { events } = await traceOf(a, hpub('part.x', [DEST]));
    expect(events).to.deep.equal([into('A', 'a', 'part.x'), out('r', 'part.*', { error })]);
    await restricted.expectSilence();
  });

  it('say that the client may not publish the message', async () => {
    const restricted = await as('r', 'r');
    const refused = 'Permissions Violation for Publish to "no.x"';
    expect(await restricted.send(hpub('no.x', [DEST])).settle()).to.deep.equal([`-ERR '${refused}'`]);
    expect((await a.settle()).map((frame) => traceIn(frame).events)).to.deep.equal([
      [{ ...into('A', 'r', 'no.x'), error: refused }],
    ]);
    const reply = 'Permissions Violation for Publish with Reply of "_R_.x"';
    const frames = await a.send(hpub('foo', [DEST], 'x', '_R_.x')).settle();
    expect(frames[0]).to.equal(`-ERR '${reply}'`);
    expect(traceIn(frames[1]!).events).to.deep.equal([{ ...into('A', 'a', 'foo'), error: reply }]);
  });

  it('are refused, and the message with them, to a subject the client may not publish to', async () => {
    const restricted = await as('r', 'r');
    await one.send('SUB foo 1\r\n').settle();
    for (const [header, user] of [
      ['no.traces', restricted],
      ['_GR_.x', a],
    ] as const)
      for (const more of [[], [ONLY]])
        expect(await user.send(hpub('foo', [`Nats-Trace-Dest: ${header}`, ...more])).settle()).to.deep.equal([
          `-ERR 'Permissions Violation for Publish to "${header}"'`,
        ]);
    await one.expectSilence();
    await a.expectSilence();
  });

  for (const [why, headers, isDelivered] of [
    ['a destination with a wildcard', ['Nats-Trace-Dest: a.*'], true],
    ['a destination with a wildcard, and trace only', ['Nats-Trace-Dest: a.*', ONLY], false],
    ['a trace that a server has disabled', ['Nats-Trace-Dest: trace disabled'], true],
    ['a trace of an older server, from another account', [DEST, 'Nats-Trace-Origin-Account: B'], true],
    ['trace only and no destination', [ONLY, 'x: Nats-Trace-Dest'], true],
    ['the header in other letters', ['nats-trace-dest: traces'], true],
    ['a sampled traceparent in an account without msg_trace', ['traceparent: 00-1-2-01'], true],
  ] as const) {
    it(`are none with ${why}`, async () => {
      await one.send('SUB foo 1\r\n').settle();
      expect(await a.send(hpub('foo', headers)).settle()).to.deep.equal([]);
      expect(await one.settle()).to.have.lengthOf(isDelivered ? 1 : 0);
    });
  }

  it('are of sampled traceparent headers where the account says so', async () => {
    for (const [value, isTraced] of [
      ['00-1-2-01', true],
      ['00-1-2-03', true],
      ['00-1-2-7F', true],
      ['00-1-2-00', false],
      ['00-1-2-81', false],
      ['00-1-2-1', false],
      ['00-1-2-01-3', false],
    ] as const)
      expect(await b.send(hpub('foo', [`TraceParent: ${value}`])).settle(), value).to.have.lengthOf(
        isTraced ? 1 : 0,
      );
  });

  it('say where a stream goes, and who gets it where its import allows that', async () => {
    await b.send('SUB p.s.* 1\r\nSUB t.x 2\r\nSUB t.x q 3\r\n').settle();
    const { events } = await traceOf(a, hpub('s.x', [DEST, ONLY]));
    const exported = (to: string): Event => ({ type: 'se', acc: 'B', to });
    expect(events).to.deep.equal([into('A', 'a', 's.x'), exported('p.s.x'), out('b', 'p.s.*', { acc: 'B' })]);
    const hidden = [into('A', 'a', 't.x'), exported('t.x'), exported('t.x')];
    expect((await traceOf(a, hpub('t.x', [DEST, ONLY]))).events).to.deep.equal(hidden);
    await b.expectSilence();
    expect((await traceOf(a, hpub('t.x', [DEST]))).events).to.deep.equal(hidden);
    expect(await b.settle()).to.have.lengthOf(2);
  });

  it('let one member of a queue group in several accounts have the message', async () => {
    await one.send('SUB s.x q 1\r\n').settle();
    await b.send('SUB p.s.x q 1\r\n').settle();
    for (let round = 0; round < 20; round++) {
      const { events } = await traceOf(a, hpub('s.x', [DEST]));
      const received = [await one.settle(), await b.settle()].map(({ length }) => length);
      expect([...received].sort()).to.deep.equal([0, 1]);
      expect(events.filter(({ type }) => type === 'eg').map(({ name }) => name)).to.deep.equal([
        received[0] === 1 ? 'one' : 'b',
      ]);
    }
  });

  it('say which service is asked, and who gets the request where its export allows that', async () => {
    await one.send('SUB req 1\r\nSUB hidden 2\r\n').settle();
    const asked = (from: string, to: string): Event => ({ type: 'si', acc: 'A', from, to });
    const open = [into('B', 'b', 'ask'), asked('ask', 'req'), out('one', 'req', { acc: 'A' })];
    expect((await traceOf(b, hpub('ask', [DEST, ONLY]))).events).to.deep.equal(open);
    await one.expectSilence();
    expect((await traceOf(b, hpub('ask', [DEST], 'x', 'inbox'))).events).to.deep.equal(open);
    const [request] = await one.settle();
    expect(request).to.include('Nats-Trace-Dest: trace disabled\r\nNats-Request-Info: {"acc":"B"');
    const closed = [into('B', 'b', 'ask.hidden'), asked('ask.hidden', 'hidden')];
    expect((await traceOf(b, hpub('ask.hidden', [DEST, ONLY]))).events).to.deep.equal(closed);
    await one.expectSilence();
    expect((await traceOf(b, hpub('ask.hidden', [DEST]))).events).to.deep.equal(closed);
    expect(await one.settle()).to.have.lengthOf(1);
  });

  it('come with a 503 to a request that has no receiver', async () => {
    await a.send('SUB inbox 1\r\n').settle();
    const [status, trace] = await a.send(hpub('nowhere', [DEST, ONLY], 'x', 'inbox')).settle();
    expect(status).to.include('NATS/1.0 503').and.include('nowhere');
    expect(traceIn(trace!).events).to.deep.equal([into('A', 'a', 'nowhere')]);
  });

  it('keep their place among other messages, each confirmed once', async () => {
    const verbose = await as('a', 'verbose', { verbose: true, echo: false });
    await one.send('SUB foo 1\r\n').settle();
    const plain = (text: string): string => hpub('foo', ['x: 1'], text);
    const sent =
      plain('1') +
      plain('2') +
      hpub('foo', [DEST], '3') +
      plain('4') +
      hpub('foo', [DEST, ONLY], '5') +
      plain('6');
    expect(await verbose.send(sent).settle()).to.deep.equal(Array.from({ length: 6 }, () => '+OK'));
    expect((await one.settle()).map((frame) => frame.at(-1)).join('')).to.equal('12346');
    expect(await a.settle()).to.have.lengthOf(2);
  });

  it('have a limit to their events, and the message none to its receivers', async () => {
    const count = MAX_TRACE_EVENTS + 500;
    const subscriptions = Array.from({ length: count }, (_, n) => `SUB foo ${n + 1}\r\n`).join('');
    await one.send(subscriptions).settle();
    expect((await traceOf(a, hpub('foo', [DEST, ONLY]))).events).to.have.lengthOf(MAX_TRACE_EVENTS);
    await one.expectSilence();
    expect((await traceOf(a, hpub('foo', [DEST]))).events).to.have.lengthOf(MAX_TRACE_EVENTS);
    expect(await one.settle()).to.have.lengthOf(count);
  });

  it('show the first lines of a header block that is very long', async () => {
    const line = (n: number) => `X-${n}: ${'y'.repeat(100)}`;
    const headers = [DEST, ...Array.from({ length: 1_000 }, (_, n) => line(n))];
    const { header } = (await traceOf(a, hpub('foo', headers))).request;
    expect(header).to.include.keys('Nats-Trace-Dest', 'X-0', 'X-100').and.not.include.keys('X-200', 'X-999');
    expect(Object.keys(header)).to.have.length.below(MAX_TRACED_HEADER_BYTES / 100);
  });

  it('are of messages whose search takes several turns as well', async () => {
    const depth = 12;
    const patterns = Array.from({ length: 2 ** depth }, (_, n) =>
      [...Array.from({ length: depth }, (_, bit) => ((n >> bit) & 1 ? '*' : 'a')), 'z'].join('.'),
    );
    await one.send(patterns.map((subject, n) => `SUB ${subject} ${n + 1}\r\n`).join('')).settle();
    const subject = `${'a.'.repeat(depth)}none`;
    const sent = hpub(subject, [DEST]) + hpub(subject, [DEST, ONLY]);
    const frames = await a.send(sent).settle();
    expect(frames.map((frame) => traceIn(frame).events.length)).to.deep.equal([1, 1]);
  });

  it('end a client that is not logged in', async () => {
    const peer = await harness.open('nats');
    await peer.next();
    peer.send(hpub('foo', [DEST]));
    await peer.expectEnd('fin', "-ERR 'Authorization Violation'");
    await a.expectSilence();
  });
});
