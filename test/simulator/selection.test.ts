import { RoleModel } from '../../src/simulator/model';
import { selectByName } from '../../src/simulator/selection';

const environment = { partition: 'aws', account: '111122223333', region: 'us-east-1' };

function role(logicalId: string, constructPath?: string): RoleModel {
  const name = `Stack-${logicalId}-XYZ`;
  return {
    kind: 'role',
    arn: `arn:aws:iam::111122223333:role/${name}`,
    name,
    path: '/',
    trustPolicy: {},
    maxSessionDurationSeconds: 3600,
    logicalId,
    stack: 'Stack',
    constructPath,
    environment,
  };
}

const uploader = role('Uploader9E18DA9B', 'Stack/Uploader/Resource');
const reader = role('ReaderF7BF189D');

test.each([
  ['ARN', uploader.arn], ['name', uploader.name], ['logical id', 'Uploader9E18DA9B'], ['construct path', 'Stack/Uploader'],
  ['construct path of the resource', 'Stack/Uploader/Resource'], ['stack and logical id', 'Stack/Uploader9E18DA9B'], ['construct id', 'Uploader'],
  ['path without the stack', 'Uploader/Resource'],
])('a role is found by its %s', (_what, text) => {
  expect(selectByName([reader, uploader], text, 'role')).toBe(uploader);
});

test('a template without construct paths has the construct id in the logical id', () => {
  expect(selectByName([reader, uploader], 'Reader', 'role')).toBe(reader);
});

test('an ambiguous or unknown name is answered with the candidates', () => {
  const other = role('OtherUploader11111111', 'Stack/Other/Uploader/Resource');
  expect(() => selectByName([uploader, other], 'Uploader', 'role')).toThrow(/several roles are called 'Uploader'.*Uploader9E18DA9B.*OtherUploader11111111/);
  expect(() => selectByName([uploader], 'Nobody', 'role')).toThrow(/no role is called 'Nobody'; there is Stack\/Uploader \(Stack-Uploader9E18DA9B-XYZ Uploader9E18DA9B in Stack, arn:/);
});

describe('a role below another construct', () => {
  const backup = role('BackupRole5B1A3F2C', 'QuickStart/Backup/Role/Resource');
  const staged = role('RestoreRole9C2D7E11', 'Prod/QuickStart/Restore/Role/Resource');

  test.each([
    ['the path without the stack', 'Backup/Role'], ['the id of the construct', 'Backup'], ['the path of the construct', 'QuickStart/Backup'],
  ])('is found by %s', (_what, text) => {
    expect(selectByName([uploader, staged, backup], text, 'role')).toBe(backup);
  });

  test('is found in a stage, too', () => {
    expect(selectByName([backup, staged], 'Restore/Role', 'role')).toBe(staged);
    expect(selectByName([backup, staged], 'Prod', 'role')).toBe(staged);
  });

  test.each([
    ['several roles are below it', 'QuickStart'], ['several paths end so', 'Role'],
  ])('is an error with the paths where %s', (_what, text) => {
    expect(() => selectByName([uploader, backup, staged], text, 'role')).toThrow(expect.objectContaining({
      code: 'AMBIGUOUS', message: expect.stringMatching(/: QuickStart\/Backup\/Role \(.*\), Prod\/QuickStart\/Restore\/Role \([^,]*, [^,]*\)$/),
    }));
  });

  test('is not found by a part of an id', () => {
    expect(() => selectByName([backup], 'ackup', 'role')).toThrow(expect.objectContaining({
      code: 'NOT_FOUND', message: expect.stringContaining('there is QuickStart/Backup/Role ('),
    }));
  });
});
