/** About what a frame adds to the bytes of its message: verb, sid, line ends. */
export const FRAME_OVERHEAD_BYTES = 8;
