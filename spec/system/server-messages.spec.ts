import { expect } from 'chai';
import { Congestion } from '../../lib/clients/congestion.js';
import { Account } from '../../lib/routing/account.js';
import { Router } from '../../lib/routing/router.js';
import { RequestSink } from '../../lib/system/request-sink.js';
import { ServerMessages } from '../../lib/system/server-messages.js';

describe('messages of the server itself', () => {
  const account = new Account('a');
  const heard: string[] = [];
  const sink = new RequestSink(account, true, ({ body, reply }) => void heard.push(`${body} ${reply}`));
  const messages = new ServerMessages(new Router(new Congestion(), () => {}));
  account.interest.attach(sink, sink, '$SYS.>');

  it('are JSON', () => {
    messages.publishJson(account, '$SYS.A.VARZ', { a: '<' });
    expect(heard).to.deep.equal(['{"a":"\\u003c"} undefined']);
  });

  it('have a receiver, or none', () => {
    expect(messages.hasReceiver(account, '$SYS.x')).to.equal(true);
    expect(messages.hasReceiver(account, 'x')).to.equal(false);
  });

  for (const name of ['a b', 'a\r\nPUB x 0', 'a\tb', '*', '>', 'a..b', ''])
    it(`are not published where the name of an account is no part of a subject: ${JSON.stringify(name)}`, () => {
      expect(messages.hasReceiver(account, `$SYS.ACCOUNT.${name}.CONNECT`)).to.equal(false);
    });
});
