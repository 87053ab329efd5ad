import { BundledFunction, lineOf, SCHEDULE } from './bundled-function';
import { trustAnchor, World } from './world';
import { createRootCa, Issued, issueCrl } from '../../support/pki';

const ANCHOR = '11111111-2222-3333-4444-555555555555';
const FORMER_ANCHOR = '99999999-2222-3333-4444-555555555555';

const lambda = new BundledFunction();
let ca: Issued;
let pem: string;
let world: World;

beforeAll(async () => {
  await lambda.build();
  ca = await createRootCa('CN=Example Root');
  pem = (await issueCrl(ca)).pem;
});
beforeEach(async () => {
  world = await World.start([trustAnchor(ANCHOR, { certificatePem: ca.pem }), trustAnchor(FORMER_ANCHOR, { certificatePem: ca.pem })]);
  world.publish('/root.crl', pem);
});
afterEach(async () => {
  await lambda.stopAll();
  await world.stop();
});
afterAll(() => lambda.cleanUp());

/** Sends one event of CloudFormation to a cold function, and returns what CloudFormation is told. */
async function deploy(type: 'Create' | 'Update' | 'Delete', lists: readonly object[] = [world.list('root', '/root.crl')], more: object = {}, config: object = {}) {
  const event = world.cloudFormationEvent(type, more);
  const invocation = await lambda.run(world, lists, event, config);
  expect(invocation.error).toBeUndefined();
  expect(world.answers).toHaveLength(1);
  const [{ body }] = world.answers.splice(0);
  expect(body).toMatchObject({ StackId: expect.stringContaining(':stack/Hosts/'), RequestId: 'request-1', LogicalResourceId: 'RevocationSync' });
  return { ...body, invocation };
}

describe('Create', () => {
  test('imports at once, and answers with the id of the sync', async () => {
    const { Status, PhysicalResourceId, invocation } = await deploy('Create');
    expect([Status, PhysicalResourceId]).toEqual(['SUCCESS', 'Hosts-Revocation']);
    expect(invocation.result).toEqual({ lists: [{ id: 'root', outcome: 'imported' }] });
    expect(world.lists()).toMatchObject([{ name: 'list root', enabled: true }]);
  });

  test('fails with the reason of every list that cannot be had', async () => {
    world.publish('/html.crl', '<html></html>');
    const { Status, Reason, PhysicalResourceId } = await deploy('Create', [
      world.list('root', '/root.crl'), world.list('gone', '/gone.crl'), world.list('html', '/html.crl'),
    ]);
    expect(Status).toBe('FAILED');
    expect(Reason.split('\n')).toEqual([
      `gone: FETCH_NOT_FOUND: ${world.url('/gone.crl')} is not there (status 404)`,
      expect.stringMatching(/^html: PEM_NO_BLOCK: what .* has is no revocation list: /),
    ]);
    // One list was imported, and the roll-back has to find it.
    expect(PhysicalResourceId).toBe('Hosts-Revocation');
  });

  test('succeeds without a list that is not there yet, where that is allowed', async () => {
    const { Status, invocation } = await deploy('Create', [world.list('root', '/root.crl'), world.list('gone', '/gone.crl')],
      { ResourceProperties: { AllowMissing: 'true' } });
    expect(Status).toBe('SUCCESS');
    expect(invocation.result.lists).toEqual([{ id: 'root', outcome: 'imported' }, { id: 'gone', outcome: 'failed', reason: 'FETCH_NOT_FOUND' }]);
  });

  test('an object that is not in its bucket yet is allowed to be missing too', async () => {
    const list = { id: 'ca', name: 'ca', source: { type: 's3', bucket: 'lists', key: 'crl/ca.crl' } };
    expect((await deploy('Create', [list], { ResourceProperties: { AllowMissing: 'true' } })).Status).toBe('SUCCESS');
    expect((await deploy('Create', [list])).Reason).toBe('ca: FETCH_NOT_FOUND: s3://lists/crl/ca.crl is not there');
  });

  test('a list that may be missing may not be wrong', async () => {
    world.publish('/root.crl', '<html></html>');
    const { Status, Reason } = await deploy('Create', undefined, { ResourceProperties: { AllowMissing: 'true' } });
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('root: PEM_NO_BLOCK')]);
  });

  test('the schedule reports a list that is missing as a failure, allowed or not', async () => {
    const invocation = await lambda.run(world, [world.list('gone', '/gone.crl')], SCHEDULE);
    expect(invocation.error!.code).toBe('SYNC_FAILED');
    expect(lineOf(invocation, 'gone').reason).toBe('FETCH_NOT_FOUND');
  });

  test('a reason that is too long for CloudFormation is cut', async () => {
    const lists = Array.from({ length: 60 }, (_, i) => world.list(`list-${i}`, `/gone-${i}.crl`));
    const { Status, Reason } = await deploy('Create', lists);
    expect([Status, Reason.length]).toEqual(['FAILED', 1_000]);
  });

  test('without a usable configuration CloudFormation is told so', async () => {
    const { Status, Reason } = await deploy('Create', [], {});
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('CONFIGURATION_INVALID')]);
  });

  test('is answered before the time of the function is over', async () => {
    world.pages.set('/root.crl', () => { /* no answer */ });
    const running = lambda.start(world.environment([world.list('root', '/root.crl', { timeoutSeconds: 600 })]));
    await running.invoke(world.cloudFormationEvent('Create'), 12_000);
    expect(world.answers).toMatchObject([{ body: { Status: 'FAILED', Reason: expect.stringContaining('root: FETCH_TIMEOUT') } }]);
  });
});

