/** How Roles Anywhere turns the fields of a certificate into session tags, and the source identity and session name beside them. */
import { ATTRIBUTE_TYPES, Certificate, DistinguishedName } from '../x509';

/** The parts of a certificate that can be mapped. */
export type CertificateField = 'x509Subject' | 'x509Issuer' | 'x509SAN';

/** Which specifiers of one field become session tags. */
export interface AttributeMappingRule {
  readonly certificateField: CertificateField;
  /** `*`, short names or object identifiers; for x509SAN `DNS`, `URI`, `Name/*`, `Name/CN`. */
  readonly specifiers: readonly string[];
}

/** The mappings of a profile that states none (User Guide, "Attribute mapping"). */
export const DEFAULT_ATTRIBUTE_MAPPINGS: readonly AttributeMappingRule[] = [
  { certificateField: 'x509Subject', specifiers: ['*'] },
  { certificateField: 'x509Issuer', specifiers: ['*'] },
  { certificateField: 'x509SAN', specifiers: ['DNS', 'URI', 'Name/*'] },
];

/** The longest specifier (API model, `MappingRule`). */
const MAX_SPECIFIER_LENGTH = 60;

const ATTRIBUTE_TYPE = /^([A-Za-z][A-Za-z0-9]*|\d+(\.\d+)+)$/;

/** What can be mapped of a field, in words, where a specifier is none of it; undefined where it is. */
export function allowedSpecifiers(field: CertificateField, specifier: string): string | undefined {
  if (specifier.length <= MAX_SPECIFIER_LENGTH && isSpecifier(field, specifier)) {
    return undefined;
  }
  return field === 'x509SAN' ? 'DNS, URI, Name/* or Name/<attribute>' : '*, a short name such as CN, or a dotted object identifier';
}

function isSpecifier(field: CertificateField, specifier: string): boolean {
  if (field !== 'x509SAN') {
    return specifier === '*' || ATTRIBUTE_TYPE.test(specifier);
  }
  return ['DNS', 'URI', 'Name/*'].includes(specifier) || (specifier.startsWith('Name/') && ATTRIBUTE_TYPE.test(specifier.substring('Name/'.length)));
}

/** What stands before the key of a session tag in a condition key. */
export const PRINCIPAL_TAG_PREFIX = 'aws:PrincipalTag/';

/** The longest value of a session tag, in characters (STS API reference, Tag). */
export const MAX_TAG_VALUE_LENGTH = 256;

/** The longest key of a session tag, in characters (STS API reference, Tag). */
export const MAX_TAG_KEY_LENGTH = 128;

/** The most session tags STS takes. */
const MAX_TAGS = 50;

const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const OUTSIDE_ALPHABET = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;

/** What keeps a text from being the value of a session tag, in words; undefined where nothing does. */
export function tagValueProblem(value: string): string | undefined {
  const length = [...value].length;
  if (length > MAX_TAG_VALUE_LENGTH) {
    return `it has ${length} characters, a session tag takes ${MAX_TAG_VALUE_LENGTH}`;
  }
  if (TAG_VALUE.test(value)) {
    return undefined;
  }
  const culprits = [...new Set(value.match(OUTSIDE_ALPHABET))].map((character) => JSON.stringify(character)).join(' ');
  return `it holds ${culprits}, and a session tag takes letters, digits, white space and _ . : / = + - @ only`;
}

/** A certificate attribute that a mapping names but that cannot become a tag. */
export interface UnmappableAttribute {
  readonly certificateField: CertificateField;
  readonly specifier: string;
  readonly problem: string;
}

/** The session tags of a certificate. */
export interface SessionTags {
  /** Tag key (`x509Subject/CN`) to value. */
  readonly tags: Readonly<Record<string, string>>;
  /**
   * What is mapped but cannot be a tag: the service refuses the session then, as its users report. Alternative names behind the first
   * of their form are no tags, but are among these (as `DNS/2`) where they could not be one.
   */
  readonly unmappable: readonly UnmappableAttribute[];
}

/** Whether a profile's mappings let an attribute (`x509Subject`, `CN`) become a tag. */
export function isMapped(mappings: readonly AttributeMappingRule[], certificateField: CertificateField, specifier: string): boolean {
  return mappings.some((mapping) => mapping.certificateField === certificateField
    && mapping.specifiers.some((candidate) => covers(candidate, specifier)));
}

function covers(mapped: string, specifier: string): boolean {
  if (mapped === '*') {
    return true;
  }
  // The service normalises `Name` and `Name/` to `Name/*`.
  if (mapped === 'Name/*' || mapped === 'Name/' || mapped === 'Name') {
    return specifier.startsWith('Name/');
  }
  return mapped !== '' && attributeIdentifier(mapped) === attributeIdentifier(specifier);
}

