import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from './cli/command.js';
import { ask, run } from './command.js';
import { ROOT } from './find/places.js';
import type { Report } from './report.js';

const KUBERNETES = `${ROOT}deploy/kubernetes/sluice.yaml`;
const UNIT = `${ROOT}deploy/sluice.service`;

/** The manifest is valid by the schemas of Kubernetes, with no key that these do not have. */
async function manifest(): Promise<void> {
  const { code, text } = await run('kubernetes-validate', ['--strict', KUBERNETES]);
  expect(code === 0 && !/error|warning/i.test(text), `${code}: ${text}`);
}

/** systemd finds nothing to say of the unit, as it would be where sluice is installed. */
async function unit(directory: string): Promise<void> {
  const where = mkdtempSync(join(directory, 'unit-'));
  const file = join(where, 'sluice.service');
  cpSync(UNIT, file);
  const { code, text } = await run('systemd-analyze', ['verify', '--man=no', file]);
  const own = text.split('\n').filter((line) => line.includes('sluice'));
  expect(code === 0 && own.length === 0, `${code}: ${text}`);
}

/** Has the tools of Kubernetes and of systemd check what is in `deploy`. */
export async function deployChecks(report: Report, directory: string): Promise<void> {
  const validate = await ask('kubernetes-validate', '--version');
  if (validate === undefined)
    report.missing({
      name: 'kubernetes-validate',
      reason: 'not on PATH (pip install kubernetes-validate)',
    });
  const systemd = await ask('systemd-analyze', '--version');
  if (systemd === undefined) report.missing({ name: 'systemd-analyze', reason: 'not on PATH' });
  const checks = [
    ['kubernetes-validate', validate, 'manifest', manifest],
    ['systemd-analyze', systemd, 'unit', () => unit(directory)],
  ] as const;
  for (const [name, version, scenario, check] of checks) {
    if (version === undefined) continue;
    report.begin({ name, version: /\d[\w.]*/.exec(version)?.[0] ?? '' });
    await check().then(
      () => report.add(scenario, { kind: 'passed' }),
      (error: unknown) => report.add(scenario, { kind: 'failed', reason: String(error) }),
    );
  }
}