describe('the answer', () => {
  test('goes to the presigned URL as CloudFormation wants it, and the URL is written nowhere', async () => {
    world.pages.delete('/root.crl');
    const invocation = await lambda.run(world, [world.list('root', '/root.crl')], world.cloudFormationEvent('Create'));
    expect(world.answers).toMatchObject([{ url: '/answers?X-Amz-Signature=do-not-log', contentType: '' }]);
    expect(JSON.stringify(invocation)).not.toMatch(/X-Amz-Signature|do-not-log/);
  });

  test('is given again when it was not taken', async () => {
    world.answerFailures.push(503, 500);
    expect((await deploy('Create')).Status).toBe('SUCCESS');
  });

  test('where it cannot be given the invocation fails, without the URL in the message', async () => {
    world.answerFailures.push(403, 403, 403);
    const invocation = await lambda.run(world, [world.list('root', '/root.crl')], world.cloudFormationEvent('Create'));
    expect(invocation.error).toMatchObject({ code: 'RESPONSE_NOT_DELIVERED', errorMessage: expect.stringContaining('status 403') });
    expect(JSON.stringify(invocation)).not.toMatch(/X-Amz-Signature|do-not-log/);
  });
});

describe('Update', () => {
  test('brings everything into step under the same id', async () => {
    await deploy('Create');
    world.publish('/root.crl', (await issueCrl(ca, { number: 2 })).pem);
    const { Status, PhysicalResourceId, invocation } = await deploy('Update');
    expect([Status, PhysicalResourceId]).toEqual(['SUCCESS', 'Hosts-Revocation']);
    expect(invocation.result.lists).toEqual([{ id: 'root', outcome: 'updated' }]);
  });

  test('removes a list that is no longer in the configuration', async () => {
    await deploy('Create', [world.list('root', '/root.crl'), world.list('other', '/root.crl')]);
    expect(world.lists()).toHaveLength(2);
    const { invocation } = await deploy('Update', [world.list('root', '/root.crl')]);
    expect(world.lists()).toMatchObject([{ name: 'list root' }]);
    expect(invocation.log).toContainEqual(expect.objectContaining({ event: 'removed', list: 'other' }));
  });

  test('a scheduled run leaves such a list alone, since only a deployment says what is wanted', async () => {
    await deploy('Create', [world.list('root', '/root.crl'), world.list('other', '/root.crl')]);
    await lambda.run(world, [world.list('root', '/root.crl')], SCHEDULE);
    expect(world.lists()).toHaveLength(2);
  });

  test('replaces both lists of a trust anchor that has no room for a third', async () => {
    await deploy('Create', [world.list('one', '/root.crl'), world.list('two', '/root.crl')]);
    const { Status } = await deploy('Update', [world.list('three', '/root.crl'), world.list('four', '/root.crl')]);
    expect(Status).toBe('SUCCESS');
    expect(world.lists().map(({ name }) => name)).toEqual(['list three', 'list four']);
  });

  test('a list makes room only once its successor is known to be in order', async () => {
    await deploy('Create', [world.list('one', '/root.crl'), world.list('two', '/root.crl')]);
    const before = world.lists();
    const { Status } = await deploy('Update', [world.list('three', '/gone.crl')]);
    expect(Status).toBe('FAILED');
    expect(world.lists()).toEqual(before);
  });

  test('moves to another trust anchor: lists at the one before are removed when those at the new one are in step', async () => {
    const formerArn = world.trustAnchorArn.replace(ANCHOR, FORMER_ANCHOR);
    await deploy('Create', undefined, {}, { trustAnchorArn: formerArn });
    expect(world.lists()).toMatchObject([{ trustAnchorArn: formerArn }]);
    await deploy('Update');
    expect(world.lists()).toMatchObject([{ trustAnchorArn: world.trustAnchorArn }]);
  });

  test('one that fails keeps its id, so that nothing is taken for replaced', async () => {
    await deploy('Create');
    world.pages.delete('/root.crl');
    const { Status, PhysicalResourceId } = await deploy('Update', undefined, { PhysicalResourceId: 'Hosts-Before' });
    expect([Status, PhysicalResourceId]).toEqual(['FAILED', 'Hosts-Before']);
  });

  test('a list that cannot be removed fails it with the reason', async () => {
    await deploy('Create', [world.list('root', '/root.crl'), world.list('other', '/root.crl')]);
    world.intercept = (operation) => (operation === 'DeleteCrl' ? denied() : undefined);
    const { Status, Reason } = await deploy('Update');
    expect([Status, Reason]).toEqual(['FAILED', expect.stringMatching(/^a list that is no longer wanted: SERVICE_ERROR: DeleteCrl failed: AccessDenied/)]);
  });
});

