/** Checks whether the attributes of a certificate can become session tags, on which trust policies decide (User Guide, "Trust policy"). */
import type { Examination } from './examination';
import { Check, ok, warning } from './findings';
import type { Certificate, DistinguishedName } from '../../src/x509';
import { ExitCode } from '../exit-codes';

/** The longest value of a session tag, in characters (STS API reference, Tag). */
const MAX_VALUE_LENGTH = 256;

/** Everything but what the value of a session tag may have. */
const OUTSIDE_ALPHABET = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;

/** An attribute of the certificate under the name of its session tag: `x509Subject/CN`. */
export interface TagCandidate {
  readonly name: string;
  /** Its values in certificate order; several are joined with `/`. */
  readonly values: readonly string[];
}

/** Every attribute that a profile's mappings can make a session tag of, and the names behind the first ones, which the service looks at too. */
export function tagCandidates({ subject, issuer, subjectAltName }: Certificate): TagCandidate[] {
  const [directoryName] = subjectAltName?.directoryName ?? [];
  const further = (form: string, names: readonly string[] = []) => names.map((name, i) => (
    { name: `x509SAN/${form}${i === 0 ? '' : `/${i + 1}`}`, values: [name] }
  ));
  return [
    ...attributesOf('x509Subject', subject),
    ...attributesOf('x509Issuer', issuer),
    ...further('DNS', subjectAltName?.dns),
    ...further('URI', subjectAltName?.uri),
    ...(directoryName === undefined ? [] : attributesOf('x509SAN/Name', directoryName)),
  ];
}

function attributesOf(field: string, name: DistinguishedName): TagCandidate[] {
  return [...new Set(name.attributes.map(({ type }) => type))].map((type) => ({ name: `${field}/${type}`, values: name.values(type) }));
}

/** What keeps a value from being that of a session tag, in words; undefined where nothing does. */
export function tagProblem(value: string): string | undefined {
  const length = [...value].length;
  if (length > MAX_VALUE_LENGTH) {
    return `has ${length} characters (a session tag takes ${MAX_VALUE_LENGTH})`;
  }
  const culprits = [...new Set(value.match(OUTSIDE_ALPHABET))].map((character) => JSON.stringify(character));
  return culprits.length === 0 ? undefined : `has ${culprits.join(' ')}`;
}

/** In the order in which they are run. */
export const SESSION_TAG_CHECKS: ReadonlyArray<Check<Examination>> = [
  {
    id: 'session-tags',
    title: 'Attributes as session tags',
    needs: ['certificate'],
    exitCode: ExitCode.IDENTITY,
    run: async (examination) => {
      const candidates = tagCandidates(await examination.certificate());
      const problems = candidates.flatMap(({ name, values }) => {
        const problem = tagProblem(values.join('/'));
        return problem === undefined ? [] : [`${name} ${problem}`];
      });
      return problems.length === 0 ? ok(`all ${candidates.length} can be session tags`) : warning(
        `${problems.join('; ')}; session tags take letters, digits, white space and _ . : / = + - @ only, and where the profile maps such an `
        + 'attribute, the session is refused or lacks the tag',
        'take the attribute out of the profile\'s attribute mappings, or have the certificate issued without these characters',
      );
    },
  },
  {
    id: 'session-tags-joined',
    title: 'Attributes with several values',
    needs: ['certificate'],
    exitCode: ExitCode.IDENTITY,
    run: async (examination) => {
      const joined = tagCandidates(await examination.certificate()).filter(({ values }) => values.length > 1);
      return ok(joined.length === 0 ? 'there are none'
        : `trust policies see them joined with "/": ${joined.map(({ name, values }) => `${name} is ${values.join('/')}`).join('; ')}`);
    },
  },
];
