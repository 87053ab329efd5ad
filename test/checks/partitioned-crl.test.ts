import { anchor, found, TemplateResource } from './check';

const ca = (CrlType: string): TemplateResource => ({
  Type: 'AWS::ACMPCA::CertificateAuthority', Properties: { RevocationConfiguration: { CrlConfiguration: { Enabled: true, CrlType } } },
});
const privateAnchor = anchor('', { Source: { SourceType: 'AWS_ACM_PCA', SourceData: { AcmPcaArn: { 'Fn::GetAtt': ['Ca', 'Arn'] } } } });

test('warns of a CA that spreads its revocations', () => {
  expect(found('RA408', { Ca: ca('PARTITIONED'), Anchor: privateAnchor })).toMatchObject([{ severity: 'warning', on: 'Ca' }]);
});

test('is content with a complete list, and with a CA that no trust anchor is of', () => {
  expect(found('RA408', { Ca: ca('COMPLETE'), Anchor: privateAnchor })).toEqual([]);
  expect(found('RA408', { Ca: ca('PARTITIONED') })).toEqual([]);
});
