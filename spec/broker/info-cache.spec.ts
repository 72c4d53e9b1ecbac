import { expect } from 'chai';
import fc from 'fast-check';
import { InfoCache, infoOf, type ServerState } from '../../lib/broker/info-cache.js';
import { configFrom } from '../../lib/config.js';
import type { Security } from '../../lib/transport/tls.js';

const configs = [configFrom({}), configFrom({ server_name: 'other' })];
const addresses = [undefined, { host: '127.0.0.1', port: 1 }, { host: '::1', port: 2 }];
const securities = [undefined, { allowNonTls: true, verify: false }, { allowNonTls: false, verify: true }];

const standings: fc.Arbitrary<ServerState> = fc.record({
  serverId: fc.constantFrom('N1', 'N2'),
  natsAddress: fc.constantFrom(...addresses),
  authRequired: fc.boolean(),
  lameDuck: fc.boolean(),
  security: fc.constantFrom(...securities) as fc.Arbitrary<Security | undefined>,
});

describe('InfoCache', () => {
  it('says what is so now, whatever was asked before', () => {
    const asked = fc.array(fc.tuple(fc.constantFrom(...configs), standings, fc.boolean()), { maxLength: 20 });
    const property = fc.property(asked, (list) => {
      const cache = new InfoCache();
      for (const [config, serverState, secured] of list)
        expect(cache.of(config, serverState, secured)).to.deep.equal(infoOf(config, serverState, secured));
    });
    fc.assert(property);
  });

  it('names the runtime, as there are clients that take it for granted', () => {
    const [config] = configs;
    const serverState = { serverId: 'N', natsAddress: undefined, authRequired: false, lameDuck: false };
    const { go } = infoOf(config!, { ...serverState, security: undefined }, false);
    expect(go).to.equal(`node${process.versions.node}`);
  });

  it('names no limit of payloads where there is none', () => {
    const serverState = {
      serverId: 'N',
      natsAddress: addresses[1],
      authRequired: false,
      lameDuck: false,
      security: undefined,
    };
    const config = configFrom({ nats: { max_payload: -1 } });
    expect(infoOf(config, serverState, false)).to.include({ max_payload: -1 });
    expect(config.nats.maxPayloadBytes).to.equal(64 * 1024 * 1024);
  });

  it('gives the same object for what is the same', () => {
    const cache = new InfoCache();
    const [config] = configs;
    const serverState = {
      serverId: 'N',
      natsAddress: addresses[1],
      authRequired: false,
      lameDuck: false,
      security: undefined,
    };
    expect(cache.of(config!, serverState, false)).to.equal(cache.of(config!, { ...serverState }, false));
  });
});
