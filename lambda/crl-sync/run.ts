/** One run over all lists: each for itself, so that a bad one does not stop the others. */
import { Configuration } from './configuration';
import { Deadline } from './deadline';
import { asSyncError, SyncError } from './errors';
import { ImportedList, ImportedLists } from './imported-lists';
import { anchorCertificates } from './issuers';
import { outcomeLine, removalLine, WriteLine } from './log';
import { metricLines } from './metrics';
import { RolesAnywhereApi } from './roles-anywhere';
import { SourceMemory } from './source-memory';
import { failedOutcome, ListOutcome, syncList } from './sync';
import { Certificate } from '../../src/x509';

/** What a run needs from outside. */
export interface RunEnvironment {
  readonly api: RolesAnywhereApi;
  readonly deadline: Deadline;
  readonly memory: SourceMemory;
  readonly write: WriteLine;
}

/** How a run went. */
export interface RunResult {
  readonly outcomes: readonly ListOutcome[];
  /** Why a list that is no longer in the configuration could not be removed. @default - none was left over */
  readonly removalFailure?: SyncError;
  /** Whether the service may hold a list of this sync. */
  readonly mayHoldAny: boolean;
}

/** Brings the lists of a configuration into step. */
export class Run {
  private readonly imported: ImportedLists;

  /**
   * @param isDeployment whether lists of this sync that are no longer in its configuration are removed: before an import that has no room
   * otherwise, and else at the end, when everything that is in it is in step. A scheduled run leaves them alone
   */
  public constructor(
    private readonly configuration: Configuration, private readonly isDeployment: boolean, private readonly environment: RunEnvironment,
  ) {
    const { syncId, trustAnchorArn } = configuration;
    this.imported = new ImportedLists(environment.api, syncId, trustAnchorArn, isDeployment ? 'region' : 'trust anchor');
  }

  /** Goes through all lists and reports each. Never throws. */
  public async all(): Promise<RunResult> {
    const anchors = await this.prepare();
    const outcomes: ListOutcome[] = [];
    for (const list of this.configuration.lists) {
      outcomes.push(this.report(anchors instanceof SyncError
        ? failedOutcome(list, anchors, this.imported)
        : await syncList(list, { ...this.environment, imported: this.imported, anchors, makeRoom: () => this.makeRoom() })));
    }
    const removalFailure = outcomes.some(({ error }) => error) ? undefined : await this.remove(this.abandoned()).catch(asSyncError);
    return { outcomes, ...(removalFailure ? { removalFailure } : {}), mayHoldAny: this.imported.mayHoldAny };
  }

  /** What is asked once for all lists. What is imported comes first: its age is reported whatever else fails. */
  private async prepare(): Promise<readonly Certificate[] | SyncError> {
    try {
      await this.imported.load();
      return await anchorCertificates(this.environment.api, this.configuration, this.environment.deadline);
    } catch (error) {
      return asSyncError(error);
    }
  }

  private report(outcome: ListOutcome): ListOutcome {
    const { configuration, environment: { write } } = this;
    write(outcomeLine(configuration.trustAnchorArn, outcome));
    metricLines(configuration, outcome, new Date()).forEach(write);
    return outcome;
  }

  private abandoned(): readonly ImportedList[] {
    return this.isDeployment ? this.imported.abandoned(this.configuration) : [];
  }

  private async makeRoom(): Promise<void> {
    const here = this.abandoned().filter(({ trustAnchorArn }) => trustAnchorArn === this.configuration.trustAnchorArn);
    await this.remove(this.imported.isFull ? here.slice(0, 1) : []);
  }

  private remove(lists: readonly ImportedList[]): Promise<void> {
    return removeLists(this.imported, lists, this.environment.write);
  }
}

async function removeLists(imported: ImportedLists, lists: readonly ImportedList[], write: WriteLine): Promise<void> {
  for (const list of lists) {
    await imported.remove(list);
    write(removalLine(list));
  }
}

/** One line for each list that is not in step, for people. Those with a code of `except` are left out. */
export function describeFailures(outcomes: readonly ListOutcome[], except?: string): string[] {
  return outcomes.flatMap(({ list, error }) => (error && error.code !== except ? [`${list.id}: ${error.code}: ${error.message}`] : []));
}

/** Deletes every list with the tag of a sync, at whichever trust anchor it is. */
export async function removeAll(syncId: string, { api, write }: RunEnvironment): Promise<void> {
  const imported = new ImportedLists(api, syncId, undefined, 'region');
  await imported.load();
  await removeLists(imported, imported.all(), write);
}
