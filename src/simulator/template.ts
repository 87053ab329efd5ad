/** Turns resolved templates into the model: trust anchors, profiles, roles and CRLs, and what about them is not known. */
import { Deployment } from './deployment';
import { simulatedEnvironment } from './environment';
import { SimulatorError } from './errors';
import { AssemblyModel, ModelProblem, RoleModel } from './model';
import { crlModel, profileModel, roleModel, trustAnchorModel } from './resource-models';
import { ResourceReader } from './resource-reader';
import { ParameterSource, Stack } from './stack';
import { templateSections } from './template-sections';
import { Unresolved } from './unresolved';

/** What the reader may be told beyond what the templates say. */
export interface ReadOptions {
  /**
   * The account of stacks that name none.
   *
   * @default - '123456789012'
   */
  readonly account?: string;
  /**
   * The region of stacks that name none.
   *
   * @default - 'us-east-1'
   */
  readonly region?: string;
  /**
   * Values of template parameters, under `Parameter` for every stack or `StackName:Parameter` for one.
   * For a parameter of a Systems Manager type it is what Systems Manager holds, not the name under which.
   *
   * @default - the defaults in the templates
   */
  readonly parameters?: Record<string, string>;
}

/** What the reader of a single template may be told. */
export interface ReadTemplateOptions extends ReadOptions {
  /** @default - 'Template' */
  readonly stackName?: string;
  /** @default - the partition of the region */
  readonly partition?: string;
}

/**
 * Reads a template that is at hand as an object, such as `Template.fromStack(stack).toJSON()` of aws-cdk-lib/assertions.
 *
 * Nested stacks and exports of other stacks are out of its reach and become problems of the model; `readCloudAssembly` has them.
 *
 * @throws SimulatorError `TEMPLATE_INVALID` when it is no template, `TEMPLATE_TOO_COMPLEX` when it is made to grow without end,
 * `INVALID_OPTION` when an option is not what it is called.
 */
export function readTemplate(template: object, options: ReadTemplateOptions = {}): AssemblyModel {
  const stackName = options.stackName ?? 'Template';
  const text = jsonText(template);
  const deployment = new Deployment(() => undefined);
  deployment.add({
    stackName,
    label: stackName,
    environment: simulatedEnvironment(options),
    sections: templateSections(JSON.parse(text), `template ${stackName}`),
    parameters: statedParameters(stackName, options),
    origin: undefined,
    constructPathOf: () => undefined,
  }, text.length);
  return modelOf(deployment, options);
}

/** JSON text of the caller's object, so that nothing of it is shared with the model and nothing in it is not JSON. */
function jsonText(template: object): string {
  try {
    return JSON.stringify(template) ?? 'null';
  } catch (error) {
    // An object that contains itself, a bigint, or a nesting that overflows the stack.
    throw new SimulatorError('TEMPLATE_INVALID', `a template must be JSON, and this object is not (${(error as Error).name})`);
  }
}

/** What the options say of the parameters of a stack. */
export function statedParameters(stackName: string, { parameters = {} }: ReadOptions): ParameterSource {
  const stated = (name: string) => [`${stackName}:${name}`, name].filter((key) => Object.hasOwn(parameters, key)).map((key) => parameters[key])[0];
  return { valueOf: stated, storedValueOf: stated };
}

/** The model of everything in a deployment. */
export function modelOf(deployment: Deployment, options: ReadOptions): AssemblyModel {
  const stacks = deployment.allStacks();
  const model: AssemblyModel = { trustAnchors: [], profiles: [], roles: [], crls: [], problems: deployment.problems };
  for (const stack of stacks instanceof Unresolved ? [] : stacks) {
    addStack(model, stack);
  }
  noteUndeclaredParameters(model.problems, deployment.topLevelStacks, options);
  refuseAmbiguousRoles(model);
  return model;
}

/** What to do with the resource types that matter; all others are looked at only where these refer to them. */
const ADDERS: ReadonlyMap<string, (model: AssemblyModel, reader: ResourceReader) => void> = new Map([
  ['AWS::RolesAnywhere::TrustAnchor', ({ trustAnchors }: AssemblyModel, reader: ResourceReader) => void trustAnchors.push(trustAnchorModel(reader))],
  ['AWS::RolesAnywhere::Profile', ({ profiles }: AssemblyModel, reader: ResourceReader) => void profiles.push(profileModel(reader))],
  ['AWS::RolesAnywhere::CRL', ({ crls }: AssemblyModel, reader: ResourceReader) => void crls.push(crlModel(reader))],
  ['AWS::IAM::Role', ({ roles }: AssemblyModel, reader: ResourceReader) => void roles.push(roleModel(reader))],
]);

function addStack(model: AssemblyModel, stack: Stack): void {
  model.problems.push(...stack.sections.faults.map((fault): ModelProblem => ({ ...fault, stack: stack.source.label })));
  for (const [logicalId, resource] of stack.sections.resources) {
    const addTo = ADDERS.get(resource.type);
    const exists = addTo !== undefined && stack.exists(resource.condition);
    if (addTo === undefined || exists === false) {
      continue;
    }
    const reader = new ResourceReader(stack, logicalId, resource, model.problems);
    if (exists instanceof Unresolved) {
      reader.note(exists.code, exists.unresolved, 'Condition');
      reader.refuse(`whether it is created is not known: ${exists.unresolved}`);
    }
    const whole = Object.keys(resource.properties).find((key) => key.startsWith('Fn::'));
    if (whole !== undefined) {
      const message = `${whole} in place of the properties is not supported, because which properties there are is known only at deployment`;
      reader.note('INTRINSIC_NOT_SUPPORTED', message, 'Properties');
      reader.refuse(`Properties: ${message}`);
    }
    addTo(model, reader);
  }
}

/** A value given for a parameter that nobody declares is most likely a slip of the pen, and the default stands. */
function noteUndeclaredParameters(problems: ModelProblem[], stacks: readonly Stack[], { parameters = {} }: ReadOptions): void {
  const declared = new Set(stacks.flatMap(({ source }) =>
    [...source.sections.parameters.keys()].flatMap((name) => [name, `${source.stackName}:${name}`])));
  for (const name of Object.keys(parameters).filter((key) => !declared.has(key))) {
    problems.push({ code: 'PARAMETER_NOT_DECLARED', message: `a value is given for parameter '${name}', which no template declares`, stack: '' });
  }
}

/** Two roles of one ARN cannot both exist, and which of them decides would be a guess. */
function refuseAmbiguousRoles({ roles, problems }: AssemblyModel): void {
  const byArn = new Map<string, RoleModel[]>();
  for (const role of roles.filter(({ arn }) => arn !== '')) {
    const sharing = byArn.get(role.arn) ?? [];
    sharing.push(role);
    byArn.set(role.arn, sharing);
  }
  for (const [arn, sharing] of byArn) {
    if (sharing.length < 2) {
      continue;
    }
    const where = sharing.slice(0, 2).map(({ stack, logicalId }) => `${logicalId} in ${stack}`).join(', ');
    const message = `${arn} is the ARN of ${sharing.length} roles (${where}${sharing.length > 2 ? ', ...' : ''}); give the stacks an 'env', or read one stage alone`;
    for (const role of sharing) {
      role.unusable ??= message;
      problems.push({ code: 'AMBIGUOUS', message, stack: role.stack, logicalId: role.logicalId, path: 'RoleName' });
    }
  }
}
