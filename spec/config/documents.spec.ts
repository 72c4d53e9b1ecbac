import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'smol-toml';
import { dashed } from '../../lib/cli/flag-set.js';
import { FLAGS } from '../../lib/cli/flags.js';
import { FIELDS } from '../../lib/config/fields.js';
import { readConfigFile } from '../../lib/config/file.js';
import { settingsIn } from '../../lib/config/settings-in.js';
import { showPath } from '../../lib/config/show.js';
import { configFrom, loadConfig, printConfig } from '../../lib/config.js';
import { configMarkdown, configToml, document } from '../support/config/documents.js';
import { problemsOf } from '../support/config/problems.js';
import { settingsTypes } from '../support/embed/settings-types.js';

/** What is in the table and in `config.toml`; users, accounts and their like are described by hand. */
const plainKeys = [...FIELDS.values()].filter(({ kind }) => kind !== 'tree').map(({ key }) => key);

describe('config documents', () => {
  it('config.toml is what the schema writes', () => {
    expect(document('config.toml', configToml)).to.equal(configToml());
  });

  it('config.toml holds every key, and each with its default', async () => {
    const { given, problems } = await readConfigFile('config.toml');
    expect(problems).to.deep.equal([]);
    expect(given.map(({ field }) => field.key)).to.have.members(plainKeys);
    expect((await loadConfig({ file: 'config.toml' })).config).to.deep.equal(configFrom());
  });

  it('docs/config.md has the table that the schema writes', () => {
    const text = document('docs/config.md', configMarkdown);
    expect(text).to.equal(configMarkdown(text));
    for (const key of plainKeys) expect(text).to.include(`| \`${key}\` |`);
  });

  it('lib/embed/settings-types.ts has the settings that the schema writes', () => {
    expect(document('lib/embed/settings-types.ts', settingsTypes)).to.equal(settingsTypes());
  });

  it('every flag that a key names is one of the program', () => {
    const known = new Set(FLAGS.names.map(dashed));
    const named = [...FIELDS.values()].flatMap(({ flag }) => flag?.match(/(?<![\w-])--?[\w-]+/g) ?? []);
    expect(named.filter((flag) => flag !== '-DV' && !known.has(flag))).to.deep.equal([]);
    expect(named).to.include('--line');
  });

  const examples = [...readFileSync('docs/config.md', 'utf8').matchAll(/^```toml\n([\s\S]*?)^```$/gm)];
  it('docs/config.md has examples', () => expect(examples).to.have.length.of.at.least(6));
  for (const [index, [, toml = '']] of examples.entries()) {
    it(`example ${index + 1} of docs/config.md is right`, async () => {
      const { given, problems } = settingsIn(parse(toml), showPath);
      expect(problems).to.deep.equal([]);
      const { config, settings } = await loadConfig({ flags: { given, problems } });
      expect(config).not.to.deep.equal(configFrom());
      expect(printConfig(settings)).to.include('listener = ');
      expect(problemsOf(toml)).to.deep.equal([]);
    });
  }
});
