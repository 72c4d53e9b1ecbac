import { destinationFault } from '../../domain/destination.js';
import { isPlainSubject } from '../../domain/plain-subject.js';
import { ApiError, invalidConfig } from '../api/errors.js';
import { orAll, subjectsOverlap } from './names.js';
import type { StreamConfig } from './stream-config.js';

/** Checks what subjects are renamed to, and where messages are published again. @throws ApiError */
export function checkRenaming({ subjects, subject_transform, republish }: StreamConfig): void {
  if (subject_transform !== undefined) {
    const { src, dest } = subject_transform;
    if (src !== '' && !isPlainSubject(src))
      throw new ApiError('STREAM_TRANSFORM_INVALID_SOURCE', `invalid subject ${src}`);
    const fault = dest === '' ? undefined : destinationFault(orAll(src), dest);
    if (fault !== undefined) throw new ApiError('STREAM_TRANSFORM_INVALID_DESTINATION', fault);
  }
  if (republish === undefined) return;
  const { src = '>', dest } = republish;
  if (subjects.some((subject) => subjectsOverlap(dest, subject)))
    throw invalidConfig('stream configuration for republish destination forms a cycle');
  if (dest !== '' && (!isPlainSubject(src) || destinationFault(src, dest) !== undefined))
    throw invalidConfig(
      `stream configuration for republish with transform from '${src}' to '${dest}' not valid`,
    );
}
