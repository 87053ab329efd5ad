/** What the integration tests have in common: the app, the test of a stack, and the trust anchor of a CA whose private key nobody has. */
import { readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { TrustAnchor, TrustAnchorSource } from '../../src';

/** The newest manifests that integ-runner reads. What later ones have more, these tests have no use for. */
const READABLE_VERSION = '53.0.0';

class IntegrationApp extends App {
  public constructor() {
    // Nothing that changes with each release.
    super({ analyticsReporting: false, treeMetadata: false });
  }

  public synth(...args: Parameters<App['synth']>): ReturnType<App['synth']> {
    const assembly = super.synth(...args);
    for (const name of readdirSync(assembly.directory).filter((file) => file.endsWith('.json'))) {
      const path = join(assembly.directory, name);
      const content = JSON.parse(readFileSync(path, 'utf8')) as object;
      if (/^(?:manifest|integ|.*\.assets)\.json$/.test(name)) {
        writeJson(path, { ...content, version: READABLE_VERSION });
      } else if (name.endsWith('.metadata.json')) {
        writeJson(path, withoutWhereabouts(content as Metadata));
      }
    }
    return assembly;
  }
}

/** What is noted at constructs, by their path. */
type Metadata = Readonly<Record<string, ReadonlyArray<{ readonly type: string }>>>;

/** Metadata without the lines of source that made a construct: they change with every edit, and name folders of this machine. */
function withoutWhereabouts(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).map(([path, entries]) => [path, entries.filter(({ type }) => type !== 'aws:cdk:creationStack')]));
}

function writeJson(path: string, content: object): void {
  writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** The app of an integration test. */
export function integrationApp(): App {
  return new IntegrationApp();
}

/** A trust anchor for the CA of root.pem. It is good until 2076, and its key was thrown away: no certificate can be issued below it. */
export function exampleTrustAnchor(stack: Stack): TrustAnchor {
  return new TrustAnchor(stack, 'TrustAnchor', { source: TrustAnchorSource.certificateFile(join(__dirname, 'root.pem')) });
}

/** Has a stack deployed, as it is, by whoever runs the tests with an account; without one, its template is compared with the snapshot. */
export function integrationTest(app: App, stack: Stack): void {
  new IntegTest(app, 'Test', { testCases: [stack] });
}