const IDENTIFIERS = new Map(Object.entries(ATTRIBUTE_TYPES).map(([oid, name]) => [name, oid]));

/** `Name/CN` and `Name/2.5.4.3` are the same attribute. */
function attributeIdentifier(specifier: string): string {
  const prefix = specifier.startsWith('Name/') ? 'Name/' : '';
  const name = specifier.substring(prefix.length);
  return prefix + (IDENTIFIERS.get(name) ?? name);
}

/**
 * Maps a certificate to session tags under a profile's attribute mappings.
 *
 * Attributes that occur several times are joined with `/` in certificate order; of each form of alternative name only the first
 * counts (User Guide, "Trust policy" and "Attribute mapping").
 */
export function mapSessionTags(certificate: Certificate, mappings: readonly AttributeMappingRule[] = DEFAULT_ATTRIBUTE_MAPPINGS): SessionTags {
  const tags: Record<string, string> = {};
  const unmappable: UnmappableAttribute[] = [];
  for (const { certificateField, specifier, value } of candidates(certificate)) {
    if (!isMapped(mappings, certificateField, specifier)) {
      continue;
    }
    const key = `${certificateField}/${specifier}`;
    const problem = tagValueProblem(value) ?? tagKeyProblem(key)
      ?? (Object.keys(tags).length >= MAX_TAGS ? `there are more than ${MAX_TAGS} session tags` : undefined);
    if (problem) {
      unmappable.push({ certificateField, specifier, problem });
    } else {
      tags[key] = value;
    }
  }
  return { tags, unmappable: [...unmappable, ...unmappableFurtherNames(certificate, mappings)] };
}

/**
 * Only the first name of each form becomes a tag, yet the service has been seen to refuse a certificate over `DNS/2`. Its guide does
 * not say so; the strict reading is that a further name outside the alphabet fails the session.
 */
function unmappableFurtherNames({ subjectAltName }: Certificate, mappings: readonly AttributeMappingRule[]): UnmappableAttribute[] {
  const forms = [['DNS', subjectAltName?.dns ?? []], ['URI', subjectAltName?.uri ?? []]] as const;
  return forms.filter(([form]) => isMapped(mappings, 'x509SAN', form)).flatMap(([form, values]) => values.flatMap((value, i) => {
    const problem = i === 0 ? undefined : tagValueProblem(value);
    return problem === undefined ? [] : [{ certificateField: 'x509SAN' as const, specifier: `${form}/${i + 1}`, problem }];
  }));
}

function tagKeyProblem(key: string): string | undefined {
  return key.length > MAX_TAG_KEY_LENGTH ? `its tag key has more than ${MAX_TAG_KEY_LENGTH} characters` : undefined;
}

interface Candidate {
  readonly certificateField: CertificateField;
  readonly specifier: string;
  readonly value: string;
}

function candidates({ subject, issuer, subjectAltName }: Certificate): Candidate[] {
  const [dns] = subjectAltName?.dns ?? [];
  const [uri] = subjectAltName?.uri ?? [];
  const [name] = subjectAltName?.directoryName ?? [];
  return [
    ...nameCandidates('x509Subject', subject, ''),
    ...nameCandidates('x509Issuer', issuer, ''),
    ...(dns === undefined ? [] : [{ certificateField: 'x509SAN' as const, specifier: 'DNS', value: dns }]),
    ...(uri === undefined ? [] : [{ certificateField: 'x509SAN' as const, specifier: 'URI', value: uri }]),
    ...(name === undefined ? [] : nameCandidates('x509SAN', name, 'Name/')),
  ];
}

function nameCandidates(certificateField: CertificateField, name: DistinguishedName, prefix: string): Candidate[] {
  const types = [...new Set(name.attributes.map(({ type }) => type))];
  return types.map((type) => ({ certificateField, specifier: prefix + type, value: name.values(type).join('/') }));
}

/** A common name up to this length is written with the prefix `CN=`, so that the whole fits STS's 64 characters. */
const MAX_PREFIXED_COMMON_NAME = 61;

/** The source identity that is set: `CN=<cn>`, the bare common name from 62 characters on, else `ID=<serial>` (User Guide, "Trust policy"). */
export function sourceIdentity(certificate: Certificate): string {
  const commonName = certificate.subject.values('CN').join('/');
  if (commonName === '') {
    return `ID=${certificate.serialNumberHex}`;
  }
  return commonName.length <= MAX_PREFIXED_COMMON_NAME ? `CN=${commonName}` : commonName;
}

/** The role session name where none is asked for: the serial number in hexadecimal. */
export function defaultRoleSessionName(certificate: Certificate): string {
  return certificate.serialNumberHex;
}
