/** All stacks of one reading, and what they give to one another: exports, outputs, nested stacks, values carried between regions. */
import { Effort } from './effort';
import { SimulatorError } from './errors';
import { StackOutputRequest, Use } from './intrinsics';
import { ModelProblem, SimulatedAccount } from './model';
import { Once } from './once';
import { simulatedName } from './physical-ids';
import { ParameterSource, Stack, StackSource, StackSurroundings } from './stack';
import { TemplateResource, TemplateSections } from './template-sections';
import { Unresolved } from './unresolved';
import { isJsonObject, ownProperty } from '../assembly/json';

/** More than any account may hold; a nested stack that contains itself by a detour would otherwise never end. */
const MAX_STACKS = 5_000;

/** The template of a nested stack and where it was found. */
export interface NestedTemplate {
  readonly sections: TemplateSections;
  /** Of its JSON text, in characters. */
  readonly length: number;
  readonly origin: unknown;
  readonly constructPathOf: StackSource['constructPathOf'];
}

/** What is known about where the template of a nested stack is. */
export interface NestedTemplateRequest {
  /** The origin of the stack around it. */
  readonly parentOrigin: unknown;
  /** The file that CDK notes in the metadata of the resource. */
  readonly assetPath?: string;
  /** `TemplateURL`, as far as it can be resolved. */
  readonly templateUrl: unknown;
}

/** Finds templates of nested stacks; undefined where they are not at hand. */
export type NestedTemplateFinder = (request: NestedTemplateRequest) => NestedTemplate | undefined;

/** An expression in the stack it must be resolved in. */
interface PlacedExpression {
  readonly stack: Stack;
  readonly resolve: (use: Use) => unknown;
}

/** Expressions by name and environment; more than one under a key that is ambiguous. */
type ExpressionIndex = ReadonlyMap<string, readonly PlacedExpression[]>;

/** The stacks of one reading. */
export class Deployment implements StackSurroundings {
  public readonly effort = new Effort();
  public readonly once = new Once<unknown>();
  /** What is wrong with the assembly rather than with a resource. */
  public readonly problems: ModelProblem[] = [];
  private readonly topLevel: Stack[] = [];
  private count = 0;

  public constructor(private readonly findNestedTemplate: NestedTemplateFinder) {}

  /** Adds a stack of its own, with the length of its template as JSON text. */
  public add(source: StackSource, templateLength: number): void {
    this.topLevel.push(this.newStack(source, templateLength));
  }

  /** The stacks that are no nested ones. */
  public get topLevelStacks(): readonly Stack[] {
    return this.topLevel;
  }

  /**
   * All stacks that come to be, each before the ones nested in it. What cannot be read is noted in {@link problems}.
   *
   * Unresolved only when asked for while it is being found out.
   */
  public allStacks(): Stack[] | Unresolved {
    return this.once.get('stacks', 'the list of all stacks', () => this.topLevel.flatMap((stack) => this.withNested(stack))) as Stack[] | Unresolved;
  }

  public importValue(consumer: Stack, exportName: string, use: Use): unknown {
    return one(this.exports(), environmentKey(consumer.source.environment, exportName), use, `export '${exportName}'`,
      `no stack of this assembly exports '${exportName}' in ${describeEnvironment(consumer)}; synthesise the stack that does together with this one`);
  }

  public stackOutput(consumer: Stack, request: StackOutputRequest, use: Use): unknown {
    const own = consumer.source.environment;
    const account = request.roleArn?.split(':')[4] ?? own.account;
    const region = request.region ?? own.region;
    const producers: PlacedExpression[] = this.topLevel
      .filter(({ source: { stackName, environment } }) =>
        stackName === request.stackName && environment.account === account && environment.region === region)
      .map((stack) => ({ stack, resolve: (wanted) => stack.output(request.outputName, wanted) }));
    return one(new Map([['', producers]]), '', use, `stack '${request.stackName}'`,
      `this assembly has no stack '${request.stackName}' in account ${account}, region ${region}; synthesise it together with this one`);
  }

  public crossRegionExport(consumer: Stack, parameterName: string, use: Use): unknown {
    return one(this.crossRegionWriters(), environmentKey(consumer.source.environment, parameterName), use, `the value '${parameterName}'`,
      `no stack of this assembly writes '${parameterName}' for ${describeEnvironment(consumer)}; synthesise the stack that does together with this one`);
  }

  public nestedStack(parent: Stack, logicalId: string): Stack | Unresolved {
    const key = `nested stack ${parent.source.label}/${logicalId}`;
    return this.once.get(`${parent.ordinal} ${key}`, key, () => this.loadNestedStack(parent, logicalId)) as Stack | Unresolved;
  }

  private newStack(source: StackSource, templateLength: number): Stack {
    this.count += 1;
    if (this.count > MAX_STACKS) {
      throw new SimulatorError('TEMPLATE_TOO_COMPLEX', `there are more than ${MAX_STACKS} stacks; look for a nested stack that contains itself`);
    }
    this.effort.grant(templateLength);
    return new Stack(source, this, this.count);
  }

