/** Keeps the revocation lists of a trust anchor in step with where their CA publishes them: the function's handler. */
import { Configuration, readConfiguration } from './configuration';
import { answer, ANSWER_TIME_MS, CustomResourceEvent, CustomResourceResult, isCustomResourceEvent } from './custom-resource';
import { Deadline } from './deadline';
import { asSyncError, SyncError, SyncErrorCode } from './errors';
import { failureLine, writeToStandardOutput } from './log';
import { createClient, RolesAnywhereApi } from './roles-anywhere';
import { describeFailures, removeAll, Run, RunEnvironment, RunResult } from './run';
import { SourceMemory } from './source-memory';
import { Change } from './sync';

/** What is used of Lambda's context. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** What the function returns, for people who run it by hand. */
export interface Summary {
  readonly lists: readonly { readonly id: string; readonly outcome: Change; readonly reason?: SyncErrorCode }[];
}

/** Milliseconds to keep at the end, so that the last lines are written. */
const RESERVE_MS = 1_000;

/** Stands for a Create that failed before anything was imported, so that its Delete has nothing to do, not even to reach the service. */
const NOTHING_IMPORTED = '--nothing-imported';

/** Lasts from one warm invocation to the next. */
const memory = new SourceMemory();

/**
 * Brings every list into step. Any event but CloudFormation's means that.
 *
 * @throws SyncError `SYNC_FAILED` after all lists were tried, where one is not in step; `CONFIGURATION_INVALID`. CloudFormation is told
 * instead, and then only a failure to tell it is thrown
 */
export async function handler(event: unknown, context: LambdaContext): Promise<Summary> {
  if (isCustomResourceEvent(event)) {
    return serveCloudFormation(event, context);
  }
  try {
    const configuration = readConfiguration(process.env);
    const result = await new Run(configuration, false, prepare(configuration, false, context)).all();
    const failures = describeFailures(result.outcomes);
    if (failures.length > 0) {
      throw new SyncError('SYNC_FAILED', `${failures.length} of ${result.outcomes.length} lists are not in step:\n${failures.join('\n')}`);
    }
    return summarize(result);
  } catch (error) {
    const failure = asSyncError(error);
    writeToStandardOutput(failureLine(failure));
    throw failure;
  }
}

function prepare({ trustAnchorArn, requestIntervalMs }: Configuration, hasToAnswer: boolean, context: LambdaContext): RunEnvironment {
  const deadline = new Deadline(() => context.getRemainingTimeInMillis(), RESERVE_MS + (hasToAnswer ? ANSWER_TIME_MS : 0));
  const client = createClient(trustAnchorArn.split(':')[3], process.env);
  return { api: new RolesAnywhereApi(client, deadline, requestIntervalMs), deadline, memory, write: writeToStandardOutput };
}

function summarize({ outcomes }: RunResult): Summary {
  return { lists: outcomes.map(({ list, change, error }) => ({ id: list.id, outcome: change, ...(error ? { reason: error.code } : {}) })) };
}

// ---- CloudFormation

async function serveCloudFormation(event: CustomResourceEvent, context: LambdaContext): Promise<Summary> {
  const { result, summary } = await decide(event, context);
  if (result.status === 'FAILED') {
    writeToStandardOutput(failureLine({ code: 'SYNC_FAILED', message: result.reason ?? '' }));
  }
  await answer(event, result);
  return summary;
}

interface Decision {
  readonly result: CustomResourceResult;
  readonly summary: Summary;
}

async function decide(event: CustomResourceEvent, context: LambdaContext): Promise<Decision> {
  try {
    return await (event.RequestType === 'Delete' ? cleanUp(event, context) : deploy(event, context));
  } catch (error) {
    const { code, message } = asSyncError(error);
    const physicalResourceId = event.PhysicalResourceId ?? NOTHING_IMPORTED;
    return { result: { status: 'FAILED', physicalResourceId, reason: `${code}: ${message}` }, summary: { lists: [] } };
  }
}

async function deploy(event: CustomResourceEvent, context: LambdaContext): Promise<Decision> {
  const configuration = readConfiguration(process.env);
  const { syncId } = configuration;
  const result = await new Run(configuration, true, prepare(configuration, true, context)).all();
  const reason = whyFailed(result, event);
  if (reason === '') {
    return { result: { status: 'SUCCESS', physicalResourceId: syncId }, summary: summarize(result) };
  }
  // An update that fails keeps its id: another one would have CloudFormation delete what the id stands for.
  const physicalResourceId = event.PhysicalResourceId ?? (result.mayHoldAny ? syncId : `${syncId}${NOTHING_IMPORTED}`);
  return { result: { status: 'FAILED', physicalResourceId, reason }, summary: summarize(result) };
}

/** One line for each thing that fails the deployment; empty where nothing does. A CA may be allowed not to have published a list yet. */
function whyFailed({ outcomes, removalFailure }: RunResult, { ResourceProperties }: CustomResourceEvent): string {
  return [
    ...describeFailures(outcomes, ResourceProperties?.AllowMissing === 'true' ? 'FETCH_NOT_FOUND' : undefined),
    ...(removalFailure ? [`a list that is no longer wanted: ${removalFailure.code}: ${removalFailure.message}`] : []),
  ].join('\n');
}

/**
 * Deletes the lists of the sync that the id names, and no other's: it is that of before where an update has changed it.
 *
 * The answer is a failure only where something could not be deleted.
 */
async function cleanUp({ PhysicalResourceId: syncId = NOTHING_IMPORTED }: CustomResourceEvent, context: LambdaContext): Promise<Decision> {
  if (!syncId.endsWith(NOTHING_IMPORTED)) {
    await removeAll(syncId, prepare(readConfiguration(process.env), true, context));
  }
  return { result: { status: 'SUCCESS', physicalResourceId: syncId }, summary: { lists: [] } };
}
