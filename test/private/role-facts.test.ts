import { App, aws_iam as iam, Stack } from 'aws-cdk-lib';
import { beginValidation, roleFacts } from '../../src/private/role-facts';

const trusting = (service: string) => ({
  Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] }],
});
const HOSTS = trusting('rolesanywhere.amazonaws.com');

/** What aws-iam renders of a role, whatever was done to it. */
function rendered(role: iam.CfnRole): { AssumeRolePolicyDocument: unknown; MaxSessionDuration?: number } {
  const stack = Stack.of(role);
  return stack.resolve(role._toCloudFormation()).Resources[stack.resolve(role.logicalId)].Properties;
}

class OtherRole extends iam.CfnRole {
  protected renderProperties(props: Record<string, unknown>): Record<string, unknown> {
    return { ...super.renderProperties(props), AssumeRolePolicyDocument: HOSTS };
  }
}

test.each<[string, (stack: Stack) => iam.CfnRole]>([
  ['as it was made', (stack) => new iam.CfnRole(stack, 'Role', { assumeRolePolicyDocument: HOSTS, maxSessionDuration: 7200 })],
  ['that was changed', (stack) => {
    const role = new iam.CfnRole(stack, 'Role', { assumeRolePolicyDocument: {} });
    role.assumeRolePolicyDocument = HOSTS;
    return role;
  }],
  ['with an escape hatch', (stack) => {
    const role = new iam.CfnRole(stack, 'Role', { assumeRolePolicyDocument: {} });
    role.addPropertyOverride('AssumeRolePolicyDocument', HOSTS);
    role.addPropertyOverride('MaxSessionDuration', 7200);
    return role;
  }],
  ['of a class that renders otherwise', (stack) => new OtherRole(stack, 'Role', { assumeRolePolicyDocument: {} })],
  ['of an L2 construct', (stack) => {
    const assumedBy = new iam.ServicePrincipal('rolesanywhere.amazonaws.com').withSessionTags();
    return new iam.Role(stack, 'Role', { assumedBy }).node.defaultChild as iam.CfnRole;
  }],
])('a role %s is known as it will be rendered', (_, create) => {
  const role = create(new Stack());
  const { AssumeRolePolicyDocument: trustPolicy, MaxSessionDuration: maxSessionSeconds = 3600 } = rendered(role);
  expect(roleFacts(role)).toMatchObject({ trustPolicy, maxSessionSeconds, trustStatements: [{ namesService: true, assumesRole: true }] });
});

test('a role is read anew in each synthesis', async () => {
  const role = new iam.CfnRole(new Stack(), 'Role', { assumeRolePolicyDocument: HOSTS });
  expect(roleFacts(role)).toBe(roleFacts(role));
  role.assumeRolePolicyDocument = trusting('ec2.amazonaws.com');
  await Promise.resolve();
  expect(roleFacts(role)!.trustStatements).toEqual([]);
});

test('a role is read anew where an app is synthesised again at once', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const role = new iam.CfnRole(stack, 'Role', { assumeRolePolicyDocument: HOSTS });
  const seen: unknown[] = [];
  const validate = () => {
    beginValidation(stack);
    seen.push(roleFacts(role)!.maxSessionSeconds);
    return [];
  };
  stack.node.addValidation({ validate });
  app.synth();
  role.maxSessionDuration = 7200;
  app.synth({ force: true });
  expect(seen).toEqual([3600, 7200]);
});

test('an imported role is not known', () => {
  expect(roleFacts(iam.Role.fromRoleName(new Stack(), 'Role', 'hosts'))).toBeUndefined();
});

test('hundreds of roles are not rendered as a whole', () => {
  const stack = new Stack();
  const roles = Array.from({ length: 100 }, (_, i) => new iam.CfnRole(stack, `Role${i}`, { assumeRolePolicyDocument: HOSTS }));
  const render = jest.spyOn(iam.CfnRole.prototype, '_toCloudFormation');
  expect(roles.map((role) => roleFacts(role)!.trustStatements!.length)).toEqual(roles.map(() => 1));
  expect(render).not.toHaveBeenCalled();
  render.mockRestore();
});
