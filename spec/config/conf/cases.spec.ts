import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { loadConfig } from '../../../lib/config.js';
import { SluiceError } from '../../../lib/domain/errors.js';

/**
 * Configurations whose first lines say what is right: `# valid`, or each problem as `# line:column: text`. `make diff`
 * asks nats-server about the same files.
 */
const FOLDER = fileURLToPath(new URL('../../../../tools/diff/conf/cases', import.meta.url));
const EMPTY = ': config has no values or is empty';

/** Problems without the path of the file. */
async function problemsOf(file: string): Promise<readonly string[]> {
  try {
    await loadConfig({ file, isStrict: true });
    return [];
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return error.message.split('\n').map((line) => line.replace(file, '').replace(/^:(?=\d)/, ''));
  }
}

describe('config/conf cases', () => {
  for (const name of readdirSync(FOLDER)) {
    const file = join(FOLDER, name);
    const head = readFileSync(file, 'utf8').split('\n');
    const expected = head.flatMap((line) => /^# (\d+:\d+: .*)$/.exec(line)?.[1] ?? []);
    const isValid = head[0] === '# valid';

    it(`${isValid ? 'takes' : 'refuses'} ${name}`, async () => {
      const problems = await problemsOf(file);
      if (isValid || expected.length === 0) {
        expect(problems).to.deep.equal(isValid ? [] : [EMPTY]);
        return;
      }
      const places = (lines: readonly string[]) => lines.map((line) => /^\d+:\d+/.exec(line)?.[0]);
      expect(places(problems), problems.join('\n')).to.deep.equal(places(expected));
      for (const [index, each] of expected.entries()) {
        const text = each.replace(/^\d+:\d+: /, '');
        expect(problems[index]).to.include(text);
      }
    });
  }
});
