import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { refuseLink } from '../../lib/log/shared-folder.js';

const NO_USER: ReadonlySet<number> = new Set();

describe('log/shared-folder', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-shared-'));
  const own = join(directory, 'own');
  const shared = join(directory, 'shared');
  before(() => {
    mkdirSync(join(own, 'below'), { recursive: true });
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    symlinkSync(own, join(shared, 'link'));
    symlinkSync(own, join(directory, 'link'));
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const file of ['link/x.log', 'link/below/x.log', 'link/none/x.log'])
    it(`refuses ${file} in a shared folder, where link is another user's`, () => {
      expect(() => refuseLink(join(shared, file), NO_USER)).to.throw(
        /^a link in a folder that every user can/,
      );
    });

  it('follows a link that the user of this process has made there', () => {
    refuseLink(join(shared, 'link', 'x.log'));
  });

  it('follows links to folders elsewhere', () => {
    refuseLink(join(directory, 'link', 'x.log'), NO_USER);
  });
});
