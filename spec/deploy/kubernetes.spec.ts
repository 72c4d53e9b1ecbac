import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { parseArguments } from '../../lib/cli/arguments.js';
import { type Config, loadConfig } from '../../lib/config.js';
import { freshDirectory } from '../support/process.js';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: { readonly limits: { readonly memory: string; readonly cpu?: string } };
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

type Labels = Readonly<Record<string, string>>;

/** What the specs look at of a resource, whichever it is. */
interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Labels };
  readonly data: { readonly 'config.toml': string };
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly type: string };
    readonly selector: Labels & { readonly matchLabels: Labels };
    readonly podSelector: { readonly matchLabels: Labels };
    readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
    readonly ingress: readonly { readonly ports: readonly { readonly port: string }[] }[];
    readonly template: {
      readonly metadata: { readonly labels: Labels; readonly annotations: Labels };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string; readonly configMap: { readonly name: string } }[];
      };
    };
  };
}

const PATH = 'deploy/kubernetes/sluice.yaml';
const DOCUMENTS = parseAllDocuments(readFileSync(PATH, 'utf8'), { strict: true, uniqueKeys: true });
const RESOURCES = [...DOCUMENTS].map((each) => each.toJS() as Resource);

function find(kind: string): Resource {
  const found = RESOURCES.filter((each) => each.kind === kind);
  expect(found, kind).to.have.lengthOf(1);
  return found[0]!;
}

/** The configuration that the container runs with: the file of the ConfigMap, and its environment. */
async function configuration(container: Container): Promise<Config> {
  const file = join(freshDirectory(), 'config.toml');
  writeFileSync(file, find('ConfigMap').data['config.toml']);
  const environment = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
  return (await loadConfig({ file, environment })).config;
}

describe(PATH, () => {
  const { template, ...deployment } = find('Deployment').spec;
  const [container] = template.spec.containers as readonly [Container];

  it('is YAML without errors, of the versions of the API that there are', () => {
    expect([...DOCUMENTS].flatMap(({ errors, warnings }) => [...errors, ...warnings])).to.deep.equal([]);
    expect(RESOURCES.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).to.deep.equal([
      'v1 ConfigMap',
      'apps/v1 Deployment',
      'v1 Service',
      'networking.k8s.io/v1 NetworkPolicy',
    ]);
    for (const { metadata } of RESOURCES) expect(metadata.name).to.match(/^[a-z\d-]+$/);
  });

  it('selects the pods that it makes', () => {
    const { labels } = template.metadata;
    const selectors = [
      deployment.selector.matchLabels,
      find('Service').spec.selector,
      find('NetworkPolicy').spec.podSelector.matchLabels,
    ];
    for (const selector of selectors) expect(labels).to.include(selector);
  });

  it('names ports that the container has, and the configuration listens on', async () => {
    const config = await configuration(container);
    const ports: Readonly<Record<string, number>> = Object.fromEntries(
      container.ports.map(({ name, containerPort }) => [name, containerPort]),
    );
    expect(ports).to.deep.equal({
      nats: config.nats.listeners[0]!.port,
      monitor: config.monitor.listener!.port,
    });
    const named = [
      ...find('Service').spec.ports.map(({ targetPort }) => targetPort),
      ...find('NetworkPolicy').spec.ingress.flatMap(({ ports: open }) => open.map(({ port }) => port)),
      ...[container.startupProbe, container.livenessProbe, container.readinessProbe].map(
        ({ httpGet }) => httpGet.port,
      ),
    ];
    for (const name of named) expect(ports).to.have.property(name);
    const { monitor } = ports;
    expect(template.metadata.annotations['prometheus.io/port']).to.equal(String(monitor));
    expect(template.metadata.annotations['prometheus.io/path']).to.equal('/metrics');
    // Probes ask by the address of the pod, Prometheus too; others by the name of the service.
    expect(config.monitor.allowedHosts).to.include('.svc.cluster.local');
  });

  it('starts sluice with words that it knows, as ConfigMap and Dockerfile have them', () => {
    expect(parseArguments(container.args, 'sluice')).to.deep.include({
      action: 'run',
      file: '/etc/sluice/config.toml',
    });
    const [mount] = container.volumeMounts;
    const [volume] = template.spec.volumes;
    expect([mount!.name, mount!.mountPath]).to.deep.equal([volume!.name, '/etc/sluice']);
    expect(volume!.configMap.name).to.equal(find('ConfigMap').metadata.name);
    const [node, script, ...words] = container.lifecycle.preStop.exec.command;
    expect(readFileSync('deploy/docker/Dockerfile', 'utf8')).to.include(
      `ENTRYPOINT ["${node}", "${script}"]`,
    );
    expect(parseArguments(words, 'sluice')).to.deep.include({ action: 'signal', signal: 'ldm=1' });
  });

  it('leaves time for lame duck mode and for the end', async () => {
    const { lameDuck, shutdown } = await configuration(container);
    const neededMs = lameDuck.durationMs + shutdown.deadlineMs;
    expect(template.spec.terminationGracePeriodSeconds * 1_000).to.be.above(neededMs);
  });

  it('is not restarted for being a lame duck, and gets no clients then', () => {
    expect(container.livenessProbe.httpGet.path).not.to.equal('/healthz');
    expect(container.readinessProbe.httpGet.path).to.equal('/healthz');
    expect(container.startupProbe.httpGet.path).to.equal('/healthz');
  });

  it('is one broker, whose heap and pending bytes fit into its memory', async () => {
    expect([deployment.replicas, deployment.strategy.type]).to.deep.equal([1, 'Recreate']);
    const mib = (text: string) =>
      Number(/^(\d+)Mi$/.exec(text)?.[1] ?? Number(/^(\d+)Gi$/.exec(text)![1]) * 1_024);
    const options = container.env.find(({ name }) => name === 'NODE_OPTIONS')!.value;
    const heap = Number(/--max-old-space-size=(\d+)/.exec(options)![1]);
    const pending = (await configuration(container)).flow.maxTotalPendingBytes / 2 ** 20;
    expect(pending).to.be.above(0);
    expect(heap + pending).to.be.below(mib(container.resources.limits.memory));
    expect(container.resources.limits.cpu).to.equal(undefined);
  });

  it('has no rights that it does not need', () => {
    expect(template.spec.securityContext).to.include({ runAsNonRoot: true });
    expect(template.spec.automountServiceAccountToken).to.equal(false);
    expect(container.securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});
