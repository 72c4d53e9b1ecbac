import { expect } from 'chai';
import type { SettingsInput } from '../../lib/config.js';
import { login } from '../support/e2e/accounts.js';
import { Harness, pub } from '../support/harness.js';

const SUBJECT = '$SYS.REQ.USER.INFO';
const publish = { allow: [SUBJECT], deny: ['x.>'] };

/** Settings, CONNECT, and what the broker says of the user: what nats-server 2.10 says. */
const ROWS: readonly (readonly [name: string, settings: SettingsInput, connect: object, data: object])[] = [
  ['no user', {}, { user: undefined, pass: undefined }, { user: '', account: '$G' }],
  ['a user name where none is needed', {}, { user: 'zed' }, { user: 'zed', account: '$G' }],
  [
    'the one user',
    { authorization: { user: 'u', password: 'p' } },
    { user: 'u' },
    { user: 'u', account: '$G' },
  ],
  [
    'who has the token',
    { authorization: { token: 't' } },
    { auth_token: 't', user: undefined, pass: undefined },
    { user: '[REDACTED]', account: '$G' },
  ],
  [
    'the no_auth_user',
    { authorization: { no_auth_user: 'u', users: [{ user: 'u', password: 'p' }] } },
    { user: undefined, pass: undefined },
    { user: 'u', account: '$G' },
  ],
  [
    'a user of an account',
    { accounts: { A: { users: [{ user: 'u', password: 'p' }] } } },
    { user: 'u' },
    { user: 'u', account: 'A' },
  ],
  [
    'a user with rules for publishing',
    { authorization: { users: [{ user: 'u', password: 'p', permissions: { publish } }] } },
    { user: 'u' },
    { user: 'u', account: '$G', permissions: { publish, subscribe: {} } },
  ],
  [
    'a user with rules for queue groups, of which only the subjects are told',
    {
      authorization: {
        users: [
          {
            user: 'u',
            password: 'p',
            permissions: { subscribe: { allow: ['in', 'y q'], deny: ['bar.> dq', 'z'] } },
          },
        ],
      },
    },
    { user: 'u' },
    {
      user: 'u',
      account: '$G',
      permissions: { publish: {}, subscribe: { allow: ['in', 'y'], deny: ['bar.>', 'z'] } },
    },
  ],
  [
    'who may answer',
    {
      authorization: {
        users: [
          {
            user: 'u',
            password: 'p',
            permissions: { publish: SUBJECT, allow_responses: { max: 3, expires: '1m' } },
          },
        ],
      },
    },
    { user: 'u' },
    {
      user: 'u',
      account: '$G',
      permissions: {
        publish: { allow: [SUBJECT] },
        subscribe: {},
        responses: { max: 3, ttl: 60_000_000_000 },
      },
    },
  ],
  [
    'who has the default permissions',
    {
      authorization: {
        users: [{ user: 'u', password: 'p' }],
        default_permissions: { publish: [SUBJECT] },
      },
    },
    { user: 'u' },
    { user: 'u', account: '$G', permissions: { publish: { allow: [SUBJECT] }, subscribe: {} } },
  ],
];

describe('what a client hears of itself', () => {
  let harness: Harness | undefined;
  afterEach(() => harness?.stop());

  for (const [name, settings, connect, data] of ROWS) {
    it(name, async () => {
      harness = await Harness.start(settings);
      const client = await login(harness, 'u', 'pair', connect);
      client.send('SUB in 1\r\n', pub(SUBJECT, '', 'in'), pub(SUBJECT, ''));
      const [head, body = ''] = (await client.next()).split('\r\n');
      expect(head).to.match(/^MSG in 1 \d+$/);
      expect(body, 'escaped as Go does').to.not.match(/[<>&]/);
      const answer = JSON.parse(body) as { server: object; data: Record<string, unknown> };
      const { account_name: accountName, ...rest } = answer.data;
      expect(rest).to.deep.equal(data);
      expect(accountName).to.equal(rest['account']);
      expect(answer.server).to.have.all.keys(
        'name',
        'host',
        'id',
        'ver',
        'jetstream',
        'flags',
        'seq',
        'time',
      );
      await client.expectSilence();
    });
  }

  it('comes in the order of the questions, and each has a number of its own', async () => {
    harness = await Harness.start();
    const client = await login(harness, 'u');
    client.send('SUB in.* 1\r\n', ...[1, 2, 3].map((n) => pub(SUBJECT, '', `in.${n}`)));
    const frames = await client.nextOnes(3);
    expect(frames.map((frame) => frame.split(' ')[1])).to.deep.equal(['in.1', 'in.2', 'in.3']);
    const numbers = frames.map(
      (frame) => (JSON.parse(frame.split('\r\n')[1]!) as { server: { seq: number } }).server.seq,
    );
    expect(new Set(numbers).size).to.equal(3);
  });

  it('is heard by a line client, too', async () => {
    harness = await Harness.start({ accounts: { A: { users: [{ user: 'u', password: 'p' }] } } });
    const nats = await login(harness, 'u');
    await nats.send(`SUB ${SUBJECT} 1\r\n`).settle();
    const line = await harness.connect('line');
    await line.send('AUTH u p\n').expect('OK AUTH');
    await line.send(`PUB ${SUBJECT} x\n`).expect(`OK PUB ${SUBJECT}`);
    await line.expectSilence(); // it gave no reply subject
    expect((await nats.next()).startsWith(`MSG ${SUBJECT} 1 1`)).to.equal(true);
  });
});
