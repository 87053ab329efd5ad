/** Goes through the places of a list until one has a list that may be imported. */
import { ListConfiguration } from './configuration';
import { Deadline } from './deadline';
import { asSyncError, SyncError } from './errors';
import { UrlSource } from './fetch';
import { S3Source } from './s3-source';
import { Fetched, Source, Validators } from './source';
import { SourceMemory } from './source-memory';
import { checkCrl, CrlFinding } from '../../src/trust-model/crl-rules';
import { Certificate, CertificateRevocationList, readCrls } from '../../src/x509';

/** What a list has to stand up to. */
export interface Requirements {
  readonly issuers: readonly Certificate[];
  /** The newest of what is imported: nothing older replaces it. @default - nothing is imported */
  readonly previous?: CertificateRevocationList;
}

/** A list that may be imported. */
export interface Accepted {
  readonly crl: CertificateRevocationList;
  /** Where it is from, for logs. */
  readonly source: string;
  /** Index of that place among the sources of the list. */
  readonly place: number;
  /** @default - the place said that it is what is imported */
  readonly validators?: Validators;
  /** Caveats. */
  readonly warnings: readonly CrlFinding[];
  /** What went wrong with the places before. */
  readonly failures: readonly SyncError[];
}

/** Thrown where no place has a list that may be imported; its code is that of the first failure other than "not there". */
export class NoneAcceptableError extends SyncError {
  public constructor(public readonly failures: readonly SyncError[]) {
    const { code, isRefusal } = failures.find((failure) => failure.code !== 'FETCH_NOT_FOUND') ?? failures[0];
    super(code, failures.map(({ message }) => message).join('; '), isRefusal);
  }
}

/** The places of a list, the first to be preferred. */
export function sourcesOf({ source, maxRedirects }: ListConfiguration): readonly Source[] {
  return source.type === 's3' ? [new S3Source(source)] : source.urls.map((url) => new UrlSource(url, maxRedirects));
}

/**
 * The list of the first place that has one to be imported.
 *
 * @throws NoneAcceptableError
 */
export async function firstAcceptable(
  list: ListConfiguration, requirements: Requirements, memory: SourceMemory, deadline: Deadline,
): Promise<Accepted> {
  const failures: SyncError[] = [];
  for (const [place, source] of sourcesOf(list).entries()) {
    try {
      const validators = memory.recall(list.id, place, requirements.previous);
      const fetched = await fetchInTime(source, list.timeoutSeconds, validators, deadline);
      const crl = readFetched(fetched, source.label, validators && requirements.previous);
      const warnings = check(crl, source.label, requirements);
      return { crl, source: source.label, place, ...(fetched.notModified ? {} : { validators: fetched.validators }), warnings, failures };
    } catch (error) {
      failures.push(asSyncError(error));
    }
  }
  throw new NoneAcceptableError(failures);
}

async function fetchInTime(source: Source, seconds: number, validators: Validators | undefined, deadline: Deadline): Promise<Fetched> {
  await deadline.wait(0, source.label);
  const signal = deadline.signal(seconds * 1000);
  try {
    return await source.fetch(signal, validators);
  } catch (error) {
    throw signal.aborted ? new SyncError('FETCH_TIMEOUT', `${source.label} did not answer completely within ${seconds} seconds, or the time of the function`) : error;
  }
}

/** @param known the list that the place was asked to compare with */
function readFetched(fetched: Fetched, label: string, known: CertificateRevocationList | undefined): CertificateRevocationList {
  if (!fetched.notModified) {
    return readOne(fetched.body, label);
  }
  if (!known) {
    throw new SyncError('FETCH_FAILED', `${label} answered that the list has not changed (status 304), which was not asked`);
  }
  return known;
}

function readOne(body: Uint8Array, label: string): CertificateRevocationList {
  let lists: CertificateRevocationList[];
  try {
    lists = readCrls(body);
  } catch (error) {
    const { code, message, isRefusal } = asSyncError(error);
    throw new SyncError(code, `what ${label} has is no revocation list: ${message}`, isRefusal);
  }
  if (lists.length !== 1) {
    throw new SyncError('SEVERAL_LISTS', `${label} has ${lists.length} revocation lists in one file; publish each by itself`, true);
  }
  return lists[0];
}

/** Rules that a list breaks only because of the one that is imported. */
const AGAINST_PREVIOUS = /ROLLBACK|CONFLICT|OTHER_ISSUER/;

/** @throws SyncError with the first rule that is broken, naming them all; returns the caveats */
function check(crl: CertificateRevocationList, label: string, { issuers, previous }: Requirements): CrlFinding[] {
  const findings = checkCrl(crl, { issuers, previous, now: new Date() });
  const broken = findings.filter(({ severity }) => severity === 'error');
  if (broken.length > 0) {
    const wayOut = AGAINST_PREVIOUS.test(broken[0].rule) ? '. Where it is right all the same, delete the imported list first' : '';
    throw new SyncError(broken[0].rule, `the list of ${label} is refused: ${broken.map(({ message }) => message).join('; and ')}${wayOut}`, true);
  }
  return findings;
}
