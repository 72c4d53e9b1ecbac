#!/usr/bin/env node
/** The sluice command. As little as can be before the rest is loaded: where Node can keep compiled code, it does. */
import module from 'node:module';

const { enableCompileCache } = module as { enableCompileCache?: () => unknown }; // from Node 22.1 on
enableCompileCache?.();
// A plain word comes first where a subcommand is asked for. Others do not wait for what knows them all.
const isWord = /^[a-z][a-z-]*$/i.test(process.argv[2] ?? '');
void (isWord ? import('./cli/dispatch.js') : import('./cli/main.js')).then(({ main }) => main(process.argv));
