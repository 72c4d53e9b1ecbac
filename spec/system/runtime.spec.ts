import { expect } from 'chai';
import { expvarz, profilez } from '../../lib/system/runtime.js';

describe('what the runtime says of itself', () => {
  it('has memory in bytes, and nothing of the command line', () => {
    const { memstats, cmdline } = expvarz() as { memstats: Record<string, number>; cmdline: string[] };
    for (const [name, value] of Object.entries(memstats)) expect(value, name).to.be.at.least(0);
    expect(cmdline).to.deep.equal(['sluice']);
  });

  it('has no profiles', () => {
    expect(profilez('')).to.deep.equal({ profile: null, error: 'Profile name not specified' });
    expect(profilez('cpu')).to.deep.equal({
      profile: null,
      error:
        'Profile "cpu" not found: for profiles start the server with node --inspect, --cpu-prof or --heap-prof',
    });
  });
});
