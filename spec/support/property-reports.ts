/** mocha loads this module before any spec: what a property failed with is part of its message, not only its cause. */
import fc from 'fast-check';

fc.configureGlobal({ includeErrorInReport: true });
