import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ran } from '../../support/cli/subcommands.js';
import { freshDirectory } from '../../support/process.js';

/** `sluice check` with these words where there are these files. */
function check(files: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const cwd = freshDirectory();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return ran(['check', ...words], { cwd });
}

const QUIET = 'line = { enabled = false }\n';

describe('sluice check', () => {
  it('finds ./config.toml right', async () => {
    expect(await check({ 'config.toml': QUIET })).to.deep.equal({
      code: 0,
      out: 'config.toml is valid\n',
      err: '',
    });
  });

  it('checks what it starts with without a file', async () => {
    const { code, out } = await check({});
    expect({ code, out }).to.deep.equal({ code: 0, out: 'the configuration, without a file, is valid\n' });
  });

  it('says every thing that is wrong with TOML', async () => {
    const { code, out, err } = await check(
      { 'a.toml': 'listener = "x:99999"\n[flow]\nhigh = 3\n' },
      'a.toml',
    );
    expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    expect(err)
      .to.match(/^sluice: a\.toml:1:1: listener = "x:99999": not an address, allowed: /)
      .and.match(/^sluice: a\.toml:3:1: flow\.high: unknown key, allowed: flow\.policy, /m);
  });

  it("says where it is wrong in nats-server's language", async () => {
    const { code, err } = await check({ 'a.conf': 'port: 4222\n  max_payload: fast\n' }, '-c', 'a.conf');
    expect(code).to.equal(1);
    expect(err).to.match(/^sluice: a\.conf:2:\d+: max_payload/);
  });

  it('warns of control that no user has a login for', async () => {
    const { code, err } = await check(
      { 'a.toml': `monitor = { listener = "127.0.0.1:8222", control = true }\n${QUIET}` },
      'a.toml',
    );
    expect({ code, err }).to.deep.equal({
      code: 0,
      err: 'sluice: warning: monitor.control: no login allows it, as the system account, "$SYS", has no user with a password\n',
    });
  });

  it('warns of what others can reach or overhear', async () => {
    const open = await check({ 'a.toml': `listener = "0.0.0.0:4222"\n${QUIET}` }, 'a.toml');
    expect(open.code).to.equal(0);
    expect(open.err).to.match(
      /^sluice: warning: anyone who reaches 0\.0\.0\.0:4222 may publish and subscribe: /,
    );
    const heard = await check(
      { 'a.toml': `listener = "0.0.0.0:4222"\nauthorization = { token = "secret" }\n${QUIET}` },
      'a.toml',
    );
    expect(heard).to.deep.include({ code: 0, out: 'a.toml is valid\n' });
    expect(heard.err).to.equal(
      'sluice: warning: passwords and tokens go to 0.0.0.0:4222 in the clear: no tls is configured\n',
    );
  });

  it('reads the files that it names', async () => {
    const tls = 'tls = { cert_file = "none.pem", key_file = "none.pem" }\n';
    const { code, err } = await check({ 'a.toml': tls }, 'a.toml');
    expect(code).to.equal(1);
    expect(err).to.match(/^sluice: a\.toml:1:9: tls\.cert_file = "none\.pem": cannot be read: /);
    const cwd = freshDirectory();
    writeFileSync(join(cwd, 'a.toml'), tls);
    expect(await ran(['-t', '-c', 'a.toml'], { cwd })).to.deep.include({ code: 1, err });
  });

  it('prints what it amounts to, secrets left out', async () => {
    const text = `${QUIET}authorization = { token = "hunter2" }\nserver_name = "me"\n`;
    const { code, out } = await check({ 'a.toml': text }, '--print', 'a.toml');
    expect(code).to.equal(0);
    expect(out).to.include('server_name = "me"').and.include('token = "********"').and.not.include('hunter2');
  });

  it('takes one file', async () => {
    expect((await check({}, 'a', 'b')).code).to.equal(2);
    expect((await check({}, 'a', '-c', 'b')).err).to.match(/^sluice: check: a: a second file, allowed: one/);
    expect(await check({}, 'none.toml')).to.deep.include({
      code: 1,
      err: 'sluice: none.toml: no such file or directory\n',
    });
  });
});
