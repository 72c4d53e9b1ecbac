import { expect } from 'chai';
import { METRICS } from '../../lib/monitor/metrics/own.js';
import { document } from '../support/config/documents.js';

const PATH = 'docs/prometheus.md';
const MARK = /(<!-- metrics: written from lib\/monitor\/metrics\/own.ts -->\n)[\s\S]*?(<!-- \/metrics -->)/;

function table(): string {
  const rows = METRICS.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  return ['| metric | type | labels | what |', '|---|---|---|---|', ...rows, ''].join('\n');
}

describe('the page on metrics', () => {
  it(`${PATH} has a row for each; if not: UPDATE_DOCS=1 make test`, () => {
    const text = document(PATH, (current) =>
      current.replace(MARK, (_, start: string, end: string) => `${start}${table()}${end}`),
    );
    expect(text).to.include(table());
  });
});
