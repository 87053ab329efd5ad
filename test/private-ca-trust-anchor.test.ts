import { aws_iam as iam, aws_s3 as s3, aws_sns as sns, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PrivateCaKeyAlgorithm, PrivateCaTemplate, PrivateCaTrustAnchor, PrivateCaTrustAnchorProps, RolesAnywhereChecks } from '../src';
import { errorCode, errorOf, newStack, strictApp, strictStack, warnings } from './support/stack';

const SUBJECT = { commonName: 'Example Hosts Root' };

interface SetUp {
  readonly stack: Stack;
  readonly pki: PrivateCaTrustAnchor;
  readonly template: () => Template;
}

function setUp(props: Partial<PrivateCaTrustAnchorProps> = {}, stack: Stack = newStack()): SetUp {
  const pki = new PrivateCaTrustAnchor(stack, 'Pki', { subject: SUBJECT, ...props });
  return { stack, pki, template: () => Template.fromStack(stack) };
}

/** The logical id of the only resource of a type. */
function idOf(template: Template, type: string): string {
  const ids = Object.keys(template.findResources(type));
  expect(ids).toHaveLength(1);
  return ids[0];
}

function resourceOf(template: Template, type: string): any {
  return template.findResources(type)[idOf(template, type)];
}

/** The CloudFormation resources that have to be there before another one, references included. */
function before(template: Template, id: string): Set<string> {
  const { Resources: resources } = template.toJSON() as { Resources: Record<string, any> };
  const seen = new Set<string>();
  const visit = (current: string) => {
    const { DependsOn: dependsOn = [], Properties: properties } = resources[current];
    const text = JSON.stringify(properties);
    const referred = Object.keys(resources).filter((other) => text.includes(`{"Ref":"${other}"}`) || text.includes(`"Fn::GetAtt":["${other}",`));
    for (const earlier of [...[dependsOn].flat(), ...referred].filter((name) => !seen.has(name))) {
      seen.add(earlier);
      visit(earlier);
    }
  };
  visit(id);
  return seen;
}

describe('the CA', () => {
  test('is a root with sane defaults, and passes strict template validation', () => {
    const { stack, template } = setUp({}, strictStack());
    template().hasResourceProperties('AWS::ACMPCA::CertificateAuthority', {
      Type: 'ROOT',
      KeyAlgorithm: 'EC_prime256v1',
      SigningAlgorithm: 'SHA256WITHECDSA',
      Subject: { CommonName: 'Example Hosts Root' },
      UsageMode: 'GENERAL_PURPOSE',
    });
    template().hasResourceProperties('AWS::ACMPCA::Certificate', {
      SigningAlgorithm: 'SHA256WITHECDSA',
      TemplateArn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':acm-pca:::template/RootCACertificate/V1']] },
      Validity: { Type: 'DAYS', Value: 3650 },
    });
    expect(warnings(stack)).toEqual([]);
  });

  test('is what it is asked to be', () => {
    const subject = { commonName: 'Root', organization: 'Example', organizationalUnit: 'Hosts', country: 'DE', state: 'Bavaria', locality: 'Munich' };
    const keyAlgorithm = PrivateCaKeyAlgorithm.RSA_4096;
    const { template } = setUp({ subject, keyAlgorithm, validity: Duration.days(730), crlValidity: Duration.days(30) });
    template().hasResourceProperties('AWS::ACMPCA::CertificateAuthority', {
      KeyAlgorithm: 'RSA_4096',
      SigningAlgorithm: 'SHA512WITHRSA',
      Subject: { CommonName: 'Root', Organization: 'Example', OrganizationalUnit: 'Hosts', Country: 'DE', State: 'Bavaria', Locality: 'Munich' },
      RevocationConfiguration: { CrlConfiguration: { ExpirationInDays: 30 } },
    });
    template().hasResourceProperties('AWS::ACMPCA::Certificate', { Validity: { Value: 730 }, SigningAlgorithm: 'SHA512WITHRSA' });
  });

  test.each([
    ['EC_P256', 'EC_prime256v1', 'SHA256WITHECDSA'], ['EC_P384', 'EC_secp384r1', 'SHA384WITHECDSA'], ['EC_P521', 'EC_secp521r1', 'SHA512WITHECDSA'],
    ['RSA_2048', 'RSA_2048', 'SHA256WITHRSA'], ['RSA_3072', 'RSA_3072', 'SHA256WITHRSA'], ['RSA_4096', 'RSA_4096', 'SHA512WITHRSA'],
    ['ML_DSA_44', 'ML_DSA_44', 'ML_DSA_44'], ['ML_DSA_65', 'ML_DSA_65', 'ML_DSA_65'], ['ML_DSA_87', 'ML_DSA_87', 'ML_DSA_87'],
  ] as const)('with a key of kind %s signs as that kind does', (name, keyAlgorithm, signingAlgorithm) => {
    setUp({ keyAlgorithm: PrivateCaKeyAlgorithm[name] }).template()
      .hasResourceProperties('AWS::ACMPCA::CertificateAuthority', { KeyAlgorithm: keyAlgorithm, SigningAlgorithm: signingAlgorithm });
  });

  test('takes a pair of algorithms that has no name here', () => {
    setUp({ keyAlgorithm: PrivateCaKeyAlgorithm.of('RSA_2048', 'SHA384WITHRSA') }).template()
      .hasResourceProperties('AWS::ACMPCA::CertificateAuthority', { KeyAlgorithm: 'RSA_2048', SigningAlgorithm: 'SHA384WITHRSA' });
  });

  test.each<[string, Partial<PrivateCaTrustAnchorProps>, RegExp]>([
    ['half a day', { validity: Duration.hours(12) }, /validity is 12 hours, and AWS Private CA takes whole days, one at least/],
    ['a list for longer than the service takes', { crlValidity: Duration.days(5001) }, /crlValidity is 5001 days, .* 1 to 5000/],
    ['a list for no time', { crlValidity: Duration.days(0) }, /crlValidity/],
  ])('is refused a validity of %s', (_, props, message) => {
    const error = errorOf(() => setUp(props));
    expect(error.code).toBe('PRIVATE_CA_UNSUPPORTED');
    expect(error.message).toMatch(message);
  });

  test('cannot be trusted in China', () => {
    expect(errorCode(() => setUp({}, newStack({ env: { region: 'cn-north-1' } })))).toBe('PRIVATE_CA_UNSUPPORTED');
  });
});