  private withNested(stack: Stack): Stack[] {
    const nested: Stack[] = [];
    for (const [logicalId, { type, condition }] of stack.sections.resources) {
      if (type !== 'AWS::CloudFormation::Stack' || stack.exists(condition) === false) {
        continue;
      }
      const child = this.nestedStack(stack, logicalId);
      if (child instanceof Stack) {
        nested.push(...this.withNested(child));
      } else {
        this.problems.push({ code: child.code, message: child.unresolved, stack: stack.source.label, logicalId });
      }
    }
    return [stack, ...nested];
  }

  private loadNestedStack(parent: Stack, logicalId: string): Stack | Unresolved {
    const resource = parent.sections.resources.get(logicalId) as TemplateResource;
    const assetPath = ownProperty(resource.metadata, 'aws:asset:path');
    const found = this.findNestedTemplate({
      parentOrigin: parent.source.origin,
      assetPath: typeof assetPath === 'string' ? assetPath : undefined,
      templateUrl: parent.property(resource, 'TemplateURL', 'description'),
    });
    if (found === undefined) {
      return new Unresolved('NESTED_STACK_NOT_READ',
        'the nested stack is not supported, because its template is not in the cloud assembly: roles, profiles and trust anchors in it are unknown');
    }
    const { environment, stackName, label } = parent.source;
    return this.newStack({
      stackName: simulatedName({ environment, stackName, logicalId }, 128),
      label: `${label}/${logicalId}`,
      environment,
      sections: found.sections,
      parameters: nestedParameters(parent, resource),
      origin: found.origin,
      constructPathOf: found.constructPathOf,
    }, found.length);
  }

  /** Who exports what. An export whose name is not known is nobody's. */
  private exports(): ExpressionIndex | Unresolved {
    return this.indexed('the exports of all stacks', (stack) => [...stack.sections.outputs.keys()].flatMap((output) => {
      const name = stack.exportName(output);
      const expression: PlacedExpression = { stack, resolve: (use) => stack.output(output, use) };
      return typeof name === 'string' ? [[environmentKey(stack.source.environment, name), expression]] : [];
    }));
  }

  private crossRegionWriters(): ExpressionIndex | Unresolved {
    return this.indexed('the values for other regions', (stack) => [...stack.sections.resources.values()]
      .filter(({ type }) => type === 'Custom::CrossRegionExportWriter')
      .flatMap((resource) => crossRegionExports(stack, resource)));
  }

  private indexed(name: string, entriesOf: (stack: Stack) => [string, PlacedExpression][]): ExpressionIndex | Unresolved {
    return this.once.get(name, name, () => {
      const stacks = this.allStacks();
      return stacks instanceof Unresolved ? stacks : index(stacks.flatMap(entriesOf));
    }) as ExpressionIndex | Unresolved;
  }
}

function crossRegionExports(stack: Stack, resource: TemplateResource): [string, PlacedExpression][] {
  const writer = ownProperty(resource.properties, 'WriterProps');
  const region = stack.resolver.resolve(ownProperty(writer, 'region'), 'decision');
  const exported = ownProperty(writer, 'exports');
  if (typeof region !== 'string' || !isJsonObject(exported) || stack.exists(resource.condition) !== true) {
    return [];
  }
  return Object.entries(exported).map(([name, expression]) => [
    environmentKey({ ...stack.source.environment, region }, name),
    { stack, resolve: (use) => stack.resolver.resolveText(expression, use, `the value '${name}'`) },
  ]);
}

function nestedParameters(parent: Stack, resource: TemplateResource): ParameterSource {
  return {
    valueOf(name, use) {
      // The parameters of a nested stack may well name resources of its parent, even where its own conditions use them.
      const parameters = parent.property(resource, 'Parameters', use === 'condition' ? 'decision' : use);
      return parameters instanceof Unresolved ? parameters : ownProperty(parameters, name);
    },
    // The parent gives the name of the Systems Manager parameter, not what is stored in it.
    storedValueOf: () => undefined,
  };
}

/** The value when exactly one stack gives it. */
function one(expressions: ExpressionIndex | Unresolved, key: string, use: Use, what: string, none: string): unknown {
  if (expressions instanceof Unresolved) {
    return expressions;
  }
  const candidates = expressions.get(key) ?? [];
  if (candidates.length === 0) {
    return new Unresolved('NOT_IN_ASSEMBLY', none);
  }
  if (candidates.length > 1) {
    const stacks = candidates.map(({ stack }) => stack.source.label).join(' and ');
    return new Unresolved('AMBIGUOUS', `${what} is ambiguous: ${stacks} have it in the same account and region; give the stacks an 'env', or read one stage alone`);
  }
  return candidates[0].resolve(use);
}

function environmentKey({ account, region }: SimulatedAccount, name: string): string {
  return JSON.stringify([account, region, name]);
}

function describeEnvironment({ source }: Stack): string {
  return `account ${source.environment.account}, region ${source.environment.region}`;
}

function index(entries: readonly [string, PlacedExpression][]): ExpressionIndex {
  const result = new Map<string, PlacedExpression[]>();
  for (const [key, expression] of entries) {
    const known = result.get(key);
    if (known === undefined) {
      result.set(key, [expression]);
    } else {
      known.push(expression);
    }
  }
  return result;
}
