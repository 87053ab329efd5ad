import { aws_acmpca as acmpca, aws_kms as kms, aws_s3 as s3, CfnParameter, Stack } from 'aws-cdk-lib';
import { CrlSource } from '../src';
import { errorCode, errorOf, newStack } from './support/stack';

const CA_ARN = 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/11111111-1111-1111-1111-111111111111';

function bucketIn(stack: Stack): s3.IBucket {
  return s3.Bucket.fromBucketName(stack, 'Bucket', 'lists');
}

describe('a distribution point', () => {
  test('has its address and fall-backs, and needs no permission', () => {
    expect(CrlSource.url('http://a/root.crl', 'https://b/root.crl').bind(newStack())).toEqual({
      fetch: { type: 'url', urls: ['http://a/root.crl', 'https://b/root.crl'] },
    });
  });

  test('may be a token', () => {
    const stack = newStack();
    expect(() => CrlSource.url(new CfnParameter(stack, 'Url').valueAsString).bind(stack)).not.toThrow();
  });

  test.each(['root.crl', 'ftp://a/root.crl', 'ldap://a/root.crl', 'file:///root.crl', 'http://', ''])('is refused as %j', (url) => {
    expect(errorCode(() => CrlSource.url(url).bind(newStack()))).toBe('INVALID_CRL_SOURCE');
  });

  test.each([
    'https://user:secret@a/root.crl', 'https:user:secret@a/root.crl', 'http:/user:secret@a/root.crl', 'https://secret@a/root.crl', 'user:secret@a', 'ftp://secret:@a/x',
    'http:\\\\user:secret@a/root.crl', 'https://user:sec/secret@a:port/root.crl',
  ])('with a password is refused, and the password is not echoed: %s', (url) => {
    const error = errorOf(() => CrlSource.url(url).bind(newStack()));
    expect(error.code).toBe('INVALID_CRL_SOURCE');
    expect(error.message).not.toContain('secret');
  });
});

describe('an S3 object', () => {
  test('may be read, that one only, can be seen to be missing, and is fetched when it is written', () => {
    const stack = newStack();
    const { fetch, grant, events } = CrlSource.s3Object(bucketIn(stack), 'pki/root.crl').bind(stack);
    expect(fetch).toEqual({ type: 's3', bucket: 'lists', key: 'pki/root.crl' });
    expect(stack.resolve(grant!.map((statement) => statement.toStatementJson()))).toEqual([{
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::lists/pki/root.crl']] },
    }, {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::lists']] },
    }]);
    expect(events).toEqual([
      { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: ['lists'] }, object: { key: ['pki/root.crl'] } } },
    ]);
  });
});

describe('a bucket', () => {
  test('with a KMS key that it knows lets the function decrypt', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-1111-1111-111111111111');
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'lists', encryptionKey });
    const statements = CrlSource.s3Object(bucket, 'root.crl').bind(stack).grant!.map((statement) => statement.toStatementJson());
    expect(statements).toContainEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: encryptionKey.keyArn });
  });

  test.each([
    ['another Region', 'eu-west-1', 'us-east-1', { region: 'us-east-1' }],
    ['a Region, where that of the stack is not known', undefined, 'us-east-1', { region: 'us-east-1' }],
    ['the Region of the stack', 'eu-west-1', 'eu-west-1', {}],
    ['no Region that is known', 'eu-west-1', undefined, {}],
  ])('of %s is asked there', (_what, stackRegion, region, expected) => {
    const stack = newStack({ env: { region: stackRegion } });
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'lists', region });
    expect(CrlSource.s3Object(bucket, 'root.crl').bind(stack).fetch).toEqual({ type: 's3', bucket: 'lists', key: 'root.crl', ...expected });
  });
});

describe('AWS Private CA', () => {
  const imported = (stack: Stack) => acmpca.CertificateAuthority.fromCertificateAuthorityArn(stack, 'Ca', CA_ARN);
  const made = (stack: Stack, crlType?: string) => new acmpca.CfnCertificateAuthority(stack, 'Ca', {
    type: 'ROOT',
    keyAlgorithm: 'EC_prime256v1',
    signingAlgorithm: 'SHA256WITHECDSA',
    subject: { commonName: 'Root' },
    revocationConfiguration: { crlConfiguration: { enabled: true, s3BucketName: 'lists', crlType } },
  });

  test('has its list under the id of the CA, and is fetched when it has made a new one', () => {
    const stack = newStack();
    const { fetch, events, certificateAuthorityArn } = CrlSource.privateCa(imported(stack), bucketIn(stack)).bind(stack);
    expect(certificateAuthorityArn).toBe(CA_ARN);
    expect(fetch).toMatchObject({ key: 'crl/11111111-1111-1111-1111-111111111111.crl' });
    expect(events).toContainEqual({ source: ['aws.acm-pca'], detailType: ['ACM Private CA CRL Generation'], resources: [CA_ARN] });
  });

  test('may have it under another key', () => {
    const stack = newStack();
    expect(CrlSource.privateCa(imported(stack), bucketIn(stack), { key: 'x.crl' }).bind(stack).fetch).toMatchObject({ key: 'x.crl' });
  });

  test('of the same app has its id as a token', () => {
    const stack = newStack();
    const { fetch } = CrlSource.privateCa(made(stack, 'COMPLETE'), bucketIn(stack)).bind(stack);
    expect(JSON.stringify(stack.resolve(fetch))).toContain('Fn::Split');
  });

  test('with PARTITIONED lists is refused, because they do not fit the two lists of a trust anchor', () => {
    const stack = newStack();
    expect(errorCode(() => CrlSource.privateCa(made(stack, 'PARTITIONED'), bucketIn(stack)).bind(stack))).toBe('INVALID_CRL_SOURCE');
  });
});
