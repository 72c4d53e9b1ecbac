import { join } from 'node:path';
import type { Outcome } from './client.js';
import { run } from './command.js';
import { ROOT } from './find/places.js';
import type { Report } from './report.js';

const SCRIPT = join(ROOT, 'tools', 'interop', 'page', 'check.mjs');
/** Time that all checks and pictures may take, in milliseconds. */
const PATIENCE_MS = 600_000;

/** Where the pictures of the documentation are; written where INTEROP_PICTURES is set. */
const PICTURES = join(ROOT, 'docs', 'images');

function outcomeOf(verdict: string, reason: string): Outcome {
  return verdict === 'ok' ? { kind: 'passed' } : { kind: 'failed', reason };
}

/** Uses the live page of the monitor in a headless Chromium, where there is one. */
export async function pageChecks(report: Report): Promise<void> {
  const { INTEROP_PICTURES } = process.env;
  const words = INTEROP_PICTURES === undefined ? [] : ['--pictures', PICTURES];
  const sluice = join(ROOT, 'dist', 'cli.js');
  const { code, text } = await run(process.execPath, [SCRIPT, sluice, ...words], { timeoutMs: PATIENCE_MS });
  const name = 'chromium';
  const missing = /^missing: (.*)$/m.exec(text)?.[1];
  if (missing !== undefined) return report.missing({ name, reason: missing });
  report.begin({ name, version: /^version (\S+)$/m.exec(text)?.[1] ?? '' });
  const verdicts = [...text.matchAll(/^(ok|not ok) ([^:\n]+)(?:: (.*))?$/gm)];
  for (const [, verdict = '', check = '', reason = ''] of verdicts)
    report.add(check, outcomeOf(verdict, reason));
  const hasFailed = verdicts.some(([, verdict]) => verdict !== 'ok');
  if (code !== 0 && !hasFailed) report.add('start', { kind: 'failed', reason: text });
}
