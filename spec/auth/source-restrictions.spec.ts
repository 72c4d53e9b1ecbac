import { expect } from 'chai';
import { sourceAllowed, timeLeftMs } from '../../lib/auth/source-restrictions.js';

describe('where a client connects from', () => {
  for (const [networks, address, allowed] of [
    [[], undefined, true],
    [['192.168.1.0/24'], '192.168.1.77', true],
    [['192.168.1.0/24'], '192.168.2.77', false],
    [['192.168.1.7/32'], '192.168.1.7', true],
    [['192.168.1.7'], '192.168.1.7', false],
    [['0.0.0.0/0'], '1.2.3.4', true],
    [['0.0.0.0/0'], '::1', false],
    [['0.0.0.0/0'], '::ffff:1.2.3.4', true],
    [['2001:db8::/32'], '2001:db8:1::5', true],
    [['2001:db8::/32'], '2001:db9::5', false],
    [['fe80::/10'], 'fe80::1%eth0', true],
    [['10.0.0.0/8', ' 11.0.0.0/8'], '11.0.0.1', true],
    [['nonsense', '11.0.0.0/8'], '11.0.0.1', false],
    [['11.0.0.0/33'], '11.0.0.1', false],
    [['11.0.0.0/8/8'], '11.0.0.1', false],
    [['11.0.0.0/8'], 'localhost', false],
    [['11.0.0.0/8'], undefined, false],
  ] as const) {
    it(`${address} ${allowed ? 'is' : 'is not'} of ${JSON.stringify(networks)}`, () => {
      expect(sourceAllowed(networks, address)).to.equal(allowed);
    });
  }
});

describe('when a client may stay', () => {
  const day = [{ start: '08:00:00', end: '17:30:00' }];
  const night = [{ start: '22:00:00', end: '06:00:00' }];
  for (const [ranges, zone, now, seconds] of [
    [[], '', '2026-01-15T03:00:00Z', Number.POSITIVE_INFINITY],
    [day, 'UTC', '2026-01-15T08:00:01Z', 34_199],
    [day, 'UTC', '2026-01-15T17:29:59.5Z', 0.5],
    [day, 'UTC', '2026-01-15T17:30:00Z', 0],
    [day, 'UTC', '2026-01-15T07:59:59Z', 0],
    [day, 'America/New_York', '2026-01-15T13:30:00Z', 32_400],
    [day, 'America/New_York', '2026-07-15T12:30:00Z', 32_400],
    [day, 'America/New_York', '2026-01-15T12:30:00Z', 0],
    [night, 'UTC', '2026-01-15T23:00:00Z', 25_200],
    [night, 'UTC', '2026-01-15T05:00:00Z', 3_600],
    [night, 'UTC', '2026-01-15T12:00:00Z', 0],
    [[...night, ...day], 'UTC', '2026-01-15T17:00:00Z', 1_800],
    [day, 'Nowhere', '2026-01-15T12:00:00Z', 0],
    [[{ start: '8 o clock', end: '17:00:00' }], 'UTC', '2026-01-15T12:00:00Z', 0],
    [[{ start: '08:00:00', end: '25:00:00' }], 'UTC', '2026-01-15T12:00:00Z', 0],
  ] as const) {
    it(`${JSON.stringify(ranges)} ${zone} at ${now}: ${seconds} s`, () => {
      expect(timeLeftMs(ranges, zone, Date.parse(now)) / 1_000).to.equal(seconds);
    });
  }
});
