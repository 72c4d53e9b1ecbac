import { expect } from 'chai';
import { ReplyPermits } from '../../lib/clients/reply-permits.js';
import { batchOf } from '../../lib/frame/command.js';

describe('leave to reply', () => {
  let now = 0;
  const note = (leave: ReplyPermits, reply?: string) => {
    const message = { subject: 'request', payload: Buffer.alloc(0) };
    leave.note(batchOf(reply === undefined ? message : { ...message, reply }), 0, 1);
  };
  const leaveFor = (max: number, expiresMs: number) => new ReplyPermits({ max, expiresMs }, () => now);
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

  it('takes as much work with a full table as with an empty one, however many requests come', () => {
    let looks = 0;
    const leave = new ReplyPermits({ max: 5, expiresMs: 600_000 }, () => {
      looks++;
      return now;
    });
    for (let n = 0; n < 5_000; n++) note(leave, `inbox.${n}`);
    looks = 0;
    for (let n = 5_000; n < 15_000; n++) {
      now += 1;
      note(leave, `inbox.${n}`);
    }
    expect(looks).to.be.at.most(20_000);
    expect(leave.size).to.equal(4_096);
    expect(leave.take('inbox.10903')).to.equal(false);
    expect(leave.take('inbox.10904')).to.equal(true);
  });

  it('is forgotten once it is used up or has expired', () => {
    const leave = leaveFor(2, 500);
    for (let n = 0; n < 100; n++) note(leave, `inbox.${n}`);
    for (let n = 0; n < 50; n++)
      expect([leave.take(`inbox.${n}`), leave.take(`inbox.${n}`)]).to.deep.equal([true, true]);
    expect(leave.size).to.equal(50);
    now += 501;
    note(leave, 'inbox.new');
    expect(leave.size).to.equal(1);
  });

  it('lasts anew for a reply subject that comes again', () => {
    const leave = leaveFor(1, 500);
    note(leave, 'inbox.1');
    now += 300;
    note(leave, 'inbox.2');
    note(leave, 'inbox.1');
    now += 300;
    note(leave, 'inbox.3');
    expect(leave.take('inbox.1')).to.equal(true);
    expect(leave.take('inbox.2')).to.equal(true);
  });
});
