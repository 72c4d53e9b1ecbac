import { expect } from 'chai';
import { personaOf } from '../../lib/cli/persona.js';
import { loadConfig } from '../../lib/config.js';

describe('cli/guise', () => {
  for (const names of [
    ['/a/dist/cli.js', 'node'],
    ['/usr/bin/sluice'],
    ['/nats-server/cli.js'],
    ['nats-server2'],
  ]) {
    it(`is sluice as ${names}`, () => {
      const persona = personaOf(names);
      expect(persona).to.include({ program: 'sluice', hasDefaultFile: true, portsFilePrefix: 'nats-server' });
      expect(persona.versionLine).to.match(/^sluice \d\S* \(nats-server: v2\.\d+\.\d+\)$/);
      expect(persona.defaults.given).to.deep.equal([]);
    });
  }

  for (const [names, portsFilePrefix] of [
    [['/usr/bin/nats-server', 'node'], 'nats-server'],
    [['/a/cli.js', 'nats-server'], 'nats-server'],
    [['/a/my-nats-server'], 'my-nats-server'],
    [['nats-server.exe'], 'nats-server.exe'],
  ] as const) {
    it(`is nats-server as ${names}`, () => {
      const persona = personaOf(names);
      expect(persona).to.include({ program: 'nats-server', hasDefaultFile: false, portsFilePrefix });
      expect(persona.versionLine).to.match(/^nats-server: v2\.\d+\.\d+$/);
    });
  }

  it("has nats-server's defaults, over which all else wins", async () => {
    const { defaults } = personaOf(['nats-server']);
    const bare = (await loadConfig({ defaults })).settings;
    expect(bare).to.deep.include({ log: { ...bare.log, format: 'nats' } });
    expect(bare.line.enabled).to.equal(false);
    const environment = { SLUICE_LOG_FORMAT: 'json', SLUICE_LINE_ENABLED: 'true' };
    const { settings } = await loadConfig({ defaults, environment, port: '5222' });
    expect(settings.log.format).to.equal('json');
    expect(settings.line.enabled).to.equal(true);
  });
});
