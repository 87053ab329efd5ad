import { anchor, found, TemplateResource } from './check';

const ca: TemplateResource = { Type: 'AWS::ACMPCA::CertificateAuthority', Properties: { Type: 'ROOT' } };
const activation: TemplateResource = { Type: 'AWS::ACMPCA::CertificateAuthorityActivation', Properties: { CertificateAuthorityArn: { 'Fn::GetAtt': ['Ca', 'Arn'] } } };
const privateAnchor = (more: object = {}) => ({
  ...anchor('', { Source: { SourceType: 'AWS_ACM_PCA', SourceData: { AcmPcaArn: { Ref: 'Ca' } } } }), ...more,
});

test('warns where nothing activates the CA, and where the trust anchor does not wait for it', () => {
  expect(found('RA212', { Ca: ca, Anchor: privateAnchor() })).toMatchObject([{ severity: 'warning', on: 'Anchor', message: expect.stringContaining('nothing in the app activates') }]);
  expect(found('RA212', { Ca: ca, Activation: activation, Anchor: privateAnchor() })).toMatchObject([{ message: expect.stringContaining('does not depend on Activation') }]);
});

test('is content where it waits, be it by a detour, and with a CA of elsewhere', () => {
  expect(found('RA212', { Ca: ca, Activation: activation, Anchor: privateAnchor({ DependsOn: ['Activation'] }) })).toEqual([]);
  const handle: TemplateResource = { Type: 'AWS::CloudFormation::WaitConditionHandle', DependsOn: 'Activation' };
  expect(found('RA212', { Ca: ca, Activation: activation, Handle: handle, Anchor: privateAnchor({ DependsOn: 'Handle' }) })).toEqual([]);
  expect(found('RA212', { Anchor: privateAnchor() })).toEqual([]);
});
