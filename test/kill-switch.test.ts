import { aws_cloudwatch as cloudwatch, aws_iam as iam, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { KillSwitch, Profile, RolesAnywhereRole, Subject, TrustAnchor, TrustAnchorSource } from '../src';
import { createRootCa, Issued } from './support/pki';
import { errorCode, errorOf, newStack, strictStack, warnings } from './support/stack';
import { execute, ServiceCall } from './support/states-language';
import { killSwitchDefinition } from '../src/private/kill-switch-definition';
// eslint-disable-next-line @typescript-eslint/no-require-imports
const validateStatesLanguage: (definition: unknown) => { isValid: boolean; errors: unknown[] } = require('asl-validator');

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

function setUp(stack = newStack()): { stack: Stack; killSwitch: KillSwitch } {
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  const role = new RolesAnywhereRole(stack, 'Role', { trustAnchors: [anchor], certificate: Subject.commonName('onprem01') });
  const profile = new Profile(stack, 'Profile', { roles: [role] });
  return { stack, killSwitch: new KillSwitch(stack, 'KillSwitch', { trustAnchors: [anchor], profiles: [profile], roles: [role] }) };
}

const definition = killSwitchDefinition({
  partition: 'aws', trustAnchorIds: ['anchor-1', 'anchor-2'], profileIds: ['profile-1'], roleNames: ['role-1'], topicArn: 'topic',
});

/** The error that IAM gives for a role or policy that is not there, as Step Functions names it. */
const NO_SUCH_ENTITY = 'Iam.NoSuchEntityException';

/** Runs the state machine and keeps what it called. */
async function run(input: object, fail: (action: string, args: any) => boolean | string = () => false, machine: unknown = definition) {
  const calls: Array<{ action: string; args: any }> = [];
  const call: ServiceCall = async (action, args) => {
    calls.push({ action, args });
    const failure = fail(action, args);
    if (failure) {
      throw Object.assign(new Error('rate exceeded'), { name: failure === true ? 'RolesAnywhere.ThrottlingException' : failure });
    }
    return {};
  };
  const result = await execute(machine, input, call);
  const message = calls.filter(({ action }) => action === 'sns:publish').map(({ args }) => JSON.parse(args.Message))[0];
  return { result, calls, message, actions: calls.map(({ action, args }) => `${action} ${args.TrustAnchorId ?? args.ProfileId ?? args.RoleName ?? ''}`.trim()) };
}

describe('the state machine', () => {
  test('is valid in the States Language', () => {
    expect(validateStatesLanguage(definition)).toMatchObject({ isValid: true });
  });

  test('stop disables everything, then denies older sessions, then reports', async () => {
    const before = new Date().toISOString();
    const { result, calls, actions, message } = await run({ action: 'stop', reason: 'stolen laptop' });
    expect(result.status).toBe('SUCCEEDED');
    expect([...actions].sort()).toEqual([
      'iam:putRolePolicy role-1', 'rolesanywhere:disableProfile profile-1', 'rolesanywhere:disableTrustAnchor anchor-1',
      'rolesanywhere:disableTrustAnchor anchor-2', 'sns:publish',
    ]);
    expect(actions.indexOf('iam:putRolePolicy role-1')).toBe(3);
    const { PolicyDocument, PolicyName } = calls[3].args;
    const policy = JSON.parse(PolicyDocument);
    expect(PolicyName).toBe('RolesAnywhereKillSwitch');
    expect(policy).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: ['*'], Resource: ['*'], Condition: { DateLessThan: { 'aws:TokenIssueTime': expect.any(String) } } }],
    });
    expect(policy.Statement[0].Condition.DateLessThan['aws:TokenIssueTime'] >= before).toBe(true);
    expect(message).toMatchObject({ action: 'stop', reason: 'stolen laptop' });
    expect(message.results).toHaveLength(4);
  });

  test('goes on when one call fails for good, reports it, and ends as failed', async () => {
    const { result, actions, message } = await run({ action: 'stop', reason: 'x' }, (_action, { TrustAnchorId }) => TrustAnchorId === 'anchor-1');
    expect(actions.filter((action) => action.endsWith('anchor-1'))).toHaveLength(7);
    expect(actions).toEqual(expect.arrayContaining(['rolesanywhere:disableTrustAnchor anchor-2', 'iam:putRolePolicy role-1', 'sns:publish']));
    expect(message.results).toContain('disable of trust anchor anchor-1: FAILED, RolesAnywhere.ThrottlingException rate exceeded');
    expect(result).toMatchObject({ status: 'FAILED', error: 'NotEverythingDone', cause: expect.stringContaining('anchor-1') });
  });

  test('survives throttling', async () => {
    let count = 0;
    const { result } = await run({ action: 'stop', reason: 'x' }, () => ++count <= 3);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('restore enables everything, and leaves old sessions denied', async () => {
    const { result, actions } = await run({ action: 'restore', reason: 'x' });
    expect(result.status).toBe('SUCCEEDED');
    expect([...actions].sort()).toEqual([
      'rolesanywhere:enableProfile profile-1', 'rolesanywhere:enableTrustAnchor anchor-1', 'rolesanywhere:enableTrustAnchor anchor-2', 'sns:publish',
    ]);
  });

  test('removeDeny takes the denial away', async () => {
    const { result, actions } = await run({ action: 'removeDeny', reason: 'x' });
    expect(result.status).toBe('SUCCEEDED');
    expect(actions).toEqual(['iam:deleteRolePolicy role-1', 'sns:publish']);
  });

  test('removeDeny is done where there is no denial', async () => {
    const { result, actions, message } = await run({ action: 'removeDeny', reason: 'x' }, (action) => action.startsWith('iam:') && NO_SUCH_ENTITY);
    expect(result.status).toBe('SUCCEEDED');
    expect(actions).toEqual(['iam:deleteRolePolicy role-1', 'sns:publish']);
    expect(message.results).toEqual(['removal of the session deny of role role-1: done']);
  });

  test('stop reports a role that is not there, and does not wait for it', async () => {
    const { result, actions } = await run({ action: 'stop', reason: 'x' }, (action) => action.startsWith('iam:') && NO_SUCH_ENTITY);
    expect(result).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('role role-1: FAILED, Iam.NoSuchEntityException') });
    expect(actions.filter((action) => action === 'iam:putRolePolicy role-1')).toHaveLength(1);
  });

  test('changes several roles at a time, and calls Roles Anywhere one after the other, which takes one request a second', () => {
    const { DenyOlderSessions, RemoveDeny, Disable } = (definition as any).States;
    expect([DenyOlderSessions.MaxConcurrency, RemoveDeny.MaxConcurrency]).toEqual([5, 5]);
    expect(Disable.Branches.map(({ StartAt, States }: any) => States[StartAt].MaxConcurrency)).toEqual([1, 1]);
  });

  test.each([{}, { action: 'STOP' }])('does nothing with the input %j', async (input) => {
    const { result, calls } = await run(input);
    expect(result).toMatchObject({ status: 'FAILED', error: 'UnknownAction' });
    expect(calls).toEqual([]);
  });

  test('works without a reason, and without profiles and roles', async () => {
    const machine = killSwitchDefinition({ partition: 'aws-cn', trustAnchorIds: ['anchor-1'], profileIds: [], roleNames: [], topicArn: 'topic' });
    const { result, actions } = await run({ action: 'stop' }, undefined, machine);
    expect(result.status).toBe('SUCCEEDED');
    expect(actions).toEqual(['rolesanywhere:disableTrustAnchor anchor-1', 'sns:publish']);
  });
});

