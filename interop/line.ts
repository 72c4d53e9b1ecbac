import type { Report } from './report.js';
import type { ServerKind } from './server.js';
export async function lineChecks(_kind: ServerKind, _directory: string, _report: Report): Promise<void> {}
