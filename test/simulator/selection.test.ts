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
])('a role is found by its %s', (_what, text) => {
  expect(selectByName([reader, uploader], text, 'role')).toBe(uploader);
});

test('a template without construct paths has the construct id in the logical id', () => {
  expect(selectByName([reader, uploader], 'Reader', 'role')).toBe(reader);
});

test('an ambiguous or unknown name is answered with the candidates', () => {
  const other = role('OtherUploader11111111', 'Stack/Other/Uploader/Resource');
  expect(() => selectByName([uploader, other], 'Uploader', 'role')).toThrow(/several roles are called 'Uploader'.*Uploader9E18DA9B.*OtherUploader11111111/);
  expect(() => selectByName([uploader], 'Nobody', 'role')).toThrow(/no role is called 'Nobody'; there is Stack-Uploader9E18DA9B-XYZ/);
});
