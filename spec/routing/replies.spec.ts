import { expect } from 'chai';
import { batchOf } from '../../lib/protocol/command.js';
import { ReplyLeave } from '../../lib/routing/replies.js';

describe('leave to reply', () => {
  let now = 0;
  const note = (leave: ReplyLeave, reply?: string) => {
    const message = { subject: 'request', payload: Buffer.alloc(0) };
    leave.note(batchOf(reply === undefined ? message : { ...message, reply }), 0, 1);
  };
  const leaveFor = (max: number, expiresMs: number) => new ReplyLeave({ max, expiresMs }, () => now);
  beforeEach(() => {
    now = 1_000;
  });

  it('is for the reply subjects of what one was sent', () => {
    const leave = leaveFor(1, 0);
    note(leave, 'inbox.1');
    note(leave);
    expect(leave.take('inbox.2')).to.equal(false);
    expect(leave.take('request')).to.equal(false);
    expect(leave.take('inbox.1')).to.equal(true);
  });

  it('is for so many replies', () => {
    const leave = leaveFor(2, 0);
    note(leave, 'inbox');
    expect([1, 2, 3, 4].map(() => leave.take('inbox'))).to.deep.equal([true, true, false, false]);
    note(leave, 'inbox');
    expect(leave.take('inbox')).to.equal(true);
  });

  it('is for any number where there is no maximum', () => {
    const leave = leaveFor(-1, 0);
    note(leave, 'inbox');
    for (let n = 0; n < 100; n++) expect(leave.take('inbox')).to.equal(true);
  });

  it('ends with its time', () => {
    const leave = leaveFor(-1, 500);
    note(leave, 'inbox');
    now += 500;
    expect(leave.take('inbox')).to.equal(true);
    now += 1;
    expect(leave.take('inbox')).to.equal(false);
  });

  it('is kept for a bounded number of requests: the oldest go first, those of no more use before them', () => {
    const leave = leaveFor(1, 0);
    for (let n = 0; n < 4_097; n++) note(leave, `inbox.${n}`);
    expect(leave.take('inbox.0')).to.equal(false);
    expect(leave.take('inbox.1')).to.equal(true);
    expect(leave.take('inbox.4096')).to.equal(true);
  });
});
