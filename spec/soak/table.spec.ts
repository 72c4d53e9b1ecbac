import { expect } from 'chai';
import { mib, splice, table, whole } from '../../tools/soak/table.js';

describe('soak: the tables', () => {
  it('are Markdown', () => {
    expect(table(['a', 'b'], [['x', 1]])).to.equal('| a | b |\n|---|---|\n| x | 1 |');
    expect(whole(12_345_678.4)).to.equal('12,345,678');
    expect(mib(1_572_864)).to.equal('1.5 MiB');
  });

  it('replace what stands between their markers, and nothing else', () => {
    const page = '# P\n<!-- a:begin -->\nold\n<!-- a:end -->\nrest <!-- b:begin --><!-- b:end -->\n';
    expect(splice(page, 'a', 'new')).to.equal(
      '# P\n<!-- a:begin -->\n\nnew\n\n<!-- a:end -->\nrest <!-- b:begin --><!-- b:end -->\n',
    );
    expect(splice(splice(page, 'a', 'new'), 'a', 'new')).to.equal(splice(page, 'a', 'new'));
    expect(splice('# P\n', 'c', 'new')).to.equal('# P\n\n<!-- c:begin -->\n\nnew\n\n<!-- c:end -->\n');
  });
});
