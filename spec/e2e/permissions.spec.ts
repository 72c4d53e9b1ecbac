import { expect } from 'chai';
import { login, options } from '../support/e2e/accounts.js';
import { type Client, Harness, msg, OVER, pub, QUIET } from '../support/harness.js';
import { noResponders } from '../support/no-responders.js';

const USERS = [
  {
    user: 'a',
    password: 'p',
    permissions: {
      publish: { allow: ['pub.>', 'q.*'], deny: ['pub.no.*'] },
      subscribe: {
        allow: ['sub.>', '_INBOX.>', 'qq g', 'qw *.prod'],
        deny: ['sub.no', 'sub.d.*', 'sub.dq q'],
      },
    },
  },
  {
    user: 'deny',
    password: 'p',
    permissions: { publish: { deny: ['x.>'] }, subscribe: { deny: ['foo.secret'] } },
  },
  { user: 'once', password: 'p', permissions: { subscribe: 'req.>', allow_responses: true } },
  {
    user: 'twice',
    password: 'p',
    permissions: { subscribe: 'req.>', publish: 'ok', allow_responses: { max: 2 } },
  },
  {
    user: 'briefly',
    password: 'p',
    permissions: { subscribe: 'req.>', publish: 'ok', allow_responses: { max: -1, expires: '20ms' } },
  },
  {
    user: 'often',
    password: 'p',
    permissions: { subscribe: 'req.>', publish: { deny: ['in.3'] }, allow_responses: { max: -1 } },
  },
  { user: 'nothing', password: 'p', permissions: { publish: { allow: [] }, subscribe: { allow: [] } } },
  { user: 'deaf', password: 'p', permissions: { subscribe: { deny: ['_INBOX.>'] } } },
  { user: 'full', password: 'p' },
];

const error = (what: string) => `-ERR 'Permissions Violation for ${what}'`;

/** What is sent, what is answered where it is refused; else +OK to who is verbose. */
const ROWS: readonly (readonly [sent: string, refused: string | undefined])[] = [
  [pub('pub.a', 'x'), undefined],
  [pub('pub.a', 'x', 'any.reply'), undefined],
  [pub('pub.no.x', 'x'), error('Publish to "pub.no.x"')],
  [pub('no', 'x'), error('Publish to "no"')],
  [pub('q.a.b', 'x'), error('Publish to "q.a.b"')],
  [pub('pub.a', 'x', '_R_.a'), error('Publish with Reply of "_R_.a"')],
  [pub('pub.a', 'x', '_R_.'), error('Publish with Reply of "_R_."')],
  [pub('pub.a', 'x', '_GR_.a.b'), error('Publish with Reply of "_GR_.a.b"')],
  [pub('pub.a', 'x', '$JS.ACK.x'), error('Publish with Reply of "$JS.ACK.x"')],
  [pub('no', 'x', '_R_.a'), error('Publish to "no"')],
  [pub('_GR_.x', 'x'), error('Publish to "_GR_.x"')],
  [pub('a"b', 'x'), error('Publish to "a\\"b"')],
  [pub('a\\b', 'x'), error('Publish to "a\\\\b"')],
  [pub('aéb', 'x'), error('Publish to "aéb"')],
  [pub('a\x01b', 'x'), error('Publish to "a\\x01b"')],
  [pub('a\x07b', 'x'), error('Publish to "a\\ab"')],
  [pub('a\x0bb', 'x'), error('Publish to "a\\vb"')],
  [pub('a\x7fb', 'x'), error('Publish to "a\\x7fb"')],
  [pub('a\x80b', 'x'), error('Publish to "a\\u0080b"')],
  [pub('a\u2028b', 'x'), error('Publish to "a\\u2028b"')],
  [pub('a\u200bb', 'x'), error('Publish to "a\\u200bb"')],
  [pub('a\u00a0b', 'x'), error('Publish to "a\\u00a0b"')],
  [pub('😀', 'x'), error('Publish to "😀"')],
  [pub('\u{e0001}', 'x'), error('Publish to "\\U000e0001"')],
  ['SUB sub.> 1\r\n', undefined],
  ['SUB no 1\r\n', error('Subscription to "no"')],
  ['SUB no"x q\u2028 1\r\n', error('Subscription to "no\\"x" using queue "q\\u2028"')],
  ['SUB sub.no 1\r\n', error('Subscription to "sub.no"')],
  ['SUB sub.no q 1\r\n', error('Subscription to "sub.no" using queue "q"')],
  ['SUB sub.d.* 1\r\n', error('Subscription to "sub.d.*"')],
  ['SUB sub.* 1\r\n', undefined],
  ['SUB > 1\r\n', error('Subscription to ">"')],
  ['SUB qq g 1\r\n', undefined],
  ['SUB qq h 1\r\n', error('Subscription to "qq" using queue "h"')],
  ['SUB qw x.prod 1\r\n', undefined],
  ['SUB qw prod 1\r\n', error('Subscription to "qw" using queue "prod"')],
  ['SUB sub.dq q 1\r\n', error('Subscription to "sub.dq" using queue "q"')],
  ['SUB sub.dq z 1\r\n', undefined],
  ['SUB sub.dq 1\r\n', undefined],
  ['SUB sub.a _sys_ 1\r\n', error('Subscription to "sub.a" using queue "_sys_"')],
  ['SUB sub..a 1\r\n', error('Subscription to "sub..a"')],
  ['SUB sub.b.c.d.e 1\r\n', error('Subscription to "sub.b.c.d.e", too many tokens')],
  ['SUB a.b.c.d.e 1\r\n', error('Subscription to "a.b.c.d.e"')],
];

