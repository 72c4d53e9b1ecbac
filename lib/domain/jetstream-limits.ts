import { KIB, MIB } from './limits.js';

/*
 * What is fixed for JetStream. `docs/limits.md` is tested against this as against `limits.ts`, where what can be set is.
 */

/** Requests to the API of one account's streams that wait for those before them. Fixed. */
export const MAX_JETSTREAM_REQUESTS = 10_000;

/** Bytes of messages that a direct get is answered with before it ends, whatever it asks for; the next one may go on. Fixed. */
export const MAX_DIRECT_GET_BYTES = 8_388_608;

/** Subjects whose last messages one direct get may ask for. As nats-server. Fixed. */
export const MAX_DIRECT_GET_SUBJECTS = 1_024;

/** Bytes of those requests. Fixed. */
export const MAX_JETSTREAM_WAITING_BYTES = 64 * MIB;

/** Longest JSON of a request to the API of streams, in bytes. Fixed. */
export const MAX_JETSTREAM_REQUEST_BYTES = MIB;

/** Longest request for messages of a consumer, in bytes. Fixed. */
export const MAX_JETSTREAM_QUERY_BYTES = 16 * KIB;

/** JSON of an answer with a part of a list after which that part ends, in bytes. Fixed. */
export const MAX_JETSTREAM_PAGE_BYTES = 4 * MIB;

/** Subjects of one stream, and filters of one consumer. Fixed. */
export const MAX_JETSTREAM_SUBJECTS = 16_384;

/** Places that the search for the filter of a consumer that a subject is in may have to look at. Fixed. */
export const MAX_JETSTREAM_FILTER_PLACES = 1_024;

/** Places that may have to be looked at to find out whether subjects of streams overlap, for one request. Fixed. */
export const MAX_JETSTREAM_OVERLAP_PLACES = 16_777_216;

/** Streams that one stream copies from, with their subject transforms. Fixed. */
export const MAX_JETSTREAM_COPIED = 1_024;

/** Places that may be looked at to compare the transforms of one of those, and subjects compared to find cycles. Fixed. */
export const MAX_JETSTREAM_COPIED_PLACES = 65_536;

/**
 * Subjects, or messages, that may be looked at in one turn of the event loop for publishes that expect a sequence on a subject with
 * wildcards. Fixed.
 */
export const MAX_JETSTREAM_SEARCHED = 100_000;

/** Longest text in a request, such as a subject, a filter or the destination of a transform. Fixed. */
export const MAX_JETSTREAM_TEXT_BYTES = 16 * KIB;

/** Bytes of a subject times the tokens of the destination that it is renamed by. Fixed. */
export const MAX_JETSTREAM_RENAMED_PLACES = 65_536;

/** Sequences without a message that one answer lists. Fixed. */
export const MAX_JETSTREAM_DELETED = 100_000;
