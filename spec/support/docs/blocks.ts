/** The blocks of code in the documentation. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where there are pages. */
const DIRECTORIES = ['.', 'docs', 'examples', 'tools/interop', '.github', 'deploy'];

export const PAGES: readonly string[] = DIRECTORIES.flatMap((directory) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(directory, name)),
);

export interface Block {
  readonly page: string;
  /** Number of the line that its code begins on, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** From `<!-- not run: … -->` on the line above: why nothing is done with it. */
  readonly resetStall: string | undefined;
  /** From `<!-- run by … -->` on the line above: the spec that does something with it. */
  readonly runBy: string | undefined;
}

/** All blocks of a page, given its text. */
export function blocksIn(page: string, text: string): Block[] {
  const fenced = /(?:^<!-- (?:not run: (.+?)|run by (.+?)) -->\n)?^( *)```(.*)\n([\s\S]*?)^\3```$/gm;
  return [...text.matchAll(fenced)].map((match) => {
    const [whole, resetStall, runBy, indent = '', language = '', code = ''] = match;
    const before = text.slice(0, match.index) + whole.slice(0, whole.indexOf('```'));
    return {
      page,
      line: before.split('\n').length + 1,
      language: language.trim(),
      code: code.replace(new RegExp(`^${indent}`, 'gm'), ''),
      resetStall,
      runBy,
    };
  });
}

export const BLOCKS: readonly Block[] = PAGES.flatMap((page) => blocksIn(page, readFileSync(page, 'utf8')));

/** Commands of a block of `sh`, or of what is typed in one of `console`: without comments, one a line. */
export function commandsOf({ language, code }: Pick<Block, 'language' | 'code'>): string[] {
  const lines = code.replace(/\\\n\s*/g, '').split('\n');
  const typed = language === 'console' ? lines.filter((line) => line.startsWith('$ ')) : lines;
  return typed
    .map((line) => line.replace(/^\$ /, '').replace(/(?:^|\s+)#.*$/, ''))
    .filter((line) => line.trim() !== '');
}
