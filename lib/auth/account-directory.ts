import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readErrorText } from '../domain/read-error.js';
import { isPublicKey } from './nkeys.js';

/** Files of accounts end so, behind the account's public key; nsc and nats-server write them so, too. */
const ENDING = '.jwt';

/** A directory with the JWTs of accounts, each in a file named by its public key. */
export class AccountDirectory {
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The public keys of the accounts there are; none where the directory is missing, which writing makes.
   * @throws the system's error
   */
  list(): readonly string[] {
    let names: readonly string[];
    try {
      names = readdirSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return names
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length))
      .filter((name) => isPublicKey(name, 'A'))
      .sort();
  }

  /** The JWT of an account; undefined: there is none. */
  read(account: string): string | undefined {
    if (!isPublicKey(account, 'A')) return undefined;
    try {
      return readFileSync(this.fileOf(account), 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  /**
   * Replaces the JWT of an account, at once: no reader sees half of it.
   * @param maxAccounts accounts beyond which there comes none; 0: any number
   * @returns what is wrong, in a few words; undefined: nothing
   */
  write(account: string, jwt: string, maxAccounts = 0): string | undefined {
    const temporary = `${this.fileOf(account)}.tmp`;
    try {
      const isFull = maxAccounts > 0 && this.list().length >= maxAccounts;
      if (isFull && this.read(account) === undefined) return 'jwt store is full';
      mkdirSync(this.path, { recursive: true, mode: 0o750 });
      writeFileSync(temporary, jwt, { mode: 0o640 });
      renameSync(temporary, this.fileOf(account));
      return undefined;
    } catch (error) {
      rmSync(temporary, { force: true });
      return readErrorText(error);
    }
  }

  /**
   * Deletes the JWT of an account; one that is not there is deleted already.
   * @param isKept whether the file stays, under a name with `.deleted` behind it
   * @returns what is wrong, in a few words; undefined: nothing
   */
  delete(account: string, isKept: boolean): string | undefined {
    const file = this.fileOf(account);
    try {
      if (isKept) renameSync(file, `${file}.deleted`);
      else rmSync(file);
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : readErrorText(error);
    }
  }

  private fileOf(account: string): string {
    return join(this.path, `${account}${ENDING}`);
  }
}
