/** What the service holds of this function's lists: found by tag and never by name, and nobody else's touched. */
import { CrlDetail } from '@aws-sdk/client-rolesanywhere';
import { Configuration, ListConfiguration } from './configuration';
import { asSyncError, SyncError } from './errors';
import { statusOf } from './retry';
import { RolesAnywhereApi, ServiceCallError } from './roles-anywhere';
import { CertificateRevocationList, encodePem, readCrls } from '../../src/x509';

/** Tag with the id of the sync that a list belongs to. */
export const SYNC_TAG = 'cdk-roles-anywhere:sync';

/** Tag with the id of the list. */
export const LIST_TAG = 'cdk-roles-anywhere:list';

/** The label that the service and OpenSSL read (RFC 7468 section 6). */
const PEM_LABEL = 'X509 CRL';

/** Lists that a trust anchor takes; not adjustable (User Guide, "Quotas"). */
const LISTS_PER_ANCHOR = 2;

/** A list in the service that carries our tag. */
export interface ImportedList {
  readonly crlId: string;
  readonly crlArn: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly createdAt: Date;
  readonly trustAnchorArn: string;
  /** Id of the list in the configuration that it was imported for. */
  readonly listId: string;
  /** Undefined where somebody has overwritten it with what cannot be read. */
  readonly crl?: CertificateRevocationList;
}

/** The text to import. Whatever form a list comes in, the service wants PEM. */
export function toPem({ raw }: CertificateRevocationList): string {
  return encodePem(PEM_LABEL, raw);
}

/** Whose lists are looked at: tags cost a request each, so scheduled runs look at those of the trust anchor only. */
export type Scope = 'trust anchor' | 'region';

/** The lists of one sync. */
export class ImportedLists {
  private own: ImportedList[] = [];
  private others: CrlDetail[] = [];
  private attempted = false;
  private readonly tags = new Map<string, ReadonlyMap<string, string>>();

  public constructor(
    private readonly api: RolesAnywhereApi,
    private readonly syncId: string,
    private readonly trustAnchorArn: string | undefined,
    private readonly scope: Scope,
  ) {}