describe('permissions', () => {
  let harness: Harness;
  let full: Client;
  const as = (user: string, more: object = {}) => login(harness, user, 'pair', more);
  beforeEach(async () => {
    harness = await Harness.start({ authorization: { users: USERS }, limits: { max_subject_tokens: 4 } });
    full = await as('full');
  });
  afterEach(() => harness.stop());

  for (const verbose of [false, true]) {
    for (const pedantic of [false, true]) {
      it(`are answered in order, ${verbose ? '' : 'not '}verbose, ${pedantic ? '' : 'not '}pedantic`, async () => {
        const a = await as('a', { verbose, pedantic });
        const expected = ROWS.flatMap(([, refused]) => [refused ?? (verbose ? '+OK' : [])].flat());
        a.send(...ROWS.map(([sent]) => sent));
        expect(await a.settle()).to.deep.equal(expected);
      });
    }
  }

  for (const over of OVER) {
    for (const [sent, refused] of ROWS) {
      it(`${JSON.stringify(sent)} over a ${over}: ${refused ?? '+OK'}`, async () => {
        const a = await login(harness, 'a', over, { verbose: true });
        await a.send(sent).expect(refused ?? '+OK');
      });
    }
  }

  it('are asked of each publish: what is refused is not delivered, what is around it is', async () => {
    const a = await as('a');
    await full.send('SUB > 1\r\n').settle();
    a.send(['pub.a', 'no', 'pub.b', 'pub.no.x', 'q.a', 'q.a.b'].map((subject) => pub(subject, 'x')).join(''));
    await a.settle();
    expect(await full.settle()).to.deep.equal(
      ['pub.a', 'pub.b', 'q.a'].map((subject) => msg(subject, 1, 'x')),
    );
  });

  it('come after a complaint about a wildcard to who is pedantic', async () => {
    const a = await as('a', { pedantic: true });
    await a.send(pub('no.*', 'x')).expect("-ERR 'Invalid Publish Subject'", error('Publish to "no.*"'));
  });

  it('hold back what is denied from a wider subscription', async () => {
    const d = await as('deny');
    await d.send('SUB foo.* 1\r\nSUB > 2\r\n').settle();
    await full.send(pub('foo.secret', 'x'), pub('foo.open', 'x'), pub('foo.secret', 'y')).settle();
    expect((await d.settle()).sort()).to.deep.equal([msg('foo.open', 1, 'x'), msg('foo.open', 2, 'x')]);
  });

  it('give a message denied to one member of a queue group to another', async () => {
    const d = await as('deny');
    await d.send('SUB foo.> q 1\r\n').settle();
    await full.send('SUB foo.> q 1\r\n').settle();
    const publisher = await as('full');
    await publisher.send(Array.from({ length: 20 }, (_, n) => pub('foo.secret', `${n}`)).join('')).settle();
    expect(await full.settle()).to.deep.equal(
      Array.from({ length: 20 }, (_, n) => msg('foo.secret', 1, `${n}`)),
    );
    await d.expectSilence();
  });

  it('tell a requester at once that who is there may not hear it', async () => {
    const d = await as('deny');
    await d.send('SUB foo.* 1\r\n').settle();
    full.send('SUB in 1\r\n', pub('foo.secret', 'x', 'in'));
    await full.expect(noResponders('in', 1, 'foo.secret'));
  });

  it('leave a requester who may not hear its reply without an answer', async () => {
    const deaf = await as('deaf');
    deaf.send('SUB _INBOX.1 1\r\n', pub('nobody', 'x', '_INBOX.1'));
    expect(await deaf.settle()).to.deep.equal([error('Subscription to "_INBOX.1"')]);
    deaf.send('SUB > 2\r\nUNSUB 2 1\r\n', pub('one', 'x'), pub('nobody', 'x', '_INBOX.1'));
    await deaf.expect(msg('one', 2, 'x'));
    await deaf.expectSilence();
  });

  it('of nothing allow nothing', async () => {
    const nothing = await as('nothing');
    nothing.send('SUB a 1\r\n', pub('a', 'x'));
    await nothing.expect(error('Subscription to "a"'), error('Publish to "a"'));
  });

  it('allow a reply to what one was sent, and no other', async () => {
    const once = await as('once');
    await full.send('SUB in.> 1\r\n').settle();
    await once.send('SUB req.> 1\r\n').settle();
    await once.send(pub('in.1', 'x')).expect(error('Publish to "in.1"'));
    await full.send(pub('req.1', 'q', 'in.1')).settle();
    await once.expect(msg('req.1', 1, 'q', 'in.1'));
    once.send(pub('in.1', 'yes'), pub('in.1', 'no'), pub('in.2', 'no'));
    await once.expect(error('Publish to "in.1"'), error('Publish to "in.2"'));
    await full.expect(msg('in.1', 1, 'yes'));
    await full.expectSilence();
  });

  it('allow so many replies, beside what may be published', async () => {
    const twice = await as('twice');
    await full.send('SUB in.> 1\r\n').settle();
    await twice.send('SUB req.> 1\r\n').settle();
    await full.send(pub('req.1', 'q', 'in.1')).settle();
    await twice.expect(msg('req.1', 1, 'q', 'in.1'));
    await twice.send(pub('ok', 'x'), pub('no', 'x')).expect(error('Publish to "no"'));
    twice.send(pub('in.1', '1'), pub('in.1', '2'), pub('in.1', '3'));
    await twice.expect(error('Publish to "in.1"'));
    await full.expect(msg('in.1', 1, '1'), msg('in.1', 1, '2'));
    await full.expectSilence();
  });

  it('allow replies for so long', async () => {
    const briefly = await as('briefly');
    await briefly.send('SUB req.> 1\r\n').settle();
    await full.send(pub('req.1', 'q', 'in.2')).settle();
    await briefly.expect(msg('req.1', 1, 'q', 'in.2'));
    let heard: readonly string[] = [];
    while (heard.length === 0) heard = await briefly.send(pub('in.2', 'again')).settle();
    expect(heard).to.deep.equal([error('Publish to "in.2"')]);
  });

  it('allow any number of replies, whatever else is denied', async () => {
    const often = await as('often');
    await full.send('SUB in.> 1\r\n').settle();
    await often.send('SUB req.> 1\r\n').settle();
    await full.send(pub('req.1', 'q', 'in.3')).settle();
    await often.send(pub('in.3', '1'), pub('in.3', '2'), pub('in.3', '3')).settle();
    await full.expect(...['1', '2', '3'].map((text) => msg('in.3', 1, text)));
  });

  it('are those of the last CONNECT', async () => {
    const x = await as('full');
    await x.send('SUB sub.no 1\r\nSUB sub.> 2\r\nSUB other q 3\r\n').settle();
    x.send(`CONNECT ${JSON.stringify(options('a'))}\r\nSUB sub.no 1\r\nSUB sub.> 2\r\n`);
    await x.expect(error('Subscription to "sub.no"'));
    await full.send(...['sub.no', 'sub.d.x', 'other', 'sub.ok'].map((subject) => pub(subject, 'x'))).settle();
    await x.expect(msg('sub.ok', 2, 'x'));
    x.send(`CONNECT ${JSON.stringify({ ...QUIET, user: 'full', pass: 'p' })}\r\nSUB sub.> 3\r\n`);
    await x.settle();
    await full.send(pub('sub.d.x', 'x')).settle();
    await x.expect(msg('sub.d.x', 3, 'x'));
    await x.expectSilence();
  });
});
