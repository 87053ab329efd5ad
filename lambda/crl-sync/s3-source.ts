/** Fetches a list from a bucket. */
import { addAbortSignal, Readable } from 'node:stream';
import { S3SourceConfiguration } from './configuration';
import { SyncError } from './errors';
import { statusOf } from './retry';
import { Fetched, MAX_BODY_BYTES, readBody, Source, tooLarge, Validators } from './source';

/** An object in S3. */
export class S3Source implements Source {
  public readonly label: string;

  public constructor(private readonly object: S3SourceConfiguration) {
    this.label = `s3://${object.bucket}/${object.key}`;
  }

  public async fetch(abortSignal: AbortSignal, { etag }: Validators = {}): Promise<Fetched> {
    const { bucket: Bucket, key: Key, region } = this.object;
    // Loaded when a list is in a bucket, so that functions without one start faster.
    const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client(region ? { region } : {});
    try {
      const { Body, ContentLength = 0, ETag } = await client.send(new GetObjectCommand({ Bucket, Key, IfNoneMatch: etag }), { abortSignal });
      const stream = addAbortSignal(abortSignal, Body as Readable);
      if (ContentLength > MAX_BODY_BYTES) {
        stream.destroy();
        throw tooLarge(this.label);
      }
      return { notModified: false, body: await readBody(stream, this.label), validators: { etag: ETag } };
    } catch (error) {
      if (statusOf(error) === 304) {
        return { notModified: true };
      }
      throw error instanceof SyncError ? error : this.describe(error as Error);
    } finally {
      client.destroy();
    }
  }

  private describe(error: Error): SyncError {
    if (error.name === 'NoSuchKey') {
      return new SyncError('FETCH_NOT_FOUND', `${this.label} is not there`);
    }
    const hint = statusOf(error) === 403
      ? '; the role of this function needs s3:GetObject on it, and s3:ListBucket on the bucket to be told when an object is not there'
      : '';
    return new SyncError('FETCH_FAILED', `${this.label} could not be fetched: ${error.name}: ${error.message}${hint}`);
  }
}
