/** The steps about what the session is told of the certificate: its tags and its source identity. */
import { AttributeMappingRule, CertificateField, mapSessionTags, sourceIdentity, UnmappableAttribute } from '../trust-model/session-tags';
import { Certificate } from '../x509';
import { failed, passed, skipped, StepOutcome } from './decision';
import { AttributeMappingModel, ProfileModel } from './model';
import { attributesNotMapped, cannotDecide } from './service-errors';

const CERTIFICATE_FIELDS: readonly CertificateField[] = ['x509Subject', 'x509Issuer', 'x509SAN'];

/** The tags of a session under one profile. */
export interface TagsOutcome {
  readonly outcome: StepOutcome;
  /** Tag keys such as `x509Subject/CN` to values; undefined where the step did not pass. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The certificate fields whose tags are known, so that a tag of theirs that is not in `tags` is absent for certain. */
  readonly knownFields: readonly CertificateField[];
}

/** Maps the certificate to session tags. */
export function sessionTagsStep(roleArn: string, certificate: Certificate, profile: ProfileModel | undefined): TagsOutcome {
  if (!profile || profile.unusable !== undefined) {
    return { outcome: skipped('the profile, which maps attributes to tags, is not known'), knownFields: [] };
  }
  const rules = profile.attributeMappings && mappingRules(profile.attributeMappings);
  if (typeof rules === 'string') {
    const reason = `the attribute mappings of profile ${profile.name} cannot be used: ${rules}`;
    return { outcome: failed(reason, cannotDecide(reason)), knownFields: [] };
  }
  const { tags, unmappable } = mapSessionTags(certificate, rules);
  const knownFields = CERTIFICATE_FIELDS.filter((field) => !rules || rules.some(({ certificateField }) => certificateField === field));
  const facts = [...mappingFacts(rules, knownFields), ...Object.entries(tags).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)];
  if (unmappable.length > 0) {
    return { outcome: unmappableOutcome(roleArn, unmappable, facts), knownFields };
  }
  return { outcome: passed(...facts, 'how large STS packs the tags is not evaluated, because it is not published'), tags, knownFields };
}

function mappingRules(mappings: readonly AttributeMappingModel[]): AttributeMappingRule[] | string {
  const odd = mappings.find(({ certificateField }) => !(CERTIFICATE_FIELDS as readonly string[]).includes(certificateField));
  return odd
    ? `'${odd.certificateField}' is not one of ${CERTIFICATE_FIELDS.join(', ')}`
    : mappings.map(({ certificateField, specifiers }) => ({ certificateField: certificateField as CertificateField, specifiers }));
}

function mappingFacts(rules: readonly AttributeMappingRule[] | undefined, knownFields: readonly CertificateField[]): string[] {
  if (!rules) {
    return ['the profile states no attribute mappings, so those of the service apply: every attribute of subject and issuer, first DNS name, URI and name'];
  }
  const stated = rules.map(({ certificateField, specifiers }) => `${certificateField}: ${specifiers.join(', ') || 'nothing'}`);
  const open = CERTIFICATE_FIELDS.filter((field) => !knownFields.includes(field));
  return [
    `the profile maps ${stated.join('; ') || 'nothing'}`,
    ...(open.length === 0 ? [] : [
      `the profile has no mapping for ${open.join(' and ')}; whether CloudFormation then leaves the service's own in place is not documented, so no `
      + 'tags are made of it, and conditions on such tags cannot be evaluated',
    ]),
  ];
}

function unmappableOutcome(roleArn: string, unmappable: readonly UnmappableAttribute[], facts: readonly string[]): StepOutcome {
  const specifiersOf = (field: CertificateField) =>
    unmappable.filter(({ certificateField }) => certificateField === field).map(({ specifier }) => specifier);
  const [first, ...others] = unmappable.map(({ certificateField, specifier, problem }) => `${certificateField}/${specifier} cannot be a session tag: ${problem}`);
  const error = attributesNotMapped(roleArn, {
    issuer: specifiersOf('x509Issuer'), subject: specifiersOf('x509Subject'), san: specifiersOf('x509SAN'),
  });
  const note = 'the guide says that such a value is left out, users see the whole session refused; the latter is decided here. '
    + 'Leave the attribute out of the profile\'s attribute mappings, or have the certificate issued without these characters';
  return failed(first, error, [...others, note, ...facts]);
}

/** What STS takes as source identity (STS API reference, AssumeRole). */
const SOURCE_IDENTITY = /^[\w+=,.@-]{2,64}$/;

/** The source identity of a session. */
export interface SourceIdentityOutcome {
  readonly outcome: StepOutcome;
  readonly sourceIdentity: string;
  /** Whether the service surely sets just this. */
  readonly known: boolean;
}

/** Derives the source identity from the certificate. */
export function sourceIdentityStep(certificate: Certificate): SourceIdentityOutcome {
  const identity = sourceIdentity(certificate);
  const known = SOURCE_IDENTITY.test(identity);
  const facts = [`the source identity is ${JSON.stringify(identity)}`];
  if (!known) {
    facts.push('it is not of the 2 to 64 letters, digits and _ + = , . @ - that STS takes as source identity; what the service makes of it is not '
      + 'documented, so conditions on sts:SourceIdentity cannot be evaluated');
  }
  return { outcome: passed(...facts), sourceIdentity: identity, known };
}
