import { expect } from 'chai';
import { preferredFormat } from '../../../lib/monitor/metrics/accept.js';

const ROWS: readonly (readonly [accept: string | undefined, format: string])[] = [
  [undefined, 'prometheus'],
  ['', 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'prometheus'],
  ['text/plain', 'prometheus'],
  ['application/openmetrics-text', 'openmetrics'],
  ['Application/OpenMetrics-Text; version=1.0.0; charset=utf-8', 'openmetrics'],
  // Prometheus 2.42
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  ['text/plain;version=0.0.4;q=1,application/openmetrics-text;q=0.2', 'prometheus'],
  ['application/openmetrics-text;q=0', 'prometheus'],
  ['application/openmetrics-text;q=nonsense', 'prometheus'],
];

describe('the format of metrics', () => {
  for (const [accept, format] of ROWS)
    it(`is ${format} for ${accept ?? 'no Accept'}`, () => expect(preferredFormat(accept)).to.equal(format));
});
