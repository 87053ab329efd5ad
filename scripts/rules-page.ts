/** Writes RULES.md from what the rules say of themselves. Run it with tsx after a rule has changed; a test holds the page to the rules. */
import { writeFileSync } from 'fs';
import { join } from 'path';
import { projectRoot } from './project';
import { RULES } from '../src/checks';

/** Chapters by the first digit of a rule's id. */
const CHAPTERS: Readonly<Record<string, string>> = {
  1: 'Trust policies of roles',
  2: 'Trust anchors',
  3: 'Profiles',
  4: 'Revocation lists',
  5: 'Alarms and events',
  6: 'Everything',
};

const INTRODUCTION = `# Rules

\`RolesAnywhereChecks\` looks at everything in a CDK app that has to do with IAM Roles Anywhere, whoever made it: constructs of this library, L1
constructs, and roles whose trust policy somebody wrote by hand. One line turns it on; what it finds is reported by the AWS CDK, and errors fail
the synthesis:

\`\`\`ts
const app = new App();
RolesAnywhereChecks.addTo(app);
\`\`\`

The same rules run over an assembly, or a template, that is there:

\`\`\`sh
npx cdk-roles-anywhere check --assembly cdk.out
\`\`\`

An **error** lets in somebody who should not be, or can never work. A **warning** is a risk that may be meant. What only a deployment can tell, such
as the value of a parameter, is taken to be right.

A finding is suppressed where it is, with a reason, which is then in the metadata of the resource and in the validation report of the assembly:

\`\`\`ts
RolesAnywhereChecks.suppress(role, 'RA104', 'the CA issues certificates for these hosts only');
\`\`\`

In a template that no CDK app makes, the same is written by hand:

\`\`\`json
"Metadata": { "cdk-roles-anywhere:suppressions": { "RA104": "the CA issues certificates for these hosts only" } }
\`\`\`
`;

/** The text of RULES.md. */
export function rulesPage(): string {
  const chapters = Object.entries(CHAPTERS).map(([digit, title]) => {
    const rows = RULES.filter(({ id }) => id.startsWith(`RA${digit}`)).map(({ id, name, severity, finds, why, fix, source }) => (
      [`**${id}**`, `\`${name}\``, severity, plain(finds), plain(why), plain(sentence(fix)), source].join(' | ')
    ));
    return `## ${title}\n\n| id | name | severity | finds | why | fix | source |\n|---|---|---|---|---|---|---|\n${rows.map((row) => `| ${row} |\n`).join('')}`;
  });
  return [INTRODUCTION, ...chapters].join('\n');
}

/** What would be markup stands for itself. */
function plain(text: string): string {
  return text.replace(/[\\`*|<]/g, '\\$&');
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

if (require.main === module) {
  writeFileSync(join(projectRoot, 'RULES.md'), rulesPage());
}
