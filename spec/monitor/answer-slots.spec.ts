import { expect } from 'chai';
import { MAX_HTTP_ANSWERS, MAX_HTTP_WAITING } from '../../lib/domain/limits.js';
import { AnswerSlots } from '../../lib/monitor/answer-slots.js';

/** With every slot taken. */
function full(waitMs?: number): AnswerSlots {
  const slots = new AnswerSlots(waitMs);
  for (let i = 0; i < MAX_HTTP_ANSWERS; i++) expect(slots.acquire()).to.equal(true);
  return slots;
}

describe('slots for long answers', () => {
  it('are given to those that wait, the longest first', async () => {
    const slots = full();
    const order: string[] = [];
    const waiting = ['a', 'b'].map(async (name) => {
      expect(await slots.acquire()).to.equal(true);
      order.push(name);
    });
    slots.release();
    slots.release();
    await Promise.all(waiting);
    expect(order).to.deep.equal(['a', 'b']);
    slots.release();
    expect(slots.acquire()).to.equal(true);
  });

  it('are refused at once where too many wait', async () => {
    const slots = full();
    const waiting = Array.from({ length: MAX_HTTP_WAITING }, () => slots.acquire());
    expect(slots.acquire()).to.equal(false);
    for (let i = 0; i < waiting.length; i++) slots.release();
    expect(await Promise.all(waiting)).to.deep.equal(waiting.map(() => true));
  });

  it('are refused after a while, and then no longer waited for', async () => {
    const slots = full(1);
    expect(await slots.acquire()).to.equal(false);
    slots.release();
    expect(slots.acquire()).to.equal(true);
    expect(await slots.acquire()).to.equal(false);
  });
});