describe('the order of things', () => {
  test('trap 16: the trust anchor waits until the CA is active', () => {
    const { template } = setUp();
    const order = before(template(), idOf(template(), 'AWS::RolesAnywhere::TrustAnchor'));
    expect([...order]).toEqual(expect.arrayContaining([
      'AWS::ACMPCA::CertificateAuthorityActivation', 'AWS::ACMPCA::Certificate', 'AWS::ACMPCA::CertificateAuthority',
    ].map((type) => idOf(template(), type))));
  });

  test('the CA waits for the policy of the bucket, which its creation tries out', () => {
    const { template } = setUp();
    expect(before(template(), idOf(template(), 'AWS::ACMPCA::CertificateAuthority')).has(idOf(template(), 'AWS::S3::BucketPolicy'))).toBe(true);
  });

  test('the first import waits for the trust anchor, and does without a list: trap 16, the first comes with the first certificate', () => {
    const { template } = setUp();
    const run = idOf(template(), 'Custom::RolesAnywhereCrlSync');
    expect(before(template(), run).has(idOf(template(), 'AWS::RolesAnywhere::TrustAnchor'))).toBe(true);
    template().hasResourceProperties('Custom::RolesAnywhereCrlSync', { AllowMissing: 'true' });
  });
});

describe('the trust anchor', () => {
  test('trap 11: is enabled in so many words, or disabled', () => {
    setUp().template().hasResourceProperties('AWS::RolesAnywhere::TrustAnchor', { Enabled: true, Source: { SourceType: 'AWS_ACM_PCA' } });
    setUp({ enabled: false, trustAnchorName: 'hosts' }).template().hasResourceProperties('AWS::RolesAnywhere::TrustAnchor', { Enabled: false, Name: 'hosts' });
  });

  test('trap 16: is updated when the CA gets a new certificate, since the validity is read only then', () => {
    const tagsOf = (validity: Duration) => {
      const { template } = setUp({ validity });
      const { Tags } = resourceOf(template(), 'AWS::RolesAnywhere::TrustAnchor').Properties;
      expect(Tags).toEqual([{ Key: 'cdk-roles-anywhere:ca-certificate', Value: { 'Fn::GetAtt': [idOf(template(), 'AWS::ACMPCA::Certificate'), 'Arn'] } }]);
      return resourceOf(template(), 'AWS::ACMPCA::Certificate').Properties.Validity;
    };
    expect(tagsOf(Duration.days(365))).not.toEqual(tagsOf(Duration.days(366)));
  });

  test('is of the CA', () => {
    const { template } = setUp();
    template().hasResourceProperties('AWS::RolesAnywhere::TrustAnchor', {
      Source: { SourceData: { AcmPcaArn: { Ref: idOf(template(), 'AWS::ACMPCA::CertificateAuthority') } } },
    });
  });
});

