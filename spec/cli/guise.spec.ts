import { expect } from 'chai';
import { guiseOf } from '../../lib/cli/guise.js';
import { loadConfig } from '../../lib/config.js';

describe('cli/guise', () => {
  for (const names of [
    ['/a/dist/cli.js', 'node'],
    ['/usr/bin/sluice'],
    ['/nats-server/cli.js'],
    ['nats-server2'],
  ]) {
    it(`is sluice as ${names}`, () => {
      const guise = guiseOf(names);
      expect(guise).to.include({ program: 'sluice', hasDefaultFile: true, portsFilePrefix: 'nats-server' });
      expect(guise.versionLine).to.match(/^sluice \d\S* \(nats-server: v2\.\d+\.\d+\)$/);
      expect(guise.defaults.given).to.deep.equal([]);
    });
  }

  for (const [names, portsFilePrefix] of [
    [['/usr/bin/nats-server', 'node'], 'nats-server'],
    [['/a/cli.js', 'nats-server'], 'nats-server'],
    [['/a/my-nats-server'], 'my-nats-server'],
    [['nats-server.exe'], 'nats-server.exe'],
  ] as const) {
    it(`is nats-server as ${names}`, () => {
      const guise = guiseOf(names);
      expect(guise).to.include({ program: 'nats-server', hasDefaultFile: false, portsFilePrefix });
      expect(guise.versionLine).to.match(/^nats-server: v2\.\d+\.\d+$/);
    });
  }

  it("has nats-server's defaults, over which all else wins", async () => {
    const { defaults } = guiseOf(['nats-server']);
    const bare = (await loadConfig({ defaults })).settings;
    expect(bare).to.deep.include({ log: { ...bare.log, format: 'nats' } });
    expect(bare.line.enabled).to.equal(false);
    const environment = { SLUICE_LOG_FORMAT: 'json', SLUICE_LINE_ENABLED: 'true' };
    const { settings } = await loadConfig({ defaults, environment, port: '5222' });
    expect(settings.log.format).to.equal('json');
    expect(settings.line.enabled).to.equal(true);
  });
});
