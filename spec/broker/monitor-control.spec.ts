import { once } from 'node:events';
import { expect } from 'chai';
import type { ControlActions } from '../../lib/broker/monitor-control.js';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { CONTROL_ACTIONS } from '../../lib/monitor/control.js';
import { FakeClock } from '../support/fake-clock.js';
import { Harness } from '../support/harness.js';
import { ask, type Reply } from '../support/monitor/fake.js';
import { until } from '../support/until.js';

const SETTINGS = {
  monitor: { listener: '127.0.0.1:0', control: true, allowed_origins: ['https://dash.example'] },
  system_account: 'SYS',
  accounts: {
    SYS: { users: [{ user: 'admin', password: 'secret' }] },
    A: { users: [{ user: 'ann', password: 'secret' }] },
  },
} satisfies SettingsInput;

function basic(user: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

const MAY = { ...basic('admin', 'secret'), 'sluice-control': '1' };

describe('requests to the monitor that change something', () => {
  let harness: Harness;
  let done: string[];
  afterEach(() => harness.stop());

  async function start(settings: SettingsInput = SETTINGS, offered?: ControlActions): Promise<void> {
    done = [];
    const all = Object.fromEntries(CONTROL_ACTIONS.map((action) => [action, () => void done.push(action)]));
    harness = await Harness.start(settings, undefined, { clock: new FakeClock(), actions: offered ?? all });
  }

  for (const [what, settings] of [
    ['no users', { system_account: undefined, accounts: {} }],
    ['users of other accounts', { accounts: { ...SETTINGS.accounts, SYS: {} } }],
    [
      'a user that logs in with an nkey',
      {
        accounts: { SYS: { users: [{ nkey: `UA6KOMQ67XOE3FHE37W4OXADVXVYISBNLTBUT2LSY5VFKAIJ7CRDR2RZ` }] } },
      },
    ],
  ] as const satisfies readonly (readonly [string, SettingsInput])[])
    it(`that no user may make, with ${what}, are warned of`, async () => {
      await start({ ...SETTINGS, ...settings });
      expect(
        harness.log.map(({ msg }) => msg).filter((msg) => msg.startsWith('monitor.control')),
      ).to.deep.equal([
        `monitor.control: no login allows it, as the system account, "${'system_account' in settings ? '$SYS' : 'SYS'}", has no user with a password`,
      ]);
    });

  it('that a user may make are not warned of', async () => {
    await start();
    expect(harness.log.filter(({ msg }) => msg.startsWith('monitor.control'))).to.deep.equal([]);
  });

  function post(
    path: string,
    headers: Readonly<Record<string, string>> = MAY,
    method = 'POST',
  ): Promise<Reply> {
    return ask(harness.broker.monitorAddress!.port, path, method, headers);
  }

  for (const action of CONTROL_ACTIONS) {
    it(`do «${action}» for a user of the system account`, async () => {
      await start();
      const { status, body } = await post(`/control/${action}`);
      expect([status, body]).to.deep.equal([202, `${action} accepted\n`]);
      await until('it is done', () => done.length > 0);
      expect(done).to.deep.equal([action]);
    });
  }

  const refused: readonly (readonly [
    why: string,
    status: number,
    headers: Readonly<Record<string, string>>,
  ])[] = [
    ['without a login', 401, { 'sluice-control': '1' }],
    ['with a wrong password', 401, { ...MAY, ...basic('admin', 'guess') }],
    ['with an unknown user', 401, { ...MAY, ...basic('nobody', 'secret') }],
    ['with a user of another account', 401, { ...MAY, ...basic('ann', 'secret') }],
    ['with another scheme', 401, { ...MAY, authorization: 'Bearer secret' }],
    ['with a login that is not base64', 401, { ...MAY, authorization: 'Basic §§§' }],
    ['without the header', 403, basic('admin', 'secret')],
    ['from a page of another site', 403, { ...MAY, origin: 'https://evil.example' }],
    ['from a page that may read', 403, { ...MAY, origin: 'https://dash.example' }],
    ['with a foreign Sec-Fetch-Site', 403, { ...MAY, 'sec-fetch-site': 'same-site' }],
    ['by a name that may mean another machine', 403, { ...MAY, host: 'evil.example' }],
  ];
  for (const [why, status, headers] of refused) {
    it(`are refused ${why}`, async () => {
      await start();
      const reply = await post('/control/quit', headers);
      expect(reply.status, reply.body).to.equal(status);
      expect(reply.headers['www-authenticate']).to.equal(
        status === 401 ? 'Basic realm="sluice", charset="UTF-8"' : undefined,
      );
      expect(done).to.deep.equal([]);
      expect(harness.broker.natsAddress).not.to.equal(undefined);
    });
  }

  it('are logged, without the password, when the login is refused', async () => {
    await start();
    await post('/control/quit', { ...MAY, ...basic('admin', 'hunter2') });
    await post('/control/quit', { ...MAY, ...basic('ann', 'secret') });
    const refusals = harness.log.filter(({ msg }) => msg === 'login refused');
    expect(refusals.map(({ user, reason }) => [user, reason])).to.deep.equal([
      ['admin', 'wrong password'],
      ['ann', 'not a user of the system account'],
    ]);
    expect(JSON.stringify(harness.log)).not.to.match(/hunter2|secret/);
  });

  it('are only POST', async () => {
    await start();
    for (const method of ['GET', 'PUT', 'OPTIONS', 'DELETE']) {
      const { status } = await post('/control/quit', MAY, method);
      expect(status, method).to.be.oneOf([404, 405]);
    }
    expect(done).to.deep.equal([]);
  });

  it('name what there is', async () => {
    await start();
    const { status, body } = await post('/control/explode');
    expect([status, body]).to.deep.equal([404, 'not there, allowed: reload, reopen, ldm, quit\n']);
  });

  it('are not there by default', async () => {
    await start({ ...SETTINGS, monitor: { listener: '127.0.0.1:0' } });
    expect((await post('/control/quit')).status).to.equal(405);
    expect(done).to.deep.equal([]);
  });

  it('need users: no client is in the system account without credentials', async () => {
    await start({ monitor: SETTINGS.monitor });
    expect((await post('/control/quit')).status).to.equal(401);
    expect(done).to.deep.equal([]);
  });

  it('say what the program does not offer; closing a broker can by itself', async () => {
    await start(SETTINGS, {});
    expect((await post('/control/reload')).status).to.equal(501);
    const client = await harness.connect('nats', {
      over: 'socket',
      options: { user: 'ann', pass: 'secret' },
    });
    const gone = once(client.wire, 'close');
    expect((await post('/control/quit')).status).to.equal(202);
    client.resume().end();
    await gone;
    await harness.broker.close();
  });

  it('need HTTPS where others than this machine reach the monitor', async () => {
    await start();
    const settings = { monitor: { listener: '0.0.0.0:8222', control: true } };
    expect(() => configFrom(settings)).to.throw('monitor.control: needs monitor.tls');
    expect(() => configFrom({ monitor: { listener: 'localhost:8222', control: true } })).not.to.throw();
  });

  it('are slowed down as logins are', async () => {
    await start();
    for (let i = 0; i < 3; i++) await post('/control/quit', { ...MAY, ...basic('admin', `guess ${i}`) });
    expect(harness.log.filter(({ msg }) => msg === 'login refused').length).to.be.within(1, 3);
    expect((await post('/control/reload')).status).to.equal(202);
  });
});
