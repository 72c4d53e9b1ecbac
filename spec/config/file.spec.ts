import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ConfModule, readConfigFile } from '../../lib/config/file.js';
import { loadConfig } from '../../lib/config.js';
import { SluiceError } from '../../lib/domain/errors.js';

describe('config/file', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-file-'));
  });
  after(() => rm(directory, { recursive: true }));

  async function write(name: string, text: string): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  }

  /** A reader of conf files that knows one file. */
  function conf(settings: Readonly<Record<string, unknown>>, origins: Readonly<Record<string, string>> = {}) {
    const read: unknown[] = [];
    const module: ConfModule = {
      readConf: (path, environment) => {
        read.push([path, environment]);
        return {
          settings,
          origins: new Map(Object.entries(origins)),
          warnings: ['x.conf:9:1: jetstream: ignored'],
          cautions: ['x.conf: empty'],
          problems: ['x.conf:2:1: unknown field "y"'],
          wrong: new Set(['flow.max_pending']),
        };
      },
    };
    return { read, import: async () => module };
  }

  const failing = async (): Promise<ConfModule> => ({
    readConf: () => {
      throw new SluiceError('CONFIG_UNREADABLE', 'from the conf reader');
    },
  });

  const never = async (): Promise<ConfModule> => {
    throw new SluiceError('INTERNAL', 'must not be asked');
  };

  const failure = (reading: Promise<unknown>) =>
    reading.then(
      () => undefined,
      (error: unknown) => error,
    );

  for (const name of ['a.conf', 'a.cfg', 'A.CONF']) {
    it(`reads ${name} as a conf file, even where it is TOML`, async () => {
      const path = await write(name, 'server_name = "toml"');
      const { read, import: importConf } = conf({ server_name: 'conf' });
      const { given, warnings } = await readConfigFile(path, { HOME: '/x' }, importConf);
      expect(given.map(({ value }) => value)).to.deep.equal(['conf']);
      expect(warnings).to.deep.equal(['x.conf:9:1: jetstream: ignored']);
      expect(read).to.deep.equal([[path, { HOME: '/x' }]]);
    });
  }

  for (const name of ['a.toml', 'plain', 'a.config']) {
    it(`reads ${name} as TOML where it is`, async () => {
      const { given } = await readConfigFile(await write(name, 'server_name = "toml"'), {}, never);
      expect(given.map(({ value }) => value)).to.deep.equal(['toml']);
    });
  }

  it('reads what is no TOML as a conf file, unless it is called .toml', async () => {
    const { import: importConf } = conf({ server_name: 'conf' });
    const { given } = await readConfigFile(await write('odd', 'server_name: conf'), {}, importConf);
    expect(given.map(({ value }) => value)).to.deep.equal(['conf']);
    const error = await failure(readConfigFile(await write('odd.toml', 'server_name: conf'), {}, importConf));
    expect(error)
      .to.have.property('message')
      .that.matches(/odd\.toml:1:\d+: not TOML/);
  });

  it('says what is wrong with the TOML where it is neither', async () => {
    const error = await failure(readConfigFile(await write('neither', 'a = '), {}, failing));
    expect(error)
      .to.have.property('message')
      .that.matches(/neither:1:5: not TOML/);
  });

  it('says what is wrong in a conf file', async () => {
    const { problems, cautions, wrong } = await readConfigFile(
      await write('half', 'a: '),
      {},
      conf({}).import,
    );
    expect(problems).to.deep.equal(['x.conf:2:1: unknown field "y"']);
    expect(cautions).to.deep.equal(['x.conf: empty']);
    expect(wrong).to.deep.equal(new Set(['flow.max_pending']));
  });

  it('names keys of a conf file as they are written there', async () => {
    const { import: importConf } = conf(
      {
        nats: { max_payload: 'big' },
        flwo: {},
        accounts: { 'a.b': {} },
        authorization: {
          token: 5,
          users: [
            { user: 'a', password: 'b' },
            { nkey: 'x', user: 3 },
          ],
        },
      },
      {
        'nats.max_payload': 'x.conf:1:0: max_payload',
        'authorization.users': 'x.conf:3:5: users',
        'authorization.users[1].nkey': 'x.conf:4:7: nkey',
        'authorization.token': 'x.conf:8:1: token',
        'accounts.a.b.users[0]': 'x.conf:9:1: accounts.a.b.users[0]',
      },
    );
    const path = await write('b.conf', '');
    const { given, problems } = await readConfigFile(path, {}, importConf);
    const origins = given.map(({ origin }) => origin);
    expect(origins).to.deep.equal([
      'x.conf:1:0: max_payload = "big"',
      `${path}: accounts`,
      'x.conf:8:1: token',
      'x.conf:3:5: users',
    ]);
    expect(problems).to.deep.equal([
      'x.conf:2:1: unknown field "y"',
      `${path}: flwo: unknown table, did you mean [flow]?`,
    ]);
    expect(given[1]?.originOf?.(['a.b', 'users', 0, 'user'])).to.equal(
      'x.conf:9:1: accounts.a.b.users[0].user',
    );
    const users = given.at(-1)?.originOf;
    expect(users?.([1, 'nkey'])).to.equal('x.conf:4:7: nkey');
    expect(users?.([1, 'user'])).to.equal('x.conf:3:5: users[1].user');
  });

  it('is what loadConfig names the parts of trees by', async () => {
    const path = await write(
      'wrong.toml',
      '[[authorization.users]]\nuser = "ann"\npassword = "x"\n[[authorization.users]]\nuser = "ann"\npassword = "y"\n',
    );
    const error = await failure(loadConfig({ file: path }));
    const says = `${path}:5:1: authorization.users[1].user = "ann": is authorization.users[0] already`;
    expect(error).to.have.property('message', says);
  });

  it('leaves alone what refers to a tree that is wrong', async () => {
    const path = await write('tree.toml', '[authorization]\nno_auth_user = "ann"\nusers = [{ user = 3 }]\n');
    const error = await failure(loadConfig({ file: path }));
    const says = `${path}:3:12: authorization.users[0].user = 3: not usable, allowed: text without control characters`;
    expect(error).to.have.property('message', says);
  });
});
