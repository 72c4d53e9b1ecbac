import { expect } from 'chai';
import {
  LEFT_OUT,
  NATS_SERVER_REFUSALS,
  NATS_SERVER_SHAPES,
  OURS,
  type Shape,
} from '../support/fixtures/monitor.js';
import { type Fixture, fixture } from '../support/monitor/fixture.js';

const TEXTS: Readonly<Record<string, RegExp>> = {
  string: /./,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  uptime: /^(\d+[ydhms])+$/,
  rtt: /^[\d.]+(ns|µs|ms|s)$/,
};

/** What `value` has against `shape`, as paths. */
function differences(shape: Shape, value: unknown, path: string): string[] {
  if (typeof shape === 'string') return isOf(shape, value) ? [] : [`${path} is ${JSON.stringify(value)}`];
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${path} is no array`];
    if ((shape.length === 0) !== (value.length === 0)) return [`${path} has ${value.length} items`];
    return value.flatMap((item, i) => differences(shape[0] as Shape, item, `${path}[${i}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  const theirs = shape as Readonly<Record<string, Shape>>;
  const ours = value as Readonly<Record<string, unknown>>;
  const found: string[] = [];
  for (const [key, inner] of Object.entries(theirs)) {
    if (key in ours) found.push(...differences(inner, ours[key], `${path}.${key}`));
    else if (!LEFT_OUT.includes(key)) found.push(`${path}.${key} is missing`);
  }
  for (const key of Object.keys(ours))
    if (!(key in theirs) && !OURS.includes(key)) found.push(`${path}.${key} is not there`);
  return found;
}

function isOf(shape: string, value: unknown): boolean {
  const text = TEXTS[shape];
  if (text === undefined) return typeof value === shape;
  // `http_base_path` is the one string that is empty with nats-server, too.
  return typeof value === 'string' && (value === '' ? shape === 'string' : text.test(value));
}

describe('monitoring beside nats-server', () => {
  let monitored: Fixture;
  before(async () => {
    monitored = await fixture({ allowedHosts: [], allowedOrigins: ['*'] });
  });
  after(() => monitored.monitor.close());

  for (const [target, shape] of Object.entries(NATS_SERVER_SHAPES)) {
    it(`${target} has the keys and the types of nats-server's`, async () => {
      // Of all paths only this one's count of requests is fixed.
      const own = target === '/varz' ? await fixture() : monitored;
      try {
        expect(differences(shape, await own.json(target), target)).to.deep.equal([]);
      } finally {
        if (own !== monitored) await own.monitor.close();
      }
    });
  }

  for (const [target, status, body] of NATS_SERVER_REFUSALS) {
    it(`${target} is answered ${status} in nats-server's words`, async () => {
      const reply = await monitored.ask(target);
      expect({ status: reply.status, body: reply.body }).to.deep.equal({ status, body });
    });
  }
});
