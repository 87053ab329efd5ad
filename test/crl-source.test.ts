import { aws_acmpca as acmpca, aws_s3 as s3, CfnParameter, Stack } from 'aws-cdk-lib';
import { CrlSource } from '../src';
import { errorCode, errorOf, strictStack } from './support/stack';

const CA_ARN = 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/11111111-1111-1111-1111-111111111111';

function bucketIn(stack: Stack): s3.IBucket {
  return s3.Bucket.fromBucketName(stack, 'Bucket', 'lists');
}

describe('a distribution point', () => {
  test('has its address and fall-backs, and needs no permission', () => {
    expect(CrlSource.url('http://a/root.crl', 'https://b/root.crl').bind(strictStack())).toEqual({
      fetch: { type: 'url', urls: ['http://a/root.crl', 'https://b/root.crl'] },
    });
  });

  test('may be a token', () => {
    const stack = strictStack();
    expect(() => CrlSource.url(new CfnParameter(stack, 'Url').valueAsString).bind(stack)).not.toThrow();
  });

  test.each(['root.crl', 'ftp://a/root.crl', 'ldap://a/root.crl', 'file:///root.crl', 'http://', ''])('is refused as %j', (url) => {
    expect(errorCode(() => CrlSource.url(url).bind(strictStack()))).toBe('INVALID_CRL_SOURCE');
  });

  test('with a password is refused, and the password is not echoed', () => {
    const error = errorOf(() => CrlSource.url('https://user:secret@a/root.crl').bind(strictStack()));
    expect(error.code).toBe('INVALID_CRL_SOURCE');
    expect(error.message).not.toContain('secret');
  });
});

describe('an S3 object', () => {
  test('may be read, that one only, and is fetched when it is written', () => {
    const stack = strictStack();
    const { fetch, grant, events } = CrlSource.s3Object(bucketIn(stack), 'pki/root.crl').bind(stack);
    expect(fetch).toEqual({ type: 's3', bucket: 'lists', key: 'pki/root.crl' });
    expect(stack.resolve(grant!.map((statement) => statement.toStatementJson()))).toEqual([{
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::lists/pki/root.crl']] },
    }]);
    expect(events).toEqual([
      { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: ['lists'] }, object: { key: ['pki/root.crl'] } } },
    ]);
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
    const stack = strictStack();
    const { fetch, events } = CrlSource.privateCa(imported(stack), bucketIn(stack)).bind(stack);
    expect(fetch).toMatchObject({ key: 'crl/11111111-1111-1111-1111-111111111111.crl' });
    expect(events).toContainEqual({ source: ['aws.acm-pca'], detailType: ['ACM Private CA CRL Generation'], resources: [CA_ARN] });
  });

  test('may have it under another key', () => {
    const stack = strictStack();
    expect(CrlSource.privateCa(imported(stack), bucketIn(stack), { key: 'x.crl' }).bind(stack).fetch).toMatchObject({ key: 'x.crl' });
  });

  test('of the same app has its id as a token', () => {
    const stack = strictStack();
    const { fetch } = CrlSource.privateCa(made(stack, 'COMPLETE'), bucketIn(stack)).bind(stack);
    expect(JSON.stringify(stack.resolve(fetch))).toContain('Fn::Split');
  });

  test('with PARTITIONED lists is refused, because they do not fit the two lists of a trust anchor', () => {
    const stack = strictStack();
    expect(errorCode(() => CrlSource.privateCa(made(stack, 'PARTITIONED'), bucketIn(stack)).bind(stack))).toBe('INVALID_CRL_SOURCE');
  });
});
