import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { rollup } from 'rollup';
import { type Report, trial } from '../support/web/trial.js';

const BUNDLE = 'dist/codecs-web.js';
const CORPUS = ['corpus/nats.json', 'corpus/line.json'].map((path) => readFileSync(path, 'utf8'));

/** The bundle as a script that leaves its exports in `codecs`; an import of anything is an error. */
async function asScript(): Promise<string> {
  const bundle = await rollup({
    input: BUNDLE,
    onwarn(warning) {
      throw new Error(warning.message);
    },
  });
  const { output } = await bundle.generate({ format: 'iife', name: 'codecs' });
  await bundle.close();
  expect([...output[0].imports, ...output[0].dynamicImports]).to.deep.equal([]);
  return output[0].code;
}

function expectAllRight(report: string): void {
  const { cases, wrong, nodeThings } = JSON.parse(report) as Report;
  expect(nodeThings, 'left of Node').to.deep.equal([]);
  expect(wrong).to.deep.equal([]);
  expect(cases).to.be.above(450);
}

describe('sluice/codecs/web without Node', () => {
  it('is one file that imports nothing and names nothing of Node', async () => {
    const code = readFileSync(BUNDLE, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(code).not.to.match(/^import\b|\bimport\(|\brequire\(|['"]node:|\bprocess\.|\bBuffer\b/m);
    await asScript();
  });

  it('gives what the corpus says where there are web globals only', async () => {
    const globals = { TextDecoder, TextEncoder, TransformStream, ReadableStream, WritableStream, atob, btoa };
    const context = createContext({ ...globals, CORPUS });
    const report: unknown = runInContext(
      `${await asScript()};\n(${trial.toString()})(codecs, CORPUS)`,
      context,
    );
    expectAllRight(await (report as Promise<string>));
  });

  it('gives what the corpus says in a worker that was left without Buffer and process', async () => {
    const code = `
      const { parentPort, workerData: { codecs, corpus } } = require('node:worker_threads');
      for (const name of ['Buffer', 'process', 'global', 'setImmediate', 'require', 'module']) delete globalThis[name];
      import(codecs).then((all) => (${trial.toString()})(all, corpus)).then((report) => parentPort.postMessage(report));
    `;
    const workerData = { codecs: import.meta.resolve('sluice/codecs/web'), corpus: CORPUS };
    const worker = new Worker(code, { eval: true, workerData });
    const [report] = (await once(worker, 'message')) as [string];
    await worker.terminate();
    expectAllRight(report);
  });

  it('is told of, where it goes wrong', async () => {
    const codecs = (await import('sluice/codecs/web')) as typeof import('sluice/codecs/web');
    const broken = { ...codecs, natsDecoder: codecs.natsServerDecoder } as unknown as typeof codecs;
    const { wrong, nodeThings } = JSON.parse(await trial(broken, CORPUS)) as Report;
    expect(wrong.length).to.be.above(100);
    expect(nodeThings).to.include('Buffer');
  });
});
