import { Renaming } from '../renaming.js';
import { orAll } from '../settings/names.js';
import type { StreamSource } from '../settings/stream-config.js';
import type { SubjectFilter } from '../store/store.js';

/** Subjects that a copy takes, and what it renames them to. */
export class Renamings {
  /** Empty: all. */
  readonly filter: SubjectFilter;
  /** Undefined: those of that pattern keep their subjects. */
  private readonly renamings: readonly Renaming[];

  constructor({ filter_subject, subject_transforms = [] }: StreamSource) {
    const own = subject_transforms.map(({ src }) => orAll(src));
    this.filter = filter_subject === undefined ? own : [filter_subject];
    this.renamings = subject_transforms.filter(({ dest }) => dest !== '').map((each) => new Renaming(each));
  }

  apply(subject: string): string {
    for (const each of this.renamings) {
      const renamed = each.apply(subject);
      if (renamed !== undefined) return renamed;
    }
    return subject;
  }
}
