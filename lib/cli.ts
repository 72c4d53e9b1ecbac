#!/usr/bin/env node
/** The sluice command. As little as can be before the rest is loaded: where Node can keep compiled code, it does. */
import module from 'node:module';

const { enableCompileCache } = module as { enableCompileCache?: () => unknown }; // from Node 22.1 on
enableCompileCache?.();
void import('./cli/main.js').then(({ main }) => main(process.argv));
