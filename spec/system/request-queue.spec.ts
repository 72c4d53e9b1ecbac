import { expect } from 'chai';
import { MAX_SYSTEM_REQUESTS } from '../../lib/domain/limits.js';
import { Account } from '../../lib/routing/account.js';
import { RequestQueue } from '../../lib/system/request-queue.js';
import type { SystemRequest } from '../../lib/system/request-sink.js';
import { turns } from '../support/turns.js';

describe('requests to the server that wait', () => {
  const [one, other] = [new Account('one'), new Account('other')];
  let begun: string[];
  let finish: (() => void)[];
  let queue: RequestQueue;
  const request = (account: Account, name: 'VARZ' | 'CONNZ'): SystemRequest => ({
    account,
    asked: { of: 'server', name },
    reply: 'r',
    body: Buffer.alloc(0),
    headers: undefined,
  });

  beforeEach(() => {
    begun = [];
    finish = [];
    queue = new RequestQueue(({ account, asked }, isLong) => {
      begun.push(`${account.name} ${asked.name} ${isLong ? 'long' : 'short'}`);
      return new Promise((resolve) => finish.push(resolve));
    });
  });

  it('are answered one by one, in order, of each account and kind', async () => {
    for (const account of [one, one, other]) {
      queue.add(request(account, 'VARZ'));
      queue.add(request(account, 'CONNZ'));
    }
    expect(begun).to.deep.equal(['one VARZ short', 'one CONNZ long', 'other VARZ short', 'other CONNZ long']);
    finish[1]!();
    await turns();
    expect(begun.slice(4)).to.deep.equal(['one CONNZ long']);
    finish[0]!();
    await turns();
    expect(begun.slice(5)).to.deep.equal(['one VARZ short']);
  });

  it('leave nothing behind once they are answered', async () => {
    queue.add(request(one, 'VARZ'));
    queue.add(request(one, 'CONNZ'));
    expect(queue.accounts).to.equal(1);
    for (const each of finish) each();
    await turns();
    expect(queue.accounts).to.equal(0);
  });

  it('are refused where one account has too many, and another account is not affected', () => {
    const taken = Array.from({ length: MAX_SYSTEM_REQUESTS + 3 }, () => queue.add(request(one, 'VARZ')));
    expect(taken.filter((each) => each)).to.have.length(MAX_SYSTEM_REQUESTS + 1); // one of them is being answered
    expect([queue.add(request(one, 'CONNZ')), queue.add(request(other, 'VARZ'))]).to.deep.equal([true, true]);
  });

  it('are forgotten when it stops', async () => {
    queue.add(request(one, 'VARZ'));
    queue.add(request(one, 'VARZ'));
    queue.stop();
    finish[0]!();
    await turns();
    expect(begun).to.have.length(1);
    expect(queue.accounts).to.equal(0);
  });
});
