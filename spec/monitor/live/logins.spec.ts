import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { LIVE_PUBLISH_RATE } from '../../../lib/domain/limits.js';
import { Login, Logins } from '../../../lib/monitor/live/logins.js';
import { Stream } from '../../../lib/monitor/live/stream.js';
import { FakeResponse } from '../../support/monitor/live/fake-response.js';
import { FakePageClient } from '../../support/monitor/live/page-source.js';
import { until } from '../../support/until.js';

function streamTo(response: FakeResponse): Stream {
  return new Stream(response as unknown as ServerResponse);
}

describe('the login of a live page', () => {
  it(`publishes ${LIVE_PUBLISH_RATE} messages in a second, and as many in the next`, () => {
    const login = new Login(new FakePageClient(), streamTo(new FakeResponse()));
    const counted = (nowMs: number, count: number) =>
      Array.from({ length: count }, () => login.countPublish(nowMs)).filter((isAllowed) => isAllowed).length;
    expect(counted(5_000, 100)).to.equal(LIVE_PUBLISH_RATE);
    expect(counted(5_999, 100)).to.equal(0);
    expect(counted(6_000, 100)).to.equal(LIVE_PUBLISH_RATE);
  });

  it('expires, and says so', async () => {
    const response = new FakeResponse();
    const logins = new Logins(1);
    const client = new FakePageClient();
    const { token } = logins.add(client, streamTo(response));
    expect(logins.of(token)?.client).to.equal(client);
    await until('it has expired', () => logins.of(token) === undefined);
    expect(client.did).to.deep.equal(['leave']);
    expect(response.text).to.include('event: loggedout').and.include('expired');
    expect(logins.size).to.equal(0);
  });

  it('has a token that no other one has', () => {
    const logins = new Logins();
    const streams = Array.from({ length: 10 }, () => streamTo(new FakeResponse()));
    const tokens = streams.map((stream) => logins.add(new FakePageClient(), stream).token);
    expect(new Set(tokens).size).to.equal(10);
    expect(new Set(streams.map(({ id }) => id)).size).to.equal(10);
    for (const stream of streams) logins.endOf(stream);
    expect(logins.size).to.equal(0);
  });
});
