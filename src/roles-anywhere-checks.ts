/** Rules for everything that has to do with Roles Anywhere in an app, whoever made it: run at synth, reported by the AWS CDK. */
import { readFileSync } from 'fs';
import { join } from 'path';
import {
  AspectPriority, Aspects, CfnResource, IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport, PolicyValidationStack,
  PolicyViolation, Stack, Stage, Token, Validations,
} from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { RULES } from './checks';
import { Finding, runRules, SuppressedFinding } from './checks/model/engine';
import { loadTemplates } from './checks/model/load';
import { Rule } from './checks/model/rule';
import { CHECKS_NAME } from './checks/model/suppressions';
import { RolesAnywhereError } from './private/errors';
import { SUPPRESSIONS_KEY } from './private/metadata-keys';

/** How the checks are to go. */
export interface RolesAnywhereChecksProps {
  /**
   * Whether the synthesis fails on warnings as well.
   *
   * @default false - on errors only
   */
  readonly failOnWarnings?: boolean;
}

/**
 * Checks trust anchors, profiles, revocation lists, the roles that trust Roles Anywhere, and alarms and rules on what it reports: those made
 * by this library, those made as L1 constructs, and roles of which somebody wrote the trust policy by hand.
 *
 * It looks at the templates as they will be deployed. What only a deployment can tell, such as the value of a parameter, is taken to be right.
 * The rules are in RULES.md; the command `cdk-roles-anywhere check` runs the same ones over an assembly that is there.
 *
 * A finding is suppressed by {@link RolesAnywhereChecks.suppress}, with a reason. Suppressed findings are listed in the validation report of
 * the assembly, and each suppression stands in the metadata of the resource that it is for.
 *
 * @example
 * const app = new App();
 * RolesAnywhereChecks.addTo(app);
 */
export class RolesAnywhereChecks implements IPolicyValidationPlugin {
  /**
   * Checks everything in an app or stage.
   *
   * @param scope the app, a stage, or anything in one
   * @returns the checks, those that are there already where they were added before
   */
  public static addTo(scope: IConstruct, props: RolesAnywhereChecksProps = {}): RolesAnywhereChecks {
    // Stage.of() takes a stage for part of the one around it.
    const stage = Stage.isStage(scope) ? scope : Stage.of(scope);
    if (!stage) {
      throw new RolesAnywhereError('NOT_IN_APP', 'the checks run when an app or stage is synthesised, and this construct is in none', scope);
    }
    const present = checksOfStage.get(stage);
    if (present) {
      return present;
    }
    const checks = new RolesAnywhereChecks(props);
    Validations.of(stage).addPlugins(checks);
    checksOfStage.set(stage, checks);
    return checks;
  }

  /**
   * Answers for the findings of a rule at a construct and everything in it.
   *
   * @param scope a stack, or a construct in one; not an app or stage, so that nobody answers for what is to come elsewhere
   * @param rule id or name of the rule, such as `RA104` or `any-certificate`
   * @param reason why the finding is acceptable here
   */
  public static suppress(scope: IConstruct, rule: string, reason: string): void {
    const { id, resourceTypes } = ruleCalled(rule, scope);
    if (reason.trim() === '') {
      throw new RolesAnywhereError('INVALID_SUPPRESSION', `the suppression of ${id} has no reason; say why the finding is acceptable here`, scope);
    }
    if (!scope.node.scopes.some((ancestor) => Stack.isStack(ancestor))) {
      throw new RolesAnywhereError('INVALID_SUPPRESSION', `${id} cannot be suppressed for a whole app or stage; do it at the stack or construct that it is about`, scope);
    }
    Validations.of(scope).acknowledge({ id: `${CHECKS_NAME}::${id}`, reason });
    // For those who read the template. Nothing else hangs on it, so that it can be the last of all aspects.
    Aspects.of(scope).add({
      visit: (node) => {
        if (CfnResource.isCfnResource(node) && (resourceTypes?.includes(node.cfnResourceType) ?? true)) {
          node.addMetadata(SUPPRESSIONS_KEY, { [id]: { reason, at: scope.node.path }, ...node.getMetadata(SUPPRESSIONS_KEY) });
        }
      },
    }, { priority: AspectPriority.READONLY });
  }

  /** Name of the checks; suppressions begin with it in reports. */
  public readonly name: string = CHECKS_NAME;

  /** Version of this library. */
  public readonly version?: string = libraryVersion();

  /** Ids of all rules. */
  public readonly ruleIds?: string[] = RULES.map(({ id }) => id);

  private readonly failOnWarnings: boolean;

  /** Use {@link RolesAnywhereChecks.addTo}, or pass it to `Validations.addPlugins()`. */
  public constructor(props: RolesAnywhereChecksProps = {}) {
    this.failOnWarnings = props.failOnWarnings ?? false;
  }

  /** Called by the AWS CDK when the templates are there. */
  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const app = loadTemplates(context.stackTemplates.map((template) => stackTemplate(context.appConstruct, template)), new Date());
    const { findings, suppressed } = runRules(app, RULES);
    const violations = [
      ...findings.map((finding) => this.toViolation(finding)),
      // Those made by suppress() are known to the AWS CDK, which takes them out and lists them; the others are told to whoever reads the report.
      ...suppressed.map((finding) => (isAcknowledged(finding) ? this.toViolation(finding) : toNotice(finding))),
    ];
    return { success: violations.every(({ severity }) => severity !== 'error'), violations };
  }

  private toViolation(finding: Finding): PolicyViolation {
    return toViolation(finding, this.failOnWarnings ? 'error' : finding.severity, finding.message);
  }
}

const checksOfStage = new WeakMap<Stage, RolesAnywhereChecks>();

function libraryVersion(): string {
  return JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')).version;
}

function ruleCalled(idOrName: string, scope: IConstruct): Rule {
  const found = RULES.find(({ id, name }) => id === idOrName || name === idOrName);
  if (!found) {
    throw new RolesAnywhereError('INVALID_SUPPRESSION', `there is no rule ${JSON.stringify(idOrName)}; RULES.md lists them`, scope);
  }
  return found;
}

function stackTemplate(root: IConstruct, { stackConstructPath, templatePath }: PolicyValidationStack) {
  const found = stackConstructPath.split('/').reduce<IConstruct | undefined>((scope, id) => scope?.node.tryFindChild(id), root);
  const stack = found && Stack.isStack(found) ? found : undefined;
  return { path: templatePath, stackName: stack?.stackName ?? stackConstructPath, account: literal(stack?.account), region: literal(stack?.region) };
}

function literal(value: string | undefined): string | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

function isAcknowledged({ suppression }: SuppressedFinding): boolean {
  return suppression.at !== undefined;
}

function toNotice(finding: SuppressedFinding): PolicyViolation {
  return toViolation(finding, 'info', `suppressed in the template (${finding.suppression.reason}): ${finding.message}`);
}

function toViolation({ rule, resource, location, fix }: Finding, severity: string, message: string): PolicyViolation {
  return {
    ruleName: rule.id,
    severity,
    description: `${rule.name}: ${message}`,
    fix,
    ruleMetadata: { name: rule.name },
    violatingResources: [{
      resourceLogicalId: resource.logicalId,
      templatePath: resource.template.source.file,
      locations: location === undefined ? [] : [location],
    }],
  };
}
