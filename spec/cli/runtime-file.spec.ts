import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { writePidFile } from '../../lib/cli/pid.js';
import { writePortsFile } from '../../lib/cli/ports.js';
import { writeRuntimeFile } from '../../lib/cli/runtime-file.js';
import { SluiceError } from '../../lib/domain/errors.js';

const PORTS = { natsAddresses: [], monitorAddress: undefined, isTls: false };

describe('cli/runtime-file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-runtime-'));
  after(() => rmSync(directory, { recursive: true }));
  let folder: string;
  let precious: string;
  beforeEach(() => {
    folder = mkdtempSync(join(directory, 'folder-'));
    precious = join(directory, 'precious');
    writeFileSync(precious, 'precious');
  });

  const writers = {
    'a runtime file': (path: string) => writeRuntimeFile(path, 'text'),
    'the pid file': (path: string) => void writePidFile(path, 4711),
    'the ports file': () => void writePortsFile(folder, 'nats-server', 4711, PORTS),
  };

  for (const [name, write] of Object.entries(writers)) {
    const fileName = 'nats-server_4711.ports';

    for (const [kind, link] of [
      ['a symbolic link', symlinkSync],
      ['a hard link', linkSync],
    ] as const) {
      it(`${name} replaces ${kind} and leaves what it leads to`, () => {
        const path = join(folder, fileName);
        link(precious, path);
        write(path);
        expect(readFileSync(precious, 'utf8')).to.equal('precious');
        expect(lstatSync(path).isFile()).to.equal(true);
        expect(readFileSync(path, 'utf8')).to.not.equal('precious');
        expect(readdirSync(folder)).to.deep.equal([fileName]);
      });

      it(`${name} refuses ${kind} in a folder that every user can write to`, () => {
        chmodSync(folder, 0o1777);
        const path = join(folder, fileName);
        link(precious, path);
        expect(() => write(path)).to.throw(/a link in a folder that every user can write to$/);
        expect(readFileSync(precious, 'utf8')).to.equal('precious');
        expect(readdirSync(folder)).to.deep.equal([fileName]);
      });
    }

    it(`${name} goes by no name that another user could have taken beforehand`, () => {
      chmodSync(folder, 0o1777);
      symlinkSync(precious, join(folder, `.${fileName}`));
      write(join(folder, fileName));
      expect(readFileSync(precious, 'utf8')).to.equal('precious');
      expect(readdirSync(folder)).to.have.members([`.${fileName}`, fileName]);
    });
  }

  it('writes to a device as it is', () => {
    writeRuntimeFile('/dev/null', 'text');
    expect(lstatSync('/dev/null').isCharacterDevice()).to.equal(true);
  });

  it('leaves no draft where a folder is in the place of the file', () => {
    mkdirSync(join(folder, 'taken'));
    expect(() => writePidFile(join(folder, 'taken'), 1)).to.throw(SluiceError, /^pid_file = /);
    expect(readdirSync(folder)).to.deep.equal(['taken']);
  });
});
