import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { differencesOf, sideBySide } from '../../../tools/diff/jetstream/compare.js';
import { judge, KNOWN, KNOWN_WHOLE } from '../../../tools/diff/jetstream/known.js';
import type { Section } from '../../../tools/diff/jetstream/play.js';
import { ROOT } from '../../support/process.js';

const section = (title: string, ...lines: string[]): Section => ({ title, lines });

describe('diff with JetStream: comparison', () => {
  it('finds nothing in what is the same', () => {
    const said = [section('a', '{"seq":1}'), section('b')];
    expect(differencesOf(said, said)).to.deep.equal([]);
  });

  it('names the fields of answers in JSON, at any depth, and those that one of them has not', () => {
    const theirs = [section('a', '{"config":{"max_msgs":5,"name":"S"},"ts":1}')];
    const ours = [section('a', '{"config":{"max_msgs":6,"name":"S"}}')];
    expect(differencesOf(theirs, ours)[0]?.fields).to.deep.equal([
      { path: 'config.max_msgs', expected: 5, actual: 6 },
      { path: 'ts', expected: 1, actual: undefined },
    ]);
  });

  it('shows lines as a whole where they are no JSON, or one has more of them', () => {
    const [difference] = differencesOf(
      [section('a', '[NATS/1.0 404] ""')],
      [section('a', '[NATS/1.0 408] ""')],
    );
    expect(difference?.fields).to.deep.equal([
      { path: '', expected: '[NATS/1.0 404] ""', actual: '[NATS/1.0 408] ""' },
    ]);
    const [more] = differencesOf([section('a', '"x"')], [section('a', '"x"', '"y"')]);
    expect(more).to.include({ fields: undefined });
    expect(more?.actual).to.deep.equal(['"y"']);
  });

  it('finds another order of the same lines', () => {
    const [difference] = differencesOf([section('a', '"x"', '"y"')], [section('a', '"y"', '"x"')]);
    expect(difference?.expected).to.deep.equal(['"x"', '"y"']);
  });

  it('refuses transcripts of different sessions', () => {
    expect(() => differencesOf([section('a')], [section('b')])).to.throw(RangeError);
  });

  it('shows what led to a difference', () => {
    const theirs = [section('first', '"one"'), section('second', '{"seq":1}')];
    const ours = [section('first', '"one"'), section('second', '{"seq":2}')];
    const shown = sideBySide(theirs, differencesOf(theirs, ours)[0]!);
    expect(shown).to.contain('first\n    "one"\nsecond').and.to.contain('seq: nats-server 1, sluice 2');
  });
});

describe('diff with JetStream: differences that are meant', () => {
  const create = 'request $JS.API.STREAM.CREATE.S {}';
  const negative = (value: number): Section[] => [section(create, `{"config":{"max_msgs":${value}}}`)];

  it('are named for the versions that they are of', () => {
    const found = differencesOf(negative(-2), negative(-1));
    expect(judge(found, 'v2.10.29')).to.deep.equal({ unknown: undefined, known: ['limits below -1'] });
    expect(judge(found, 'v2.15.3')).to.deep.equal({ unknown: found[0], known: [] });
  });

  it('explain nothing else in the same answer', () => {
    const found = differencesOf(
      [section(create, '{"config":{"max_msgs":-2,"discard":"old"}}')],
      [section(create, '{"config":{"max_msgs":-1,"discard":"new"}}')],
    );
    expect(judge(found, 'v2.10.29').unknown).to.equal(found[0]);
  });

  it('end the comparison where both have something else from then on', () => {
    const purge = 'request $JS.API.STREAM.PURGE.S {"filter":"a.*","seq":1}';
    const theirs = [section(purge, '{"purged":3}'), section('later', '"x"')];
    const ours = [section(purge, '{"purged":0}'), section('later', '"y"')];
    expect(judge(differencesOf(theirs, ours), 'v2.15.3')).to.deep.equal({
      unknown: undefined,
      known: ['purge of a subject up to sequence 1'],
    });
  });

  it('are in the table of docs/nats-server-wire.md, with their reasons, and no others', () => {
    const page = readFileSync(join(ROOT, 'docs', 'nats-server-wire.md'), 'utf8');
    const [, section = ''] = /^### JetStream\n(.*?)^### /ms.exec(page) ?? [];
    const rows = section.split('\n').flatMap((line) => {
      const [, name, reason] = /^\| ([^|]+) \| ([^|]+) \| (?:both|2\.1\d) \|$/.exec(line) ?? [];
      return name === undefined || reason === undefined ? [] : [`${name}: ${reason}`];
    });
    const known = [...KNOWN, ...KNOWN_WHOLE].map(({ name, reason }) => `${name}: ${reason}`);
    expect(rows.sort()).to.deep.equal(known.sort());
  });
});