describe('the construct', () => {
  test('may do just what the definition calls, on these resources', () => {
    const { stack } = setUp();
    const template = Template.fromStack(stack);
    const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
    const statements = policy.Properties.PolicyDocument.Statement;
    const wildcards = statements.filter(({ Resource }: any) => Resource === '*').flatMap(({ Action }: any) => Action);
    // Delivery of logs and traces cannot be bound to a resource.
    expect(wildcards.every((action: string) => /^(logs|xray):/.test(action))).toBe(true);
    const attribute = (name: string) => ({ 'Fn::GetAtt': [Match.anyValue(), name] });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          { Effect: 'Allow', Action: ['rolesanywhere:DisableTrustAnchor', 'rolesanywhere:EnableTrustAnchor'], Resource: attribute('TrustAnchorArn') },
          { Effect: 'Allow', Action: ['rolesanywhere:DisableProfile', 'rolesanywhere:EnableProfile'], Resource: attribute('ProfileArn') },
          { Effect: 'Allow', Action: ['iam:PutRolePolicy', 'iam:DeleteRolePolicy'], Resource: attribute('Arn') },
          {
            Effect: 'Allow',
            Action: 'iam:PassRole',
            Resource: attribute('Arn'),
            Condition: { StringEquals: { 'iam:PassedToService': 'rolesanywhere.amazonaws.com' } },
          },
        ]),
      },
    });
  });

  test('is thrown by an alarm, an event or a command', () => {
    const { stack, killSwitch } = setUp();
    const alarm = new cloudwatch.Alarm(stack, 'Alarm', { metric: new cloudwatch.Metric({ namespace: 'x', metricName: 'y' }), threshold: 1, evaluationPeriods: 1 });
    killSwitch.stopOnAlarm('OnAlarm', alarm);
    killSwitch.stopOnEvent('OnFinding', { eventPattern: { source: ['aws.guardduty'] } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aws.cloudwatch'], resources: [{ 'Fn::GetAtt': [Match.anyValue(), 'Arn'] }], detail: { state: { value: ['ALARM'] } } },
      Targets: [Match.objectLike({ InputTransformer: { InputTemplate: Match.stringLikeRegexp('"action":"stop"') } })],
    });
    template.resourceCountIs('AWS::Events::Rule', 2);
    expect(stack.resolve(killSwitch.stopCommand)['Fn::Join'][1]).toEqual([
      'aws stepfunctions start-execution --region ', { Ref: 'AWS::Region' }, ' --state-machine-arn ', { Ref: expect.stringMatching(/^KillSwitch/) }, ' --input \'{"action":"stop","reason":"WHY"}\'',
    ]);
    expect(JSON.stringify(stack.resolve([killSwitch.restoreCommand, killSwitch.removeDenyCommand]))).toMatch(/restore.*removeDeny/);
  });

  test('needs something to stop, and warns without roles', () => {
    const { stack, killSwitch } = setUp();
    expect(errorCode(() => new KillSwitch(stack, 'Empty', {}))).toBe('NOTHING_TO_STOP');
    expect(killSwitch.topic).toBeDefined();
    const anchor = TrustAnchor.fromTrustAnchorId(stack, 'Imported', '11111111-1111-1111-1111-111111111111');
    new KillSwitch(stack, 'NoRoles', { trustAnchors: [anchor] });
    expect(warnings(stack).join()).toMatch(/iam:PassRole on all of their roles.*cdk-roles-anywhere:KillSwitch.noRoles/);
  });

  test.each(['trustAnchors', 'profiles'])('refuses %s of another Region', (kind) => {
    const stack = newStack({ env: { region: 'eu-west-1' } });
    const arn = (type: string) => `arn:aws:rolesanywhere:us-east-1:111122223333:${type}/11111111-1111-1111-1111-111111111111`;
    const props = kind === 'profiles'
      ? { profiles: [Profile.fromProfileArn(stack, 'Imported', arn('profile'))] }
      : { trustAnchors: [TrustAnchor.fromTrustAnchorArn(stack, 'Imported', arn('trust-anchor'))] };
    const error = errorOf(() => new KillSwitch(stack, 'KillSwitch', props));
    expect(error.code).toBe('INVALID_ARN');
    expect(error.message).toContain('us-east-1');
  });

  test('names its role policies after the role, whatever stack it is in', () => {
    const stack = newStack();
    const anchor = TrustAnchor.fromTrustAnchorId(stack, 'Imported', '11111111-1111-1111-1111-111111111111');
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/hosts/uploader');
    new KillSwitch(stack, 'KillSwitch', { trustAnchors: [anchor], roles: [role] });
    const [machine] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
    expect(JSON.stringify(machine.Properties.DefinitionString)).toContain('\\"Items\\":[\\"uploader\\"]');
  });

  test('passes strict template validation and cdk-nag', () => {
    const { stack } = setUp(strictStack());
    Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
    Validations.of(stack).acknowledge({ id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]', reason: 'delivery of logs and traces' });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});
