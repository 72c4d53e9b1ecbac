import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { parseArguments } from '../../lib/cli/arguments.js';
import { loadConfig } from '../../lib/config.js';
import { VERSION } from '../../lib/version.js';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly steps: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

function text(path: string): string {
  return readFileSync(path, 'utf8');
}

const WORKFLOWS = readdirSync('.github/workflows').map((name) => join('.github/workflows', name));
const FORMS = readdirSync('.github/ISSUE_TEMPLATE').map((name) => join('.github/ISSUE_TEMPLATE', name));
const { scripts } = JSON.parse(text('package.json')) as { scripts: Readonly<Record<string, string>> };
const TARGETS = [...text('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, target]) => target!);

/** The words after an instruction of the Dockerfile, continued lines joined. */
function instructions(name: string): string[] {
  const lines = text('deploy/docker/Dockerfile')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  return lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
}

describe('the files of the project', () => {
  for (const path of WORKFLOWS) {
    it(`${path} has rights it needs, ends in time, and names its actions by version`, () => {
      const { permissions, jobs } = parse(text(path), { strict: true }) as Workflow;
      expect(Object.values(permissions)).not.to.include('write');
      for (const [name, { steps, 'timeout-minutes': minutes }] of Object.entries(jobs)) {
        expect(minutes, name).to.be.within(1, 60);
        for (const { uses, run } of steps) {
          expect(
            [uses, run].filter((each) => each !== undefined),
            name,
          ).to.have.lengthOf(1);
          expect(uses ?? 'actions/none@v0', name).to.match(/^actions\/[\w-]+@v\d+$/);
          expect(run ?? 'none', name).to.match(/^\S/);
        }
      }
    });

    it(`${path} runs what there is`, () => {
      const { jobs } = parse(text(path)) as Workflow;
      const commands = Object.values(jobs).flatMap(({ steps }) =>
        steps.flatMap(({ run }) => run?.split('\n') ?? []),
      );
      for (const command of commands) {
        for (const [, target] of command.matchAll(/^make (.+)/g)) {
          expect(TARGETS).to.include.members(target!.split(' '));
        }
        for (const [, script] of command.matchAll(/^npm run (\S+)/g))
          expect(scripts).to.have.property(script!);
        for (const [program] of command.matchAll(/^\.\S+/g)) expect(existsSync(program)).to.equal(true);
      }
      expect(commands.join('\n')).to.match(/\.ci\/run/);
    });
  }

  for (const path of [...FORMS, '.github/dependabot.yml']) {
    it(`${path} is YAML`, () => expect(parse(text(path), { strict: true })).to.be.an('object'));
  }

  it('.devcontainer/devcontainer.json is JSON', () => {
    expect(JSON.parse(text('.devcontainer/devcontainer.json'))).to.have.property('image');
  });

  it('Dockerfile copies what there is and what Dockerfile.dockerignore lets through', () => {
    const allowed = text('deploy/docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = instructions('COPY')
      .filter((words) => !words.startsWith('--from'))
      .flatMap((words) => words.split(' ').slice(0, -1));
    expect(new Set(sources)).to.deep.equal(new Set(allowed));
    for (const source of sources) expect(existsSync(source), source).to.equal(true);
    const imported = [...text('script/bundle.mjs').matchAll(/import\('\.\/([\w.-]+)'\)/g)];
    expect(sources).to.include.members(imported.map(([, name]) => `script/${name}`));
    expect(scripts).to.have.property('build');
  });

  it('Dockerfile starts a broker that its health check and its ports fit, not as root', async () => {
    const words = JSON.parse(instructions('CMD').at(-1)!) as string[];
    expect(parseArguments(words, 'sluice')).to.deep.include({
      action: 'run',
      file: '/etc/sluice/config.toml',
    });
    const { config } = await loadConfig({ file: 'deploy/docker/config.toml' });
    const [nats, line] = [config.nats.listeners[0]!.port, config.line.listeners[0]!.port];
    expect(instructions('EXPOSE')).to.deep.equal([`${nats} ${line}`]);
    const { host, port } = config.monitor.listener!;
    expect(instructions('HEALTHCHECK').join('')).to.include(`http://${host}:${port}/healthz`);
    expect(instructions('USER')[0]).to.match(/^[1-9]\d*:/);
    expect(instructions('STOPSIGNAL')).to.deep.equal(['SIGTERM']);
  });

  it('deploy/sluice.service starts sluice with flags it has, and waits longer for its end than that may take', async () => {
    const unit = text('deploy/sluice.service');
    const packed = `sluice-${VERSION}.tgz`;
    expect(unit)
      .to.match(/^# {3}npm pack .*\n# {3}npm install --global \S+$/m)
      .and.to.include(`/${packed}\n`);
    expect(text('README.md'), 'the same package').to.include(`/${packed}\``);
    const setting = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
    for (const [name, action] of [
      ['ExecStart', 'run'],
      ['ExecStartPre', 'check'],
    ] as const) {
      const [env, program, ...words] = setting(name).split(' ');
      expect([env, program]).to.deep.equal(['/usr/bin/env', 'sluice']);
      expect(parseArguments(words, 'sluice')).to.deep.include({ action, file: '/etc/sluice/config.toml' });
    }
    const { config } = await loadConfig({ file: undefined, environment: {} });
    expect(Number(setting('TimeoutStopSec')) * 1_000).to.be.greaterThan(config.shutdown.deadlineMs);
    expect(setting('ExecReload')).to.match(/ -HUP \$MAINPID$/);
  });
});
