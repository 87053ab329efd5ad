import { readdirSync, realpathSync } from 'fs';
import { tmpdir } from 'os';
import { basename, dirname } from 'path';
import { App } from 'aws-cdk-lib';
import { RUN_FOLDER_PREFIX } from './run-setup';

test('temporary files are in a folder that the run takes away', () => {
  expect(basename(tmpdir())).toMatch(new RegExp(`^${RUN_FOLDER_PREFIX}`));
  // As the AWS CDK finds it.
  expect(dirname(new App().outdir)).toBe(realpathSync(tmpdir()));
  expect(readdirSync(tmpdir()).some((name) => name.startsWith('cdk.out'))).toBe(true);
});
