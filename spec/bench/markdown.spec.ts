import { expect } from 'chai';
import { handWritten, splice, table } from '../../tools/bench/markdown.js';

describe('bench: Markdown', () => {
  it('pads a table', () => {
    const rows = [['1→1', '4.00 M'], ['1→100, 16 B', '2'], ['**more**']];
    expect(table(['cell', 'a'], rows).split('\n')).to.deep.equal([
      '| cell        |      a |',
      '| ----------- | -----: |',
      '| 1→1         | 4.00 M |',
      '| 1→100, 16 B |      2 |',
      '| **more**    |        |',
    ]);
  });

  it('replaces what stands between the markers, again and again', () => {
    const page = 'a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n<!-- y:begin -->\nz\n<!-- y:end -->\n';
    const once = splice(page, 'x', 'new\n');
    expect(once).to.equal(page.replace('\nold\n', '\n\nnew\n\n'));
    expect(splice(once, 'x', 'new')).to.equal(once);
  });

  it('refuses a page without the markers', () => {
    expect(() => splice('a', 'x', 'new')).to.throw('x:begin');
    expect(() => splice('<!-- x:end --><!-- x:begin -->', 'x', 'new')).to.throw('x:end');
  });

  it('tells what was written by hand from what was made', () => {
    const page =
      'a <!-- bench-a:begin -->1<!-- bench-a:end --> b <!-- bench-b:begin -->2<!-- bench-b:end --> c';
    expect(handWritten(page)).to.equal('a  b  c');
  });
});