function denied() {
  return { status: 403, headers: { 'Content-Type': 'application/json', 'X-Amzn-ErrorType': 'AccessDeniedException' }, body: '{"message":"not allowed"}' };
}

describe('Delete', () => {
  test('deletion: removes what the function has imported, wherever it is, and nothing else', async () => {
    const formerArn = world.trustAnchorArn.replace(ANCHOR, FORMER_ANCHOR);
    await deploy('Create', undefined, {}, { trustAnchorArn: formerArn });
    await lambda.run(world, [world.list('root', '/root.crl')], SCHEDULE);
    const foreign = world.importByHand(pem);
    expect(world.lists()).toHaveLength(3);
    const { Status, PhysicalResourceId } = await deploy('Delete');
    expect([Status, PhysicalResourceId]).toEqual(['SUCCESS', 'Hosts-Revocation']);
    expect(world.lists()).toMatchObject([{ id: foreign }]);
  });

  test('succeeds also when there is nothing to remove', async () => {
    expect((await deploy('Delete')).Status).toBe('SUCCESS');
  });

  test('of an id of before an update removes the lists of that id only', async () => {
    await deploy('Create');
    world.importByHand(pem, { 'cdk-roles-anywhere:sync': 'Hosts-Before', 'cdk-roles-anywhere:list': 'root' });
    await deploy('Delete', undefined, { PhysicalResourceId: 'Hosts-Before' });
    expect(world.lists()).toMatchObject([{ tags: { 'cdk-roles-anywhere:sync': 'Hosts-Revocation' } }]);
  });

  test('does not roll the source out again: it is not even asked', async () => {
    await deploy('Create');
    world.fetched.length = 0;
    await deploy('Delete');
    expect(world.fetched).toEqual([]);
  });

  test('where something cannot be removed it fails with the reason', async () => {
    await deploy('Create');
    world.intercept = (operation) => (operation === 'DeleteCrl' ? denied() : undefined);
    const { Status, Reason } = await deploy('Delete');
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('SERVICE_ERROR: DeleteCrl failed: AccessDeniedException: not allowed')]);
    expect(world.lists()).toHaveLength(1);
  });

  test('that somebody else removes a list at the same moment does no harm', async () => {
    await deploy('Create');
    world.intercept = (operation, proceed) => {
      if (operation === 'DeleteCrl') {
        proceed();
      }
      return undefined;
    };
    expect((await deploy('Delete')).Status).toBe('SUCCESS');
    expect(world.lists()).toEqual([]);
  });
});

describe('the roll-back of a Create that failed', () => {
  test('has nothing to do where nothing was imported, and needs no access to the service', async () => {
    world.intercept = () => denied();
    const { Status, PhysicalResourceId } = await deploy('Create');
    expect(Status).toBe('FAILED');
    world.calls.length = 0;
    const { Status: then } = await deploy('Delete', undefined, { PhysicalResourceId });
    expect([then, world.calls]).toEqual(['SUCCESS', []]);
  });

  test('also works where the configuration was the reason', async () => {
    const { PhysicalResourceId } = await deploy('Create', []);
    expect((await deploy('Delete', [], { PhysicalResourceId })).Status).toBe('SUCCESS');
  });

  test('removes the lists that were imported before another one failed', async () => {
    const lists = [world.list('root', '/root.crl'), world.list('gone', '/gone.crl')];
    const { PhysicalResourceId } = await deploy('Create', lists);
    expect(world.lists()).toHaveLength(1);
    expect((await deploy('Delete', lists, { PhysicalResourceId })).Status).toBe('SUCCESS');
    expect(world.lists()).toEqual([]);
  });

  test('also where the service fell silent right after the import', async () => {
    world.intercept = (operation, proceed) => {
      if (operation === 'ImportCrl') {
        proceed();
        world.intercept = (next) => (next === 'ListCrls' ? denied() : undefined);
        return denied();
      }
      return undefined;
    };
    const { Status, PhysicalResourceId } = await deploy('Create');
    expect([Status, PhysicalResourceId]).toEqual(['FAILED', 'Hosts-Revocation']);
    world.intercept = undefined;
    await deploy('Delete', undefined, { PhysicalResourceId });
    expect(world.lists()).toEqual([]);
  });
});
