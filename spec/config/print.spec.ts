import { expect } from 'chai';
import { parse } from 'smol-toml';
import { FIELDS } from '../../lib/config/fields.js';
import { settingsIn } from '../../lib/config/settings-in.js';
import { loadConfig, printConfig } from '../../lib/config.js';

function load(settings: Readonly<Record<string, unknown>>) {
  return loadConfig({ flags: settingsIn(settings, 'test') });
}

describe('config/print', () => {
  it('prints every key once, in a form that is read back as the same', async () => {
    const first = await load({
      listener: '[::1]:-1',
      server_name: 'a"b\\c',
      flow: { write_deadline: '1500ms', high_water: 1_000_000 },
    });
    const printed = parse(printConfig(first.settings));
    expect(settingsIn(printed, 'test').given.map(({ field }) => field.key)).to.have.members([
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
});
