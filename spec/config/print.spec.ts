import { expect } from 'chai';
import { parse } from 'smol-toml';
import { FIELDS } from '../../lib/config/fields.js';
import { settingsIn } from '../../lib/config/settings-in.js';
import { showPath } from '../../lib/config/show.js';
import { loadConfig, printConfig } from '../../lib/config.js';

function load(settings: Readonly<Record<string, unknown>>) {
  return loadConfig({ flags: settingsIn(settings, showPath) });
}

describe('config/print', () => {
  it('prints every key once, in a form that is read back as the same', async () => {
    const first = await load({
      listener: '[::1]:-1',
      server_name: 'a"b\\c',
      flow: { write_deadline: '1500ms', high_water: 1_000_000 },
    });
    const printed = parse(printConfig(first.settings));
    expect(settingsIn(printed, showPath).given.map(({ field }) => field.key)).to.have.members([
      ...[...FIELDS.values()].filter(({ kind }) => kind !== 'tree').map(({ key }) => key),
    ]);
    expect((await load(printed)).config).to.deep.equal(first.config);
  });

  it('masks secrets, and only those that are set', async () => {
    const { settings } = await load({ authorization: { user: 'ann', password: 'hunter2', token: '' } });
    const printed = printConfig(settings);
    expect(printed).to.include('user = "ann"\npassword = "********"\ntoken = ""\n');
    expect(printed).not.to.include('hunter2');
  });

  it('masks the logins of hubs, and so do messages about them', async () => {
    const words = ['hunter2', 'a/b@c'];
    for (const word of words)
      for (const url of [`nats-leaf://ann:${encodeURIComponent(word)}@hub`, 'ann:hunter2@hub:7422']) {
        const remotes = [{ url, token: 'hunter2', password: 'hunter2' }];
        const printed = printConfig((await load({ leaf: { remotes } })).settings);
        expect(printed)
          .to.include('********@hub')
          .and.not.to.match(/hunter2|a%2Fb/);
      }
    const wrong = [
      { url: 'natsx://ann:hunter2@hub' },
      { url: ['nats-leaf://hub', 'natsx://ann:a/b@c:hunter2@hub'] },
      { url: 'ann:hunter2@hub:port' },
      { url: 'nats-leaf://hub', seed: 'SUhunter2' },
    ];
    for (const remote of wrong) {
      const error = await load({ leaf: { remotes: [remote] } }).then(
        () => expect.fail('it was taken'),
        (refusal: Error) => refusal,
      );
      expect(error.message, JSON.stringify(remote))
        .to.include('leaf.remotes[0]')
        .and.not.to.include('hunter2');
    }
  });

  const U = `U${'B'.repeat(55)}`;
  const trees = {
    listener: ['127.0.0.1:1', '[::1]:-1'],
    mappings: { 'a.*': 'b.$1', c: [{ dest: 'd', weight: '20%' }] },
    server_tags: ['a', 'b'],
    monitor: { listener: 8222 },
    tls: {
      cert_file: 'c',
      key_file: 'k',
      ca_file: 'a',
      verify: true,
      handshake_first: 'auto',
      cipher_suites: 'TLS_AES_128_GCM_SHA256',
    },
    authorization: {
      default_permissions: { publish: 'a.>', allow_responses: { max: -1, expires: '1500ms' } },
      users: [
        { user: 'a"b', password: '********', permissions: { subscribe: { allow: ['x', 'y q'], deny: [] } } },
        { nkey: U, permissions: { publish: {}, allow_responses: true }, allowed_connection_types: ['line'] },
      ],
    },
    accounts: {
      A: {
        users: [{ user: 'in A', password: '********' }],
        default_permissions: { publish: [] },
        exports: [
          { stream: 'a.>', accounts: ['b.c'] },
          { service: 'r', response_type: 'stream', response_threshold: '1m' },
        ],
      },
      'b.c': { imports: [{ stream: { account: 'A', subject: 'a.*' }, to: '$1' }] },
      empty: {},
      limited: {
        limits: { max_connections: 5 },
        mappings: { 'x.>': { dest: 'y.>', weight: 5, cluster: 'e' } },
      },
    },
  };

  it('prints users, accounts and the like so that they are read back as the same', async () => {
    const first = await load(trees);
    const second = await load(parse(printConfig(first.settings)));
    expect(second.config).to.deep.equal(first.config);
    expect(first.config.authorization.users).to.have.length(3);
    expect(first.config.accounts.map(({ name }) => name)).to.deep.equal(['A', 'b.c', 'empty', 'limited']);
  });

  it('prints operators and the JWTs of accounts likewise', async () => {
    const jwt = 'eyJ0.eyJqdGkiOiJYIn0.c2ln';
    const first = await load({ operator: ['o.jwt', jwt], resolver_preload: { [`A${'C'.repeat(55)}`]: jwt } });
    const second = await load(parse(printConfig(first.settings)));
    expect(second.config).to.deep.equal(first.config);
    expect(first.config.operator?.operators).to.deep.equal(['o.jwt', jwt]);
  });

  it('masks the passwords of users and shows their nkeys', async () => {
    const { settings } = await load({
      authorization: { users: [{ user: 'ann', password: 'hunter2' }, { nkey: U }] },
      accounts: { A: { users: [{ user: 'bob', password: 'hunter3' }] } },
    });
    const printed = printConfig(settings);
    expect(printed).not.to.match(/hunter/);
    expect(printed).to.include('  { user = "ann", password = "********" },\n');
    expect(printed).to.include('[accounts.A]\nusers = [\n  { user = "bob", password = "********" },\n]\n');
    expect(printed).to.include(`nkey = "${U}"`);
  });
});
