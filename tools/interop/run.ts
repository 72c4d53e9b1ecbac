/** Tries the clients of other makes that are on this machine against a server: `make interop`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCertificates } from './certificates.js';
import { type Client, isFound, type Outcome } from './client.js';
import { conf, TLS_CONFS } from './confs.js';
import { deployChecks } from './deploy.js';
import { FINDERS } from './find/all.js';
import { SOURCES } from './find/places.js';
import { createIdentities } from './identities.js';
import { leafChecks } from './leaf.js';
import { lineChecks } from './line.js';
import { pageChecks } from './live-page.js';
import { prometheusChecks } from './prometheus.js';
import { Report } from './report.js';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { Server } from './server.js';
import { serverKind } from './servers.js';
import { shellChecks } from './shells.js';

const USAGE = `Usage: make interop ARGS="[--server sluice|PATH] [--client NAME,…] [--scenario NAME,…]"`;

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: 'sluice' },
    client: { type: 'string' },
    scenario: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const isWanted = (list: string | undefined, name: string) =>
  list === undefined || list.split(',').includes(name);

const kind = await serverKind(values.server);
const directory = mkdtempSync(join(tmpdir(), 'sluice-interop-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const identities = await createIdentities(directory);
const certificates = createCertificates(directory);
const report = new Report(`${kind.name} ${kind.version}`);
const shared = new Map<string, Server | Error>();

async function start({ conf: name }: Scenario): Promise<Server> {
  return Server.start(kind, directory, conf(name, identities, certificates));
}

/** Servers are shared by all scenarios that use the same configuration; one that does not start is not tried again. */
async function serverFor(scenario: Scenario): Promise<Server> {
  if (scenario.ownServer) return start(scenario);
  const known =
    shared.get(scenario.conf) ??
    (await start(scenario).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    ));
  shared.set(scenario.conf, known);
  if (known instanceof Error) throw known;
  return known;
}

async function stop(server: Server): Promise<void> {
  await server.stop();
  for (const line of server.complaints()) report.addComplaint(line);
}

async function attempt(client: Client, scenario: Scenario): Promise<Outcome> {
  if (TLS_CONFS.has(scenario.conf) && !certificates) {
    return { kind: 'skipped', reason: 'no openssl command to make certificates with' };
  }
  let server: Server | undefined;
  try {
    server = await serverFor(scenario);
    const logged = server.log.length;
    const outcome = await client.run({ scenario, server, identities, certificates, directory });
    if (outcome.kind !== 'failed') return outcome;
    return {
      kind: 'failed',
      reason: `${outcome.reason}\n--- the server\n${server.log.slice(logged).slice(-2_000)}`,
    };
  } catch (error) {
    return { kind: 'failed', reason: String(error) };
  } finally {
    if (server && scenario.ownServer) await stop(server);
  }
}

console.log(`the server: ${kind.name} ${kind.version}`);
for (const [name, find] of Object.entries(FINDERS)) {
  if (!isWanted(values.client, name)) continue;
  const found = await find(join(SOURCES, 'build', name));
  if (!isFound(found)) {
    report.missing(found);
    continue;
  }
  report.begin(found);
  for (const scenario of SCENARIOS) {
    if (scenario.only?.includes(name) === false || found.only?.has(scenario.name) === false) continue;
    if (isWanted(values.scenario, scenario.name)) report.add(scenario.name, await attempt(found, scenario));
  }
}
if (values.server === 'sluice' && isWanted(values.client, 'leaf'))
  await leafChecks(report, identities, certificates, (name) => isWanted(values.scenario, name));
if (values.server === 'sluice' && values.scenario === undefined) {
  if (isWanted(values.client, 'line')) await lineChecks(report);
  if (isWanted(values.client, 'shells')) await shellChecks(report, directory);
  if (isWanted(values.client, 'deploy')) await deployChecks(report, directory);
  if (isWanted(values.client, 'prometheus')) await prometheusChecks(report, directory);
  if (isWanted(values.client, 'page')) await pageChecks(report);
}
for (const server of shared.values()) if (server instanceof Server) await stop(server);
report.summarise();
process.exitCode = report.hasFailed ? 1 : 0;