  /**
   * Asks the service what it holds.
   *
   * @throws SyncError with the codes of service calls
   */
  public async load(): Promise<void> {
    const own: ImportedList[] = [];
    const others: CrlDetail[] = [];
    for await (const detail of this.api.crls()) {
      const isOfAnchor = detail.trustAnchorArn === this.trustAnchorArn;
      if (!isOfAnchor && this.scope === 'trust anchor') {
        continue;
      }
      const tags = await this.tagsOf(detail);
      if (tags?.get(SYNC_TAG) === this.syncId) {
        own.push(describeOwn(detail, tags.get(LIST_TAG) ?? ''));
      } else if (tags && isOfAnchor) {
        others.push({ ...detail, crlData: undefined });
      }
    }
    // By age, and where that is equal in an order that two runs agree about.
    this.own = own.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.crlId < b.crlId ? -1 : 1));
    this.others = others;
  }

  /** Tags do not change but by hand, so they are asked for once in a run. Undefined where the list is gone. */
  private async tagsOf({ crlArn = '' }: CrlDetail): Promise<ReadonlyMap<string, string> | undefined> {
    const known = this.tags.get(crlArn);
    if (known) {
      return known;
    }
    try {
      const tags = new Map((await this.api.tags(crlArn)).map(({ key = '', value = '' }) => [key, value]));
      this.tags.set(crlArn, tags);
      return tags;
    } catch (error) {
      if (isGone(error)) {
        return undefined;
      }
      throw error;
    }
  }

  /** The copies of a list at the trust anchor, the first one first. More than one is the work of two runs at the same time. */
  public copiesOf(listId: string): readonly ImportedList[] {
    return this.own.filter((list) => list.listId === listId && list.trustAnchorArn === this.trustAnchorArn);
  }

  /** Every list with the tag of this sync. */
  public all(): readonly ImportedList[] {
    return this.own;
  }

  /** Lists of this sync that its configuration no longer has, at this trust anchor or, where they were looked for, at one of before. */
  public abandoned({ lists }: Configuration): readonly ImportedList[] {
    return this.own.filter(({ listId, trustAnchorArn }) => trustAnchorArn !== this.trustAnchorArn || !lists.some(({ id }) => id === listId));
  }

  /** Whether the service may hold anything of this sync. */
  public get mayHoldAny(): boolean {
    return this.attempted || this.own.length > 0;
  }

  /**
   * Imports a list, enabled and tagged, and looks again whether another run has done the same at this moment.
   *
   * @returns the first copy, which is that of the other run where that was faster
   * @throws SyncError `QUOTA_FULL` where the trust anchor has no place left; codes of service calls
   */
  public async import({ id, name }: ListConfiguration, crl: CertificateRevocationList): Promise<ImportedList> {
    this.attempted = true;
    const tags = [{ key: SYNC_TAG, value: this.syncId }, { key: LIST_TAG, value: id }];
    let created: ImportedList | undefined;
    let failure: SyncError | undefined;
    try {
      created = describeOwn(await this.api.importCrl(this.trustAnchorArn ?? '', { name, pem: toPem(crl) }, tags), id);
    } catch (error) {
      failure = asSyncError(error);
      if (!(failure instanceof ServiceCallError)) {
        throw failure;
      }
    }
    await this.load();
    const first = this.copiesOf(id)[0] ?? created;
    if (!first) {
      throw this.explainFailedImport(failure);
    }
    return first;
  }

  /** The service does not document how it says that the quota is full; two lists at the anchor are evidence enough. */
  private explainFailedImport(error: SyncError | undefined): SyncError {
    const atAnchor = [...this.own.filter(({ trustAnchorArn }) => trustAnchorArn === this.trustAnchorArn), ...this.others];
    if (atAnchor.length < LISTS_PER_ANCHOR || !error) {
      return error ?? new SyncError('SERVICE_ERROR', 'ImportCrl succeeded, and the service does not have the list');
    }
    const names = atAnchor.map(({ name, crlId }) => `"${name}" (${crlId})`).join(' and ');
    const foreign = this.others.length > 0 ? '; those without the tag of this function are not touched, so delete one of them if it is not needed' : '';
    return new SyncError('QUOTA_FULL', `the trust anchor has ${atAnchor.length} lists already, and takes ${LISTS_PER_ANCHOR}: ${names}${foreign} (${error.message})`);
  }

  /** Whether the trust anchor has as many lists as it takes. */
  public get isFull(): boolean {
    return this.others.length + this.own.filter(({ trustAnchorArn }) => trustAnchorArn === this.trustAnchorArn).length >= LISTS_PER_ANCHOR;
  }

  /** Replaces the content, and with it the name. */
  public async update(list: ImportedList, name: string, crl: CertificateRevocationList): Promise<ImportedList> {
    const detail = await this.api.updateCrl(list.crlId, { name, pem: toPem(crl) });
    return { ...list, name, crl, enabled: detail.enabled ?? list.enabled };
  }

  public async enable({ crlId }: ImportedList): Promise<void> {
    await this.api.enableCrl(crlId);
  }

  /** Deletes a list of this sync; that somebody else was faster is as good. */
  public async remove({ crlId }: ImportedList): Promise<void> {
    try {
      await this.api.deleteCrl(crlId);
    } catch (error) {
      if (!isGone(error)) {
        throw error;
      }
    }
    this.own = this.own.filter((list) => list.crlId !== crlId);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof ServiceCallError && statusOf(error.reason) === 404;
}

function describeOwn(detail: CrlDetail, listId: string): ImportedList {
  const { crlId = '', crlArn = '', name = '', enabled = false, createdAt = new Date(0), trustAnchorArn = '', crlData } = detail;
  return { crlId, crlArn, name, enabled, createdAt, trustAnchorArn, listId, crl: readImported(crlData) };
}

/** What is imported was read before it was; that it cannot be read means that somebody else has written it. */
function readImported(data: Uint8Array | undefined): CertificateRevocationList | undefined {
  try {
    return data && readCrls(data)[0];
  } catch (error) {
    if (asSyncError(error).isRefusal) {
      return undefined;
    }
    throw error;
  }
}
