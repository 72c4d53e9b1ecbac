import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { renderEvent, Stream } from '../../../lib/monitor/live/stream.js';
import { FakeResponse } from '../../support/monitor/live/fake-response.js';

describe('the stream of a live page', () => {
  let response: FakeResponse;
  let stream: Stream;
  beforeEach(() => {
    response = new FakeResponse();
    stream = new Stream(response as unknown as ServerResponse);
  });

  it('is events, each on lines of its own', () => {
    stream.send('a', { text: 'one\ntwo\r\n<b>' });
    expect(response.text).to.equal('event: a\ndata: {"text":"one\\ntwo\\r\\n\\u003cb\\u003e"}\n\n');
  });

  it('leaves out pictures while the last one has not been taken, and says how many', () => {
    const picture = renderEvent('state', { n: 1 });
    response.isStuck = true;
    expect(stream.sendPicture(picture)).to.equal(true);
    const waiting = response.writableLength;
    for (let i = 0; i < 1_000; i++) expect(stream.sendPicture(picture)).to.equal(false);
    expect(response.writableLength).to.equal(waiting);
    response.writableLength = 0;
    response.text = '';
    expect(stream.sendPicture(picture)).to.equal(true);
    expect(response.text).to.equal(`event: missed\ndata: 1000\n\n${picture.toString()}`);
    response.writableLength = 0;
    response.text = '';
    stream.sendPicture(picture);
    expect(response.text).to.equal(picture.toString());
  });

  it('cuts off a page that takes nothing while it is sent what must not be left out', () => {
    response.isStuck = true;
    let sent = 0;
    while (!response.destroyed && sent < 10_000) {
      stream.send('loggedout', { reason: 'x'.repeat(100) });
      sent++;
    }
    expect(response.destroyed).to.equal(true);
    expect(response.writableLength).to.be.below(70_000);
  });
});
