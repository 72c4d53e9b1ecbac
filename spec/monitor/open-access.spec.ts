import { expect } from 'chai';
import { type Fixture, fixture } from '../support/monitor/fixture.js';

describe('a monitor that any page may read', () => {
  let monitored: Fixture;
  before(async () => {
    monitored = await fixture({ allowedHosts: ['*'], allowedOrigins: ['*'] });
  });
  after(() => monitored.monitor.close());

  it('says so to browsers', async () => {
    const headers = { host: 'any.example', origin: 'https://any.example', 'sec-fetch-site': 'cross-site' };
    const answer = await monitored.ask('/varz', 'GET', headers);
    expect(answer.status).to.equal(200);
    expect(answer.headers['access-control-allow-origin']).to.equal('*');
  });

  it('wraps JSON into a callback', async () => {
    const { headers, body } = await monitored.ask('/leafz?callback=jQuery.cb_1');
    expect(headers['content-type']).to.equal('application/javascript');
    expect(body).to.match(/^jQuery\.cb_1\(\{\n {2}"server_id": "NFAKE",[\s\S]*\}\)$/);
  });

  it('refuses a callback that is no name', async () => {
    const { status, headers, body } = await monitored.ask('/varz?callback=alert(1)//');
    expect([status, body]).to.deep.equal([400, 'invalid callback']);
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8');
    expect(headers['x-content-type-options']).to.equal('nosniff');
  });
});
