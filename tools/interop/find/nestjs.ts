import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, Find, Missing } from '../client.js';
import { runProgram } from '../program.js';
import { SOURCES } from './places.js';

const PROGRAM = join(SOURCES, 'javascript', 'nest.mjs');
const BASE =
  '@nestjs/core@11 @nestjs/common@11 @nestjs/microservices@11 @nestjs/platform-express@11 reflect-metadata rxjs nats@2';

/** A transport that brings JetStream to NestJS, in the folder `INTEROP_NESTJS`. */
async function findTransport(scenario: string, name: string, more = name): Promise<Client | Missing> {
  const { INTEROP_NESTJS: folder = '' } = process.env;
  const file = join(folder, 'node_modules', name, 'package.json');
  if (folder === '' || !existsSync(file))
    return { name, reason: `INTEROP_NESTJS names no folder with it (npm install ${BASE} ${more})` };
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return {
    ...{ name, version, only: new Set([scenario]) },
    run: (world) => runProgram([process.execPath, PROGRAM], world),
  };
}

export const findNestPlugins: Find = () =>
  findTransport('nestjs-plugins', '@nestjs-plugins/nestjs-nats-jetstream-transport');

export const findNestHorizon: Find = () =>
  findTransport(
    'nestjs-horizon',
    '@horizon-republic/nestjs-jetstream',
    '@horizon-republic/nestjs-jetstream uuid',
  );
