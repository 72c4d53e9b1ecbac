import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';

/** Runs a module as a reader of the documentation would; what it prints, once it has ended well. */
export async function runModule(code: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const [exitCode] = await once(child, 'close');
  expect(exitCode).to.equal(0);
  return printed;
}
