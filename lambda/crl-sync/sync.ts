/** Brings one list into step: what its source has is imported if it may be, and what is imported stays if not. */
import { Accepted, firstAcceptable, NoneAcceptableError } from './acceptance';
import { ListConfiguration } from './configuration';
import { Deadline } from './deadline';
import { asSyncError, SyncError, SyncErrorCode } from './errors';
import { ImportedList, ImportedLists } from './imported-lists';
import { issuersOf } from './issuers';
import { SourceMemory } from './source-memory';
import { compareCrls } from '../../src/trust-model/crl-rules';
import { Certificate, CertificateRevocationList } from '../../src/x509';

/** What became of a list. `enabled`: it was the same, and somebody had disabled it. */
export type Change = 'imported' | 'updated' | 'enabled' | 'unchanged' | 'refused' | 'failed';

/** How one list stands after a run. */
export interface ListOutcome {
  readonly list: ListConfiguration;
  readonly change: Change;
  /** Where the list is from. @default - from nowhere: it failed */
  readonly source?: string;
  /** Id of the list in the service. @default - there is none */
  readonly crlId?: string;
  /** What the service has now. @default - nothing that can be read */
  readonly crl?: CertificateRevocationList;
  /** Why it is not in step. @default - it is */
  readonly error?: SyncError;
  /** What was refused on the way, at places of which another one had the list too. */
  readonly refusals: readonly SyncErrorCode[];
  /** What somebody should know, in words. */
  readonly warnings: readonly string[];
}

/** What the lists of a run have in common. */
export interface SyncContext {
  readonly imported: ImportedLists;
  /** The trust anchor's certificates. */
  readonly anchors: readonly Certificate[];
  readonly memory: SourceMemory;
  readonly deadline: Deadline;
  /** Makes room at a trust anchor that is full, if it can. */
  readonly makeRoom: () => Promise<void>;
}

/** Brings a list into step. Never throws: what goes wrong with one list is its own affair. */
export async function syncList(list: ListConfiguration, context: SyncContext): Promise<ListOutcome> {
  try {
    return await bringIntoStep(list, context);
  } catch (error) {
    return failedOutcome(list, asSyncError(error), context.imported);
  }
}

/** The outcome for a list that could not be brought into step, and so is what it was. */
export function failedOutcome(list: ListConfiguration, error: SyncError, imported?: ImportedLists): ListOutcome {
  const kept = imported?.copiesOf(list.id)[0];
  const failures = error instanceof NoneAcceptableError ? error.failures : [error];
  return {
    list,
    change: error.isRefusal ? 'refused' : 'failed',
    crlId: kept?.crlId,
    crl: kept?.crl,
    error,
    refusals: refusalsAmong(failures),
    warnings: [],
  };
}

function refusalsAmong(failures: readonly SyncError[]): SyncErrorCode[] {
  return [...new Set(failures.filter(({ isRefusal }) => isRefusal).map(({ code }) => code))];
}

async function bringIntoStep(list: ListConfiguration, context: SyncContext): Promise<ListOutcome> {
  const { imported, memory, deadline } = context;
  const issuers = issuersOf(list, context.anchors);
  const before = imported.copiesOf(list.id);
  const accepted = await firstAcceptable(list, { issuers, previous: newest(before) }, memory, deadline);
  const { change, kept } = await write(list, accepted.crl, context);
  if (accepted.validators) {
    memory.remember(list.id, accepted.place, accepted.crl, accepted.validators);
  }
  return {
    list,
    change,
    source: accepted.source,
    crlId: kept.crlId,
    crl: accepted.crl,
    refusals: refusalsAmong(accepted.failures),
    warnings: warningsOf(accepted, before),
  };
}

/** A roll-back is measured by the newest copy, whichever of them is kept. */
function newest(copies: readonly ImportedList[]): CertificateRevocationList | undefined {
  const readable = copies.map(({ crl }) => crl).filter((crl) => crl !== undefined);
  return readable.reduce<CertificateRevocationList | undefined>(
    (best, crl) => (best === undefined || compareCrls(crl, best) === 'newer' ? crl : best), undefined);
}

function warningsOf({ warnings, failures }: Accepted, before: readonly ImportedList[]): string[] {
  return [
    ...warnings.map(({ rule, message }) => `${message} [${rule}]`),
    ...failures.map(({ code, message }) => `${message} [${code}]`),
    ...before.filter(({ crl }) => crl === undefined)
      .map(({ crlId }) => `the list that was imported (${crlId}) could not be read, so somebody else has written it; it was replaced`),
  ];
}

/** Imports or updates what has to be, enables what is disabled, and then, with the list safely in place, removes its other copies. */
async function write(list: ListConfiguration, crl: CertificateRevocationList, context: SyncContext): Promise<{ change: Change; kept: ImportedList }> {
  const { imported } = context;
  let change: Change = 'unchanged';
  let kept = imported.copiesOf(list.id)[0];
  if (!kept) {
    await context.makeRoom();
    kept = await imported.import(list, crl);
    change = 'imported';
  }
  if (!kept.crl || compareCrls(crl, kept.crl) !== 'same' || kept.name !== list.name) {
    kept = await imported.update(kept, list.name, crl);
    change = change === 'imported' ? change : 'updated';
  }
  if (!kept.enabled) {
    await imported.enable(kept);
    change = change === 'unchanged' ? 'enabled' : change;
  }
  for (const copy of imported.copiesOf(list.id).filter(({ crlId }) => crlId !== kept.crlId)) {
    await imported.remove(copy);
  }
  return { change, kept };
}
