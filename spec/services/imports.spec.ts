import { expect } from 'chai';
import { Congestion } from '../../lib/clients/congestion.js';
import type { Publisher, Sink } from '../../lib/clients/subscription.js';
import { batchOf, type CommandBatch } from '../../lib/frame/command.js';
import { Account } from '../../lib/routing/account.js';
import { Router } from '../../lib/routing/router.js';
import { SERVER } from '../../lib/routing/server-publisher.js';
import { Responses, type ResponseType } from '../../lib/services/responses.js';

/** Notes what comes in. */
class Ear implements Sink {
  readonly kind = 'service';
  readonly units = 0;
  readonly owner = this;
  readonly heard: string[] = [];

  take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    for (let row = from; row < to; row++)
      this.heard.push([batch.subject(row), batch.reply(row) ?? '', batch.payload(row).toString()].join(' '));
    return to - from;
  }
}

describe('replies to requests from other accounts', () => {
  let now = 0;
  let router: Router;
  let inbox: Ear;
  let requester: Responses;
  let responder: Responses;
  const terms = (type: ResponseType, thresholdMs = 1_000) => ({ type, thresholdMs });
  const answer = (subject: string, text: string, reply?: string): number => {
    const message = { subject, payload: Buffer.from(text) };
    return responder.take(SERVER, batchOf(reply === undefined ? message : { ...message, reply }), 0, 1);
  };

  beforeEach(() => {
    now = 0;
    router = new Router(new Congestion(), () => {});
    const [asking, serving] = [new Account('asking'), new Account('serving')];
    requester = new Responses(router, asking, () => now);
    responder = new Responses(router, serving, () => now);
    inbox = new Ear();
    asking.interest.attach(inbox, inbox, 'in.>');
    asking.interest.attach(requester, requester, requester.subject);
    serving.interest.attach(responder, responder, responder.subject);
  });
  afterEach(() => {
    requester.stop();
    responder.stop();
  });

  it('come once for a Singleton', () => {
    const subject = responder.expect(requester, 'in.1', terms('Singleton'));
    expect([answer(subject, 'a'), answer(subject, 'b')]).to.deep.equal([1, 0]);
    expect(inbox.heard).to.deep.equal(['in.1  a']);
    expect(responder.waiting).to.equal(0);
  });

  for (const type of ['Stream', 'Chunked'] as const) {
    it(`come until an empty one for a ${type}`, () => {
      const subject = responder.expect(requester, 'in.1', terms(type));
      for (const text of ['a', 'b', '', 'c']) answer(subject, text);
      expect(inbox.heard).to.deep.equal(['in.1  a', 'in.1  b', 'in.1  ']);
      expect(responder.waiting).to.equal(0);
    });
  }

  it('come no more once nothing takes them', () => {
    const subject = responder.expect(requester, 'elsewhere', terms('Stream'));
    expect(answer(subject, 'a')).to.equal(0);
    expect(responder.waiting).to.equal(0);
  });

  it('may be late by no more than the threshold, counted from the last one', () => {
    const subject = responder.expect(requester, 'in.1', terms('Stream', 500));
    now = 500;
    expect(answer(subject, 'a')).to.equal(1);
    now = 1_000;
    expect(answer(subject, 'b')).to.equal(1);
    now = 1_501;
    expect(answer(subject, 'c')).to.equal(0);
  });

  it('that ask for an answer get it the same way', () => {
    const back = new Ear();
    const serving = new Account('serving');
    responder = new Responses(router, serving, () => now);
    serving.interest.attach(back, back, 'back');
    const subject = responder.expect(requester, 'in.1', terms('Singleton'));
    answer(subject, 'a', 'back');
    const [, reply = ''] = inbox.heard[0]!.split(' ');
    expect(requester.waiting).to.equal(1);
    requester.take(SERVER, batchOf({ subject: reply, payload: Buffer.from('b') }), 0, 1);
    expect(back.heard).to.deep.equal(['back  b']);
    expect(requester.waiting).to.equal(0);
  });

  it('that ask for an answer that no service can give leave nothing behind', () => {
    const subject = responder.expect(requester, 'elsewhere', terms('Singleton'));
    answer(subject, 'a', 'back');
    expect(requester.waiting).to.equal(0);
  });

  it('are waited for in bounded memory, however long their reply subjects are', () => {
    const long = 'r'.repeat(4_000);
    for (let n = 0; n < 10_000; n++) responder.expect(requester, `in.${long}${n}`, terms('Singleton'));
    expect(responder.waiting).to.be.within(900, 1_100);
  });

  it('are not waited for once what published the request has closed', () => {
    const publisher = { ...SERVER, closing: false };
    for (let n = 0; n < 5; n++)
      responder.expect(requester, `in.${n}`, terms('Singleton'), publisher as never);
    responder.sweep();
    expect(responder.waiting).to.equal(5);
    publisher.closing = true;
    responder.sweep();
    expect(responder.waiting).to.equal(0);
  });

  it('are waited for in a bounded number: the oldest request is forgotten', () => {
    const first = responder.expect(requester, 'in.1', terms('Singleton'));
    const second = responder.expect(requester, 'in.2', terms('Singleton'));
    for (let n = 0; n < 65_535; n++) responder.expect(requester, 'in.x', terms('Singleton'));
    expect(responder.waiting).to.equal(65_536);
    expect(answer(first, 'a')).to.equal(0);
    expect(answer(second, 'b')).to.equal(1);
  });

  it('are waited for in a bounded number for each account: one that asks much does not make another lose its replies', () => {
    const other = new Account('other');
    const theirs = new Responses(router, other, () => now);
    const heard = new Ear();
    other.interest.attach(heard, heard, 'in.>');
    const subject = responder.expect(theirs, 'in.1', terms('Singleton'));
    for (let n = 0; n < 70_000; n++) responder.expect(requester, 'in.x', terms('Singleton'));
    expect(responder.waiting).to.equal(65_537);
    expect(answer(subject, 'a')).to.equal(1);
    expect(heard.heard).to.deep.equal(['in.1  a']);
    expect(responder.waiting).to.equal(65_536);
  });

  it('that do not come are looked for in several sweeps where many are waited for', () => {
    for (let n = 0; n < 20_000; n++) responder.expect(requester, 'in.x', terms('Singleton', 500));
    now = 1_000;
    responder.sweep();
    expect(responder.waiting).to.equal(20_000 - 16_384);
    responder.sweep();
    expect(responder.waiting).to.equal(0);
  });

  it('that do not come are not waited for beyond the threshold', () => {
    responder.expect(requester, 'in.1', terms('Singleton', 500));
    now = 100;
    responder.expect(requester, 'in.2', terms('Stream', 500));
    now = 600;
    responder.sweep();
    expect(responder.waiting).to.equal(1);
    now = 601;
    responder.sweep();
    expect(responder.waiting).to.equal(0);
  });

  it('cannot be guessed: two accounts, and two runs, have other subjects', () => {
    const other = new Responses(router, new Account('other'));
    expect(responder.subject).to.match(/^_R_\.[\w-]{12}\.\*$/);
    expect(other.subject).to.not.equal(responder.subject);
  });
});
