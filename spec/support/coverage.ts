/**
 * Required by `make coverage`: lets the processes that run spec files write what was covered. mocha ends each of them with
 * SIGTERM once it has taken a second to exit, and writing takes longer.
 */
process.on('SIGTERM', () => undefined);
