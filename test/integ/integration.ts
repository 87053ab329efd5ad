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
    // Nothing that names folders of the machine or changes with each release.
    super({ analyticsReporting: false, stackTraces: false, treeMetadata: false });
  }

  public synth(...args: Parameters<App['synth']>): ReturnType<App['synth']> {
    const assembly = super.synth(...args);
    for (const name of readdirSync(assembly.directory).filter((file) => /^(?:manifest|integ|.*\.assets)\.json$/.test(file))) {
      const path = join(assembly.directory, name);
      const manifest = JSON.parse(readFileSync(path, 'utf8')) as object;
      writeFileSync(path, `${JSON.stringify({ ...manifest, version: READABLE_VERSION }, undefined, 2)}\n`);
    }
    return assembly;
  }
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
