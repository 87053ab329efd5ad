/** `check`: runs the rules of RolesAnywhereChecks over an assembly or a template that is there. */
import { relative, resolve } from 'node:path';
import { RULES } from '../../src/checks';
import type { CheckedApp } from '../../src/checks/model/app';
import { Finding, Findings, runRules, SuppressedFinding } from '../../src/checks/model/engine';
import { loadAssembly } from '../../src/checks/model/load';
import { Severity } from '../../src/checks/model/rule';
import type { CheckedTemplate } from '../../src/checks/model/template';
import { printable } from '../../src/simulator/printable';
import { ExitCode } from '../exit-code';
import { CliIo } from '../io';
import { parseOptions, UsageError } from '../options';

/** What `check --help` prints. */
export const CHECK_HELP = `Find what is wrong with trust anchors, profiles, revocation lists and the roles that trust Roles Anywhere.

usage: cdk-roles-anywhere check [options]

  --assembly PATH             the folder that 'cdk synth' writes (default: cdk.out)
  --template FILE             only this template; with --assembly, one of it, so that references to the others are
                              followed
  --severity LEVEL            'error' leaves warnings out (default: warning)
  --json                      print the findings as JSON

The rules are those of RolesAnywhereChecks, and RULES.md explains them. A finding is suppressed by
RolesAnywhereChecks.suppress(), or in the metadata of the resource, with a reason:

  "Metadata": { "cdk-roles-anywhere:suppressions": { "RA104": "the CA issues for these hosts only" } }

exit codes: 0 no errors, 1 errors, 2 wrong usage, 3 unreadable assembly or template
`;

const OPTIONS = {
  assembly: { type: 'string' },
  template: { type: 'string' },
  severity: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/**
 * Runs the command.
 *
 * @throws UsageError, AssemblyError
 */
export async function check(args: readonly string[], io: CliIo): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  const severities = severitiesFrom(values.severity);
  const app = loadAssembly(values.assembly ?? values.template ?? 'cdk.out', new Date());
  const files = filesFrom(app, values.template);
  const isWanted = ({ severity, resource }: Finding) => severities.includes(severity) && files.includes(resource.template.source.file);
  const result = only(runRules(app, RULES), isWanted);
  io.out(values.json ? `${JSON.stringify(toJson(result), null, 2)}\n` : toText(result));
  return result.findings.some(({ severity }) => severity === 'error') ? ExitCode.FINDINGS : ExitCode.SUCCESS;
}

function severitiesFrom(level: string | undefined): readonly Severity[] {
  switch (level ?? 'warning') {
    case 'error': return ['error'];
    case 'warning': return ['error', 'warning'];
    default: throw new UsageError(`--severity takes 'error' or 'warning', and '${level}' is neither`);
  }
}

/** The files of all templates, or of one and those nested in it. */
function filesFrom({ templates }: CheckedApp, template: string | undefined): readonly string[] {
  const isWanted = ({ source, parent }: CheckedTemplate): boolean => (
    template === undefined || source.file === resolve(template) || (parent !== undefined && isWanted(parent.template))
  );
  const files = templates.filter(isWanted).map(({ source }) => source.file);
  if (files.length === 0 && template !== undefined) {
    throw new UsageError(`--template takes a template of the assembly, and '${template}' is not one`);
  }
  return files;
}

function only({ findings, suppressed }: Findings, isWanted: (finding: Finding) => boolean): Findings {
  return { findings: findings.filter(isWanted), suppressed: suppressed.filter(isWanted) };
}

/** Findings below the construct that they are at, then what somebody answers for, then how many there are. */
function toText({ findings, suppressed }: Findings): string {
  const places = [...new Set(findings.map(({ resource }) => resource))];
  const groups = places.map((resource) => `${headingOf(resource)}\n${findings.filter((finding) => finding.resource === resource).map(lines).join('')}`);
  const answered = suppressed.length === 0 ? [] : [`suppressed:\n${suppressed.map(suppressedLine).join('')}`];
  return [...groups, ...answered, `${summary({ findings, suppressed })}\n`].join('\n');
}

function headingOf({ constructPath, logicalId, template }: Finding['resource']): string {
  const file = relative(process.cwd(), template.source.file);
  return printable(constructPath === undefined ? `${logicalId} (${file})` : `${constructPath} (${logicalId} in ${file})`);
}

function lines({ rule, severity, location, message, fix }: Finding): string {
  const where = location === undefined ? '' : ` at ${location}`;
  return `  ${printable(`${severity} ${rule.id} ${rule.name}${where}`)}\n    ${printable(message)}\n    fix: ${printable(fix)}\n`;
}

function suppressedLine({ rule, resource, suppression: { reason, at } }: SuppressedFinding): string {
  const where = resource.constructPath ?? resource.logicalId;
  return `  ${printable(`${rule.id} ${rule.name} at ${where}: ${reason}${at === undefined ? '' : ` (said at ${at})`}`)}\n`;
}

function summary({ findings, suppressed }: Findings): string {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const numbered = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  return `${numbered(count('error'), 'error')}, ${numbered(count('warning'), 'warning')}, ${suppressed.length} suppressed`;
}

function toJson({ findings, suppressed }: Findings): object {
  return {
    findings: findings.map(toJsonFinding),
    suppressed: suppressed.map((finding) => {
      const { reason, at } = finding.suppression;
      return { ...toJsonFinding(finding), reason, suppressedAt: at };
    }),
  };
}

function toJsonFinding({ rule, severity, resource, location, message, fix }: Finding): object {
  return {
    rule: rule.id,
    name: rule.name,
    severity,
    message,
    fix,
    constructPath: resource.constructPath,
    template: relative(process.cwd(), resource.template.source.file),
    logicalId: resource.logicalId,
    location,
  };
}
