import { MAX_JETSTREAM_RENAMED_PLACES } from '../domain/jetstream-limits.js';
import { Transform } from '../domain/transform.js';
import { byteString, textOf } from '../frame/text.js';
import { orAll } from './settings/names.js';
import type { SubjectTransformConfig } from './settings/stream-config.js';
import { SubjectMatcher } from './store/subject-matcher.js';

/** Renames subjects that match one pattern: those of messages as they are stored, or as they are published again. */
export class Renaming {
  private readonly source: SubjectMatcher;
  private readonly transform: Transform;
  /** Bytes of the longest subject that is renamed. */
  private readonly longest: number;

  constructor({ src, dest }: SubjectTransformConfig) {
    const from = orAll(src);
    this.source = new SubjectMatcher([from]);
    this.transform = new Transform(from, dest);
    this.longest = MAX_JETSTREAM_RENAMED_PLACES / dest.split(/[.{]/).length;
  }

  /** Undefined: the subject does not match, or what it would become is too much to be made. */
  apply(subject: string): string | undefined {
    if (subject.length > this.longest || !this.source.matches(subject)) return undefined;
    const renamed = Buffer.from(this.transform.apply(byteString(subject)), 'latin1');
    return textOf(renamed, 0, renamed.length);
  }
}
