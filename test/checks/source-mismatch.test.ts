import { anchor, found, soundPki } from './check';

const source = (SourceType: unknown, SourceData: unknown) => ({ Anchor: anchor('', { Source: { SourceType, SourceData } }) });
const ARN = 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/1';

test.each([
  ['a bundle with the ARN of a CA', 'CERTIFICATE_BUNDLE', { AcmPcaArn: ARN }],
  ['a private CA with certificates', 'AWS_ACM_PCA', { X509CertificateData: 'pem' }],
  ['both', 'AWS_ACM_PCA', { AcmPcaArn: ARN, X509CertificateData: 'pem' }],
  ['neither', 'CERTIFICATE_BUNDLE', {}],
])('finds %s', (_, type, data) => {
  expect(found('RA210', source(type, data))).toMatchObject([{ severity: 'error', on: 'Anchor', at: 'Properties.Source.SourceData' }]);
});

test('is content with what goes together, and with what only a deployment knows', async () => {
  expect(found('RA210', (await soundPki()).sound)).toEqual([]);
  expect(found('RA210', source('AWS_ACM_PCA', { AcmPcaArn: { Ref: 'Ca' } }))).toEqual([]);
  expect(found('RA210', source({ Ref: 'Type' }, { AcmPcaArn: ARN }))).toEqual([]);
});
