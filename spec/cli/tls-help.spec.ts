import { expect } from 'chai';
import { tlsHelpText } from '../../lib/cli/tls-help.js';
import { ciphersOption, curvesOption } from '../../lib/config/tls-names.js';

describe('--help_tls', () => {
  const text = tlsHelpText();
  const listed = (heading: RegExp): string[] =>
    text
      .slice(text.search(heading))
      .split('\n\n')[0]!
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
      .filter((line) => line !== '');

  it('lists cipher suites and curves that a configuration may have', () => {
    const suites = listed(/^Cipher suites/m);
    expect(suites).to.include('TLS_AES_128_GCM_SHA256').and.to.include('ECDHE-RSA-AES128-GCM-SHA256');
    for (const suite of suites) expect(() => ciphersOption([suite]), suite).not.to.throw();
    const curves = listed(/^Curves/m);
    expect(curves).to.include('X25519').and.to.include('CurveP256');
    for (const curve of curves) expect(() => curvesOption([curve]), curve).not.to.throw();
  });
});