describe('the revocation list', () => {
  test('trap 16: is complete, and private to the account', () => {
    const { template } = setUp();
    template().hasResourceProperties('AWS::ACMPCA::CertificateAuthority', {
      RevocationConfiguration: {
        CrlConfiguration: {
          Enabled: true, CrlType: 'COMPLETE', ExpirationInDays: 7, S3ObjectAcl: 'BUCKET_OWNER_FULL_CONTROL', S3BucketName: { Ref: idOf(template(), 'AWS::S3::Bucket') },
        },
      },
    });
  });

  test('lies in a bucket without public access, encrypted, versioned, that takes access control lists and tells of objects', () => {
    setUp().template().hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: { Rules: [Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 90 }, Status: 'Enabled' })] },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
  });

  test('trap 10: is written by CAs of this account and Region only, in any partition, over TLS', () => {
    const { Properties: { PolicyDocument } } = resourceOf(setUp().template(), 'AWS::S3::BucketPolicy');
    const bucket = { 'Fn::GetAtt': [expect.stringMatching(/^PkiCrlBucket/), 'Arn'] };
    const objects = { 'Fn::Join': ['', [bucket, '/*']] };
    const byCas = {
      Effect: 'Allow',
      Principal: { Service: 'acm-pca.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnLike: {
          'aws:SourceArn': {
            'Fn::Join': ['', [
              'arn:', { Ref: 'AWS::Partition' }, ':acm-pca:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':certificate-authority/*',
            ]],
          },
        },
      },
    };
    expect(PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      { ...byCas, Sid: 'PrivateCaLooksAtBucket', Action: ['s3:GetBucketAcl', 's3:GetBucketLocation'], Resource: bucket },
      { ...byCas, Sid: 'PrivateCaWritesLists', Action: ['s3:PutObject', 's3:PutObjectAcl'], Resource: objects },
    ]);
  });

  test('is imported at the events of the CA and of the bucket, and by the clock', () => {
    const { template } = setUp({ crlSchedule: Duration.hours(1) });
    const patterns = Object.values(template().findResources('AWS::Events::Rule')).map(({ Properties }) => Properties.EventPattern?.source ?? Properties.ScheduleExpression);
    expect(patterns).toEqual(expect.arrayContaining([['aws.s3'], ['aws.acm-pca'], 'rate(1 hour)']));
  });

  test('has alarms that are sent where one wants them', () => {
    const stack = newStack();
    const topic = new sns.Topic(stack, 'Topic');
    const { template, pki } = setUp({ alarmTopic: topic, reserveConcurrency: false }, stack);
    expect(pki.crlSync!.staleAlarms).toHaveLength(1);
    template().allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [{ Ref: Match.stringLikeRegexp('^Topic') }] });
    template().resourcePropertiesCountIs('AWS::Lambda::Function', { ReservedConcurrentExecutions: 1 }, 0);
  });

  test('can have the access to it logged', () => {
    const stack = newStack();
    const { template } = setUp({ serverAccessLogsBucket: new s3.Bucket(stack, 'Logs') }, stack);
    template().hasResourceProperties('AWS::S3::Bucket', { LoggingConfiguration: { DestinationBucketName: { Ref: Match.stringLikeRegexp('^Logs') } } });
  });
});

describe('short-lived certificates', () => {
  test('need no list, so that there is neither bucket nor function', () => {
    const { template, pki, stack } = setUp({ shortLived: true });
    template().hasResourceProperties('AWS::ACMPCA::CertificateAuthority', { UsageMode: 'SHORT_LIVED_CERTIFICATE', RevocationConfiguration: Match.absent() });
    expect(Object.values(template().toJSON().Resources).map(({ Type }: any) => Type).sort()).toEqual([
      'AWS::ACMPCA::Certificate', 'AWS::ACMPCA::CertificateAuthority', 'AWS::ACMPCA::CertificateAuthorityActivation', 'AWS::RolesAnywhere::TrustAnchor',
    ]);
    expect([pki.crlBucket, pki.crlSync]).toEqual([undefined, undefined]);
    expect(warnings(stack)).toEqual([]);
  });

  test('take no property that is about the list', () => {
    const error = errorOf(() => setUp({ shortLived: true, crlValidity: Duration.days(3), reserveConcurrency: true }));
    expect(error.code).toBe('PRIVATE_CA_UNSUPPORTED');
    expect(error.message).toMatch(/crlValidity, reserveConcurrency is about the revocation list/);
  });
});

describe('what is left of it', () => {
  const TYPES = [
    'AWS::ACMPCA::CertificateAuthority', 'AWS::ACMPCA::Certificate', 'AWS::ACMPCA::CertificateAuthorityActivation', 'AWS::S3::Bucket', 'AWS::S3::BucketPolicy',
  ];
  const policies = (template: Template) => TYPES.map((type) => resourceOf(template, type))
    .map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy]);

  test('is a CA that works: with its activation, its bucket and the policy that lets it write there', () => {
    expect(policies(setUp().template())).toEqual(TYPES.map(() => ['Retain', 'Retain']));
  });

  test('is nothing, where that is wanted: the bucket is emptied first', () => {
    const { template } = setUp({ removalPolicy: RemovalPolicy.DESTROY });
    expect(policies(template())).toEqual(TYPES.map(() => ['Delete', 'Delete']));
    template().resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  });
});

describe('issuing', () => {
  const template = (name: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:acm-pca:::template/${name}`]] });

  function statements(grant: (pki: PrivateCaTrustAnchor, role: iam.Role) => void): any[] {
    const stack = newStack();
    const { pki } = setUp({ shortLived: true }, stack);
    grant(pki, new iam.Role(stack, 'Issuer', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') }));
    const result = Template.fromStack(stack);
    const [{ Properties }] = Object.values(result.findResources('AWS::IAM::Policy'));
    const ca = { 'Fn::GetAtt': [idOf(result, 'AWS::ACMPCA::CertificateAuthority'), 'Arn'] };
    expect(Properties.PolicyDocument.Statement.map(({ Resource }: any) => Resource)).toEqual(Properties.PolicyDocument.Statement.map(() => ca));
    return Properties.PolicyDocument.Statement;
  }

  test('is granted for end entities only, never for CAs', () => {
    expect(statements((pki, role) => pki.grantIssueCertificate(role))).toEqual([
      expect.objectContaining({
        Effect: 'Allow', Action: 'acm-pca:IssueCertificate', Condition: { StringEquals: { 'acm-pca:TemplateArn': [template('EndEntityCertificate/V1')] } },
      }),
      expect.objectContaining({
        Effect: 'Allow', Action: ['acm-pca:GetCertificate', 'acm-pca:DescribeCertificateAuthority', 'acm-pca:GetCertificateAuthorityCertificate'],
      }),
    ]);
  });

  test('is granted with the templates that are named', () => {
    const [{ Condition }] = statements((pki, role) => pki.grantIssueCertificate(
      role, PrivateCaTemplate.END_ENTITY_CLIENT_AUTH, PrivateCaTemplate.END_ENTITY_SERVER_AUTH, PrivateCaTemplate.BLANK_END_ENTITY, PrivateCaTemplate.of('Other/V1')));
    expect(Condition.StringEquals['acm-pca:TemplateArn']).toEqual([
      'EndEntityClientAuthCertificate/V1', 'EndEntityServerAuthCertificate/V1', 'BlankEndEntityCertificate_APICSRPassthrough/V1', 'Other/V1',
    ].map(template));
  });

  test('and revoking are two permissions', () => {
    expect(statements((pki, role) => pki.grantRevokeCertificate(role))).toEqual([expect.objectContaining({ Action: 'acm-pca:RevokeCertificate' })]);
  });
});

test('passes cdk-nag and the checks of this library', () => {
  const app = strictApp();
  const stack = new Stack(app, 'Stack');
  const logs = new s3.Bucket(stack, 'Logs', { enforceSSL: true, serverAccessLogsPrefix: 'own/' });
  setUp({ serverAccessLogsBucket: logs }, stack);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  RolesAnywhereChecks.addTo(app, { failOnWarnings: true });
  // Those of CrlSync: calls that know no resource, permissions bound by tag, and delivery of logs.
  for (const finding of [
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    'IAM5[Resource::*]',
    'IAM5[Resource::arn:<AWS::Partition>:rolesanywhere:<AWS::Region>:<AWS::AccountId>:crl/*]',
  ]) {
    Validations.of(stack).acknowledge({ id: `AwsSolutions::AwsSolutions-${finding}`, reason: 'see CrlSync' });
  }
  expect(() => app.synth()).not.toThrow();
  expect(warnings(stack)).toEqual([]);
});
