/** RA110: a condition on a session tag that Roles Anywhere never sets. */
import { ROLE, Rule, Source } from './model/rule';
import { conditionLocation, trustingStatements } from './model/trust-policies';
import { certificateAttribute } from '../trust-model/trust-conditions';

export const unknownCertificateAttribute: Rule = {
  id: 'RA110',
  name: 'unknown-certificate-attribute',
  severity: 'error',
  resourceTypes: [ROLE],
  finds: 'A condition asks for an aws:PrincipalTag/x509... that does not exist: a long name such as CommonName, an e-mail or IP address among the '
    + 'alternative names, a serial number or fingerprint.',
  why: 'The session tag is never there: a positive condition shuts everybody out, a negative one lets everybody in.',
  fix: 'use x509Subject/<name>, x509Issuer/<name>, x509SAN/DNS, x509SAN/URI or x509SAN/Name/<name>, with a short name such as CN or an object identifier',
  source: Source.ATTRIBUTE_MAPPING,
  check: (role) => trustingStatements(role).flatMap((statement) => statement.conditions.flatMap((condition) => {
    const attribute = certificateAttribute(condition.spelling);
    const problem = attribute === undefined ? undefined : attributeProblem(attribute);
    return problem === undefined ? [] : [{
      location: conditionLocation(statement, condition),
      message: `Roles Anywhere sets no session tag ${attribute}${problem}`,
    }];
  })),
};

/** Long names, in lower case, by which attributes are known elsewhere. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  commonname: 'CN',
  countryname: 'C',
  country: 'C',
  localityname: 'L',
  locality: 'L',
  stateorprovincename: 'ST',
  state: 'ST',
  organizationname: 'O',
  organization: 'O',
  organizationalunitname: 'OU',
  organizationalunit: 'OU',
  domaincomponent: 'DC',
  userid: 'UID',
  surname: 'SN',
  givenname: 'GN',
};

const ATTRIBUTE_TYPE = /^([a-z][a-z0-9]*|\d+(\.\d+)+)$/i;

function attributeProblem(attribute: string): string | undefined {
  const [, field, specifier = ''] = /^([^/]*)\/?(.*)$/.exec(attribute) ?? [];
  switch (field.toLowerCase()) {
    case 'x509subject':
    case 'x509issuer':
      return typeProblem(specifier);
    case 'x509san':
      return /^(dns|uri)$/i.test(specifier) ? undefined : /^name\//i.test(specifier) ? typeProblem(specifier.substring('Name/'.length))
        : ': of the alternative names only the first DNS name, URI and directory name become tags';
    default:
      return ': attributes of the subject, of the issuer and alternative names are all there is';
  }
}

function typeProblem(type: string): string | undefined {
  const short = Object.hasOwn(LONG_NAMES, type.toLowerCase()) ? LONG_NAMES[type.toLowerCase()] : undefined;
  if (short !== undefined) {
    return `: it is called ${short}`;
  }
  return ATTRIBUTE_TYPE.test(type) ? undefined : ': it names no attribute';
}
