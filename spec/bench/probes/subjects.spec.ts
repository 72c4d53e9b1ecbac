import { expect } from 'chai';
import {
  deliveredFrame,
  numberOf,
  PAYLOAD_BYTES,
  publishFrames,
  sidOf,
  stepOf,
  subjectOf,
  subscribeLines,
  timesOf,
  unsubscribeLines,
} from '../../../tools/bench/probes/subjects.js';

const MOST = 1_000_000;

describe('bench: many subjects', () => {
  it('are all different and as long, up to a million', () => {
    const subjects = new Set(Array.from({ length: MOST }, (_, index) => subjectOf(index)));
    expect(subjects.size).to.equal(MOST);
    expect(new Set([...subjects].map(({ length }) => length)).size).to.equal(1);
    expect(subjectOf(42_017)).to.match(/^dev\.site042\.sensor\.\d{7}$/);
  });

  it('are subscribed to by number', () => {
    expect(subscribeLines(5, 2).toString()).to.equal(
      `SUB ${subjectOf(5)} ${sidOf(0)}\r\nSUB ${subjectOf(6)} ${sidOf(1)}\r\n`,
    );
    expect(unsubscribeLines(2).toString()).to.equal(`UNSUB ${sidOf(0)}\r\nUNSUB ${sidOf(1)}\r\n`);
    expect(numberOf(sidOf(123))).to.equal(123);
    expect(String(sidOf(899_999))).to.have.length(String(sidOf(0)).length);
  });

  it('are walked through once each, in an order that changes connections', () => {
    for (const total of [100_000, MOST]) {
      const walk = { total, cycle: total, count: total };
      expect(
        timesOf(walk).every((times) => times === 1),
        `${total}`,
      ).to.equal(true);
      const holder = (k: number): number => Math.floor((stepOf(walk, k) * 100) / total);
      const stays = Array.from({ length: 1_000 }, (_, k) => k).filter((k) => holder(k) === holder(k + 1));
      expect(stays).to.have.length(0);
    }
  });

  it('are walked through again and again', () => {
    const walk = { total: 1_000, cycle: 10, count: 35 };
    const times = [...timesOf(walk)].filter((count) => count > 0);
    expect(times.toSorted()).to.deep.equal([3, 3, 3, 3, 3, 4, 4, 4, 4, 4]);
    expect(stepOf(walk, 33)).to.equal(stepOf(walk, 3));
    const frames = Array.from({ length: walk.count }, (_, k) => {
      const index = stepOf(walk, k);
      return `PUB ${subjectOf(index)} 16`;
    });
    expect(
      publishFrames(walk)
        .toString()
        .match(/PUB .*(?=\r\n)/g),
    ).to.deep.equal(frames);
  });

  it('are published and delivered with the same payload', () => {
    const walk = { total: 1_000, cycle: 1_000, count: 2 };
    const [first, second] = [stepOf(walk, 0), stepOf(walk, 1)];
    const payload = (index: number): string => `${String(index).padStart(7, '0')}abcdefghi`;
    expect(payload(0)).to.have.length(PAYLOAD_BYTES);
    expect(publishFrames(walk).toString()).to.equal(
      `PUB ${subjectOf(first)} 16\r\n${payload(first)}\r\nPUB ${subjectOf(second)} 16\r\n${payload(second)}\r\n`,
    );
    expect(deliveredFrame(second, 8)).to.equal(
      `MSG ${subjectOf(second)} ${sidOf(8)} 16\r\n${payload(second)}\r\n`,
    );
  });
});
