import type { Find } from '../client.js';
import { findC } from './c.js';
import { findCli } from './cli.js';
import { findGo } from './go.js';
import { findJava } from './java.js';
import { findJetStream, findNode, findPage } from './javascript.js';
import { findNestHorizon, findNestPlugins } from './nestjs.js';
import { findPython } from './python.js';
import { findRust } from './rust.js';

/** Every client there is a program for, by the name it is asked for with. */
export const FINDERS: Readonly<Record<string, Find>> = {
  cli: findCli,
  go: findGo,
  c: findC,
  java: findJava,
  python: findPython,
  rust: findRust,
  node: findNode,
  'node-jetstream': findJetStream,
  'nestjs-plugins': findNestPlugins,
  'nestjs-horizon': findNestHorizon,
  chromium: findPage,
};
