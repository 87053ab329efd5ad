/** What the tests of examples have in common: a folder with a CA, an app that minds everything, and decisions of the simulator. */
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createRootCa, Issued } from './pki';
import { strictApp, warnings } from './stack';
import { RolesAnywhereChecks } from '../../src';
import { RolesAnywhereSimulator, SimulatedRequest } from '../../src/simulator';

/** A CA whose certificate is in a file, as examples want it. */
export interface CaFile {
  readonly root: Issued;
  readonly path: string;
  /** Removes the file. */
  remove(): void;
}

/** Makes a CA, and writes its certificate to a folder of its own. */
export async function createCaFile(name: string): Promise<CaFile> {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const root = await createRootCa('O=Example, CN=Example Root');
  const path = join(folder, 'root.pem');
  writeFileSync(path, root.pem);
  return { root, path, remove: () => rmSync(folder, { recursive: true }) };
}

/**
 * Expects the stack of an example to pass strict template validation, cdk-nag and the checks of this library, all without a warning.
 *
 * @param acknowledged findings of cdk-nag that are meant, without the prefix `AwsSolutions-`
 */
export function expectSound(create: (app: App) => Stack, acknowledged: readonly string[] = []): void {
  const app = strictApp();
  const stack = create(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  RolesAnywhereChecks.addTo(app, { failOnWarnings: true });
  acknowledged.forEach((finding) => Validations.of(stack).acknowledge({ id: `AwsSolutions::AwsSolutions-${finding}`, reason: 'see the test' }));
  expect(() => app.synth()).not.toThrow();
  expect(warnings(stack)).toEqual([]);
}

/** Whom the stack lets in: the step that a request fails at, or `in`. */
export function decide(stack: Stack, request: SimulatedRequest): string {
  const decision = RolesAnywhereSimulator.fromTemplate(Template.fromStack(stack)).createSession(request);
  return decision.session ? 'in' : decision.failedStep!.id;
}
