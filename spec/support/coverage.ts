/**
 * Required by `make coverage`: lets the processes that run spec files write what was covered. mocha ends each of them with
 * SIGTERM once it has taken a second to exit, and writing ten megabytes may take longer: then all of it would be missing.
 */
process.on('SIGTERM', () => undefined);
