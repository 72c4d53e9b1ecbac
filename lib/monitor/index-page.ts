import type { Endpoint } from './endpoint.js';

const LINKS: readonly (readonly [path: string, label: string])[] = [
  ['varz', 'General'],
  ['connz', 'Connections'],
  ['accountz', 'Accounts'],
  ['accstatz', 'Account statistics'],
  ['subsz', 'Subscriptions'],
  ['routez', 'Routes'],
  ['leafz', 'Leaf nodes'],
  ['gatewayz', 'Gateways'],
  ['jsz', 'JetStream'],
  ['healthz', 'Health'],
  ['metrics', 'Metrics for Prometheus'],
];

/** `/`: a page of links to the others. */
export const indexPage: Endpoint = (_query, { observed, basePath }) => {
  const { sluice } = observed.server();
  const base = basePath === '' ? '.' : basePath;
  const links = LINKS.map(([path, label]) => `<li><a href="${base}/${path}">${label}</a></li>`).join('\n');
  return {
    kind: 'html',
    html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>sluice</title>
<style>body { font-family: system-ui, sans-serif; margin: 2rem } li { margin: .4rem 0 }</style></head>
<body>
<h1>sluice ${sluice}</h1>
<ul>
${links}
</ul>
</body>
</html>
`,
  };
};
