/** Resolves CloudFormation's intrinsic functions and conditions; what cannot be resolved becomes a marker that says why. */
import { isDeepStrictEqual } from 'node:util';
import { Effort } from './effort';
import { Once } from './once';
import { Unresolved } from './unresolved';
import { isJsonObject, JsonObject, jsonKind, ownProperty, scalarText } from '../assembly/json';

/**
 * What a value is wanted for, which decides how much may be made up:
 * - `decision`: who gets in hangs on it, so only what the templates fix counts, and simulated names of resources that the simulator knows;
 * - `description`: the text matters, not its truth, so names of other resources may be simulated too;
 * - `condition`: as `decision`, and resources do not exist yet.
 */
export type Use = 'decision' | 'description' | 'condition';

/** What `{ "Ref": "AWS::NoValue" }` resolves to: the property or list item is as if it were not there. */
export const NO_VALUE = Symbol('AWS::NoValue');

/** The arguments of `Fn::GetStackOutput`. */
export interface StackOutputRequest {
  readonly stackName: string;
  readonly outputName: string;
  /** @default - the region of the stack that asks */
  readonly region?: string;
  /** @default - the stack is in the account of the stack that asks */
  readonly roleArn?: string;
}

/** Where a template's references lead. Each answers with an {@link Unresolved} when they lead nowhere. */
export interface IntrinsicScope {
  /** A parameter, pseudo parameter or resource. */
  ref(name: string, use: Use): unknown;
  getAtt(logicalId: string, attribute: string, use: Use): unknown;
  /** The two levels of a mapping as they stand in the template, or undefined. */
  mapping(name: string): unknown;
  /** The outcome of a condition of the template. */
  condition(name: string): boolean | Unresolved;
  importValue(exportName: string, use: Use): unknown;
  stackOutput(request: StackOutputRequest, use: Use): unknown;
}

/** Resolves the values of one template. */
export class IntrinsicResolver {
  public constructor(private readonly scope: IntrinsicScope, private readonly effort: Effort) {}

  /**
   * A value with all its intrinsic functions replaced by their results.
   *
   * @returns JSON with an {@link Unresolved} in each place that could not be resolved, or {@link NO_VALUE}
   * @throws SimulatorError `TEMPLATE_TOO_COMPLEX`, and nothing else.
   */
  public resolve(value: unknown, use: Use): unknown {
    return this.effort.deeper(() => this.resolveAny(value, use));
  }

  /** As {@link resolve}, for a value that must be text in the end. `what` names it in the message. */
  public resolveText(value: unknown, use: Use, what: string): string | Unresolved {
    return asText(this.resolve(value, use), what);
  }

  /**
   * The outcome of a condition expression.
   *
   * And and Or of which one side is unresolved still have an outcome when the other side settles it.
   */
  public evaluate(expression: unknown): boolean | Unresolved {
    return this.effort.deeper(() => this.evaluateAny(expression));
  }

  private resolveAny(value: unknown, use: Use): unknown {
    this.effort.spend(1);
    if (typeof value === 'string') {
      return this.literal(value);
    }
    if (Array.isArray(value)) {
      return value.map((item) => this.resolve(item, use)).filter((item) => item !== NO_VALUE);
    }
    return isJsonObject(value) ? this.resolveObject(value, use) : value;
  }

  private resolveObject(value: JsonObject, use: Use): unknown {
    const keys = Object.keys(value);
    const name = keys.find((key) => key.startsWith('Fn::') || (key === 'Ref' && keys.length === 1));
    if (name === undefined) {
      // fromEntries defines properties rather than assigning them, so that a key `__proto__` stays a key.
      return Object.fromEntries(Object.entries(value)
        .map(([key, item]) => [key, this.resolve(item, use)])
        .filter(([, item]) => item !== NO_VALUE));
    }
    if (keys.length > 1) {
      return new Unresolved('MALFORMED_INTRINSIC', `${name} must be the only key of its object, and it stands beside ${keys.length - 1} other`);
    }
    return this.call(name, value[name], use);
  }

  private call(name: string, argument: unknown, use: Use): unknown {
    switch (name) {
      case 'Ref': return typeof argument === 'string' ? this.literal(this.scope.ref(argument, use)) : malformed('Ref', 'a name');
      case 'Fn::GetAtt': return this.getAtt(argument, use);
      case 'Fn::Join': return this.join(argument, use);
      case 'Fn::Sub': return this.sub(argument, use);
      case 'Fn::Select': return this.select(argument, use);
      case 'Fn::Split': return this.split(argument, use);
      case 'Fn::If': return this.if(argument, use);
      case 'Fn::FindInMap': return this.findInMap(argument, use);
      case 'Fn::Base64': return this.base64(argument, use);
      case 'Fn::ImportValue': return this.importValue(argument, use);
      case 'Fn::GetStackOutput': return this.getStackOutput(argument, use);
      case 'Fn::ToJsonString': return this.toJsonString(argument, use);
      case 'Fn::Length': return this.length(argument, use);
      case 'Fn::Transform':
        return new Unresolved('INTRINSIC_NOT_SUPPORTED', 'Fn::Transform is not supported, because its macro runs in AWS at deployment');
      case 'Fn::GetAZs':
        return new Unresolved('INTRINSIC_NOT_SUPPORTED', 'Fn::GetAZs is not supported, because only AWS can tell the zones of an account');
      case 'Fn::Cidr':
        return new Unresolved('INTRINSIC_NOT_SUPPORTED', 'Fn::Cidr is not supported, because nothing in IAM Roles Anywhere takes a subnet');
      default:
        return new Unresolved('UNKNOWN_INTRINSIC', `${name} is no intrinsic function that can be used here`);
    }
  }

  /** Text that was written or put together; CloudFormation looks for dynamic references in it only then. */
  private literal(value: unknown): unknown {
    if (typeof value !== 'string') {
      return value;
    }
    if (/\{\{resolve:/.test(value)) {
      return new Unresolved('DYNAMIC_REFERENCE', 'a dynamic reference ({{resolve:...}}) is read from AWS at deployment; put the value itself in its place');
    }
    return this.effort.text(value);
  }

  private getAtt(argument: unknown, use: Use): unknown {
    const [logicalId, attribute] = typeof argument === 'string' ? splitOnce(argument, '.') : pairOf(argument);
    if (typeof logicalId !== 'string' || attribute === undefined) {
      return malformed('Fn::GetAtt', '[logical id, attribute]');
    }
    const name = this.resolveText(attribute, use, 'the attribute of Fn::GetAtt');
    return typeof name === 'string' ? this.literal(this.scope.getAtt(logicalId, name, use)) : name;
  }

  private join(argument: unknown, use: Use): unknown {
    const [delimiter, list] = pairOf(argument);
    if (typeof delimiter !== 'string') {
      return malformed('Fn::Join', '[delimiter, [values]]');
    }
    const texts = allTexts(this.resolve(list, use), 'a value of Fn::Join');
    return texts instanceof Unresolved ? texts : this.literal(this.effort.concatenate(texts, delimiter));
  }

  private sub(argument: unknown, use: Use): unknown {
    const [template, variables] = typeof argument === 'string' ? [argument, {}] : pairOf(argument);
    if (typeof template !== 'string' || !isJsonObject(variables)) {
      return malformed('Fn::Sub', 'a text, or [text, { variable: value }]');
    }
    // Each variable once, however often it is named: variables may hold an Fn::Sub of their own.
    const variable = new Once<string>();
    const texts: string[] = [];
    let length = 0;
    for (const piece of subPieces(template)) {
      const text = typeof piece === 'string' ? piece : variable.get(piece.name, piece.name, () => this.subVariable(piece.name, variables, use));
      if (text instanceof Unresolved) {
        return text;
      }
      length += text.length;
      // Checked as it grows: one short text can name a long variable very often.
      const tooLong = this.effort.room(length);
      if (tooLong !== undefined) {
        return tooLong;
      }
      texts.push(text);
    }
    return this.literal(this.effort.concatenate(texts, ''));
  }

  private subVariable(name: string, variables: JsonObject, use: Use): string | Unresolved {
    const what = `\${${name}} of Fn::Sub`;
    if (Object.hasOwn(variables, name)) {
      return this.resolveText(variables[name], use, what);
    }
    const [logicalId, attribute] = splitOnce(name, '.');
    const value = attribute === undefined ? this.scope.ref(name, use) : this.scope.getAtt(logicalId, attribute, use);
    if (value instanceof Unresolved && value.code === 'UNKNOWN_REFERENCE') {
      return new Unresolved(value.code, `${value.unresolved}; a text that is to keep \${...} must say \${!...} in Fn::Sub`);
    }
    return asText(value, what);
  }

  private select(argument: unknown, use: Use): unknown {
    const [index, list] = pairOf(argument);
    const position = this.resolveText(index, use, 'the index of Fn::Select');
    const values = this.resolve(list, use);
    if (position instanceof Unresolved || values instanceof Unresolved) {
      return position instanceof Unresolved ? position : values;
    }
    if (!Array.isArray(values) || !/^[0-9]{1,9}$/.test(position)) {
      return malformed('Fn::Select', '[index, [values]]');
    }
    if (Number(position) >= values.length) {
      return new Unresolved('SELECT_OUT_OF_RANGE', `Fn::Select asks for item ${position} of a list of ${values.length}`);
    }
    return values[Number(position)];
  }

  private split(argument: unknown, use: Use): unknown {
    const [delimiter, source] = pairOf(argument);
    if (typeof delimiter !== 'string' || delimiter === '') {
      return malformed('Fn::Split', '[delimiter, text]');
    }
    const text = this.resolveText(source, use, 'the text of Fn::Split');
    return typeof text === 'string' ? text.split(delimiter) : text;
  }

  private if(argument: unknown, use: Use): unknown {
    if (!Array.isArray(argument) || argument.length !== 3 || typeof argument[0] !== 'string') {
      return malformed('Fn::If', '[condition name, value if true, value if false]');
    }
    const outcome = this.scope.condition(argument[0]);
    return outcome instanceof Unresolved ? outcome : this.resolve(argument[outcome ? 1 : 2], use);
  }

  private findInMap(argument: unknown, use: Use): unknown {
    if (!Array.isArray(argument) || argument.length < 3 || argument.length > 4) {
      return malformed('Fn::FindInMap', '[map, top-level key, second-level key]');
    }
    const keys = allTexts(argument.slice(0, 3).map((key) => this.resolve(key, use)), 'a key of Fn::FindInMap');
    if (keys instanceof Unresolved) {
      return keys;
    }
    const [map, top, second] = keys;
    const found = ownProperty(ownProperty(this.scope.mapping(map), top), second);
    const value = found ?? ownProperty(argument[3], 'DefaultValue');
    return value === undefined ? new Unresolved('NOT_IN_MAPPING', `mapping '${map}' has no value at '${top}' '${second}'`) : this.resolve(value, use);
  }

  private base64(argument: unknown, use: Use): unknown {
    const text = this.resolveText(argument, use, 'the text of Fn::Base64');
    return typeof text === 'string' ? this.effort.text(Buffer.from(text, 'utf8').toString('base64')) : text;
  }

  private importValue(argument: unknown, use: Use): unknown {
    const name = this.resolveText(argument, use, 'the name in Fn::ImportValue');
    return typeof name === 'string' ? this.scope.importValue(name, use) : name;
  }

  private getStackOutput(argument: unknown, use: Use): unknown {
    const names = ['StackName', 'OutputName', 'Region', 'RoleArn'];
    const [stackName, outputName, region, roleArn] = names.map((name) => {
      const value = ownProperty(argument, name);
      return value === undefined ? undefined : this.resolveText(value, use, `${name} of Fn::GetStackOutput`);
    });
    const unresolved = [stackName, outputName, region, roleArn].find((text) => text instanceof Unresolved);
    if (unresolved !== undefined) {
      return unresolved;
    }
    if (typeof stackName !== 'string' || typeof outputName !== 'string') {
      return malformed('Fn::GetStackOutput', '{ StackName, OutputName, Region, RoleArn }');
    }
    return this.scope.stackOutput({ stackName, outputName, region: region as string | undefined, roleArn: roleArn as string | undefined }, use);
  }

  private toJsonString(argument: unknown, use: Use): unknown {
    const value = this.resolve(argument, use);
    if (!Array.isArray(value) && !isJsonObject(value)) {
      return malformed('Fn::ToJsonString', 'an object or a list');
    }
    return firstUnresolved(value) ?? this.effort.text(JSON.stringify(value));
  }

  private length(argument: unknown, use: Use): unknown {
    const value = this.resolve(argument, use);
    if (value instanceof Unresolved) {
      return value;
    }
    return Array.isArray(value) ? value.length : malformed('Fn::Length', 'a list');
  }

  private evaluateAny(expression: unknown): boolean | Unresolved {
    this.effort.spend(1);
    const [[name, argument] = [], ...others] = isJsonObject(expression) ? Object.entries(expression) : [];
    if (name === undefined || others.length > 0) {
      return malformed('a condition', 'one of Condition, Fn::Equals, Fn::And, Fn::Or and Fn::Not');
    }
    switch (name) {
      case 'Condition': return typeof argument === 'string' ? this.scope.condition(argument) : malformed('Condition', 'the name of a condition');
      case 'Fn::Equals': return this.equals(argument);
      case 'Fn::Not': return this.not(argument);
      case 'Fn::And': return this.allAre(true, argument, 'Fn::And');
      case 'Fn::Or': return this.allAre(false, argument, 'Fn::Or');
      default: return new Unresolved('UNKNOWN_INTRINSIC', `${name} is no condition function; they are Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition`);
    }
  }

  private equals(argument: unknown): boolean | Unresolved {
    if (!Array.isArray(argument) || argument.length !== 2) {
      return malformed('Fn::Equals', '[value, value]');
    }
    const [left, right] = argument.map((side) => this.resolve(side, 'condition'));
    const unresolved = firstUnresolved([left, right]);
    if (unresolved !== undefined) {
      return unresolved;
    }
    // A parameter is always text, so 1 and "1" are the same; lists and objects are compared as they are.
    const texts = [scalarText(left), scalarText(right)];
    return texts.includes(undefined) ? isDeepStrictEqual(left, right) : texts[0] === texts[1];
  }

  private not(argument: unknown): boolean | Unresolved {
    if (!Array.isArray(argument) || argument.length !== 1) {
      return malformed('Fn::Not', '[condition]');
    }
    const outcome = this.evaluate(argument[0]);
    return outcome instanceof Unresolved ? outcome : !outcome;
  }

  /** And of `true`, or, by De Morgan, Or of `false`: whether all conditions have the outcome that leaves the question open. */
  private allAre(open: boolean, argument: unknown, name: string): boolean | Unresolved {
    if (!Array.isArray(argument) || argument.length === 0) {
      return malformed(name, '[conditions]');
    }
    const outcomes = argument.map((condition) => this.evaluate(condition));
    if (outcomes.includes(!open)) {
      return !open;
    }
    return outcomes.find((outcome) => outcome instanceof Unresolved) ?? open;
  }
}

/** The first unresolved value inside a resolved one. */
export function firstUnresolved(value: unknown): Unresolved | undefined {
  if (value instanceof Unresolved) {
    return value;
  }
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  for (const item of Object.values(value)) {
    const found = firstUnresolved(item);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function asText(value: unknown, what: string): string | Unresolved {
  if (value instanceof Unresolved) {
    return value;
  }
  return scalarText(value) ?? new Unresolved('NOT_A_TEXT', `${what} must be a text, and it is ${value === NO_VALUE ? 'AWS::NoValue' : jsonKind(value)}`);
}

/** All items of a list as text; unresolved when the list or any of its items is. */
function allTexts(list: unknown, what: string): string[] | Unresolved {
  if (!Array.isArray(list)) {
    return list instanceof Unresolved ? list : new Unresolved('NOT_A_LIST', `${what} must be in a list, and there is ${jsonKind(list)}`);
  }
  const texts: string[] = [];
  for (const item of list) {
    const text = asText(item, what);
    if (text instanceof Unresolved) {
      return text;
    }
    texts.push(text);
  }
  return texts;
}

function malformed(name: string, form: string): Unresolved {
  return new Unresolved('MALFORMED_INTRINSIC', `${name} must be ${form}`);
}

function pairOf(argument: unknown): [unknown, unknown] | [undefined, undefined] {
  return Array.isArray(argument) && argument.length === 2 ? [argument[0], argument[1]] : [undefined, undefined];
}

function splitOnce(text: string, delimiter: string): [string, string | undefined] {
  const at = text.indexOf(delimiter);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + delimiter.length)];
}

/** Literal texts and variables of an `Fn::Sub`, in order; by search rather than by expression, so that many `${` cost no more than few. */
function* subPieces(template: string): Generator<string | { name: string }> {
  let position = 0;
  for (;;) {
    const start = template.indexOf('${', position);
    const end = start < 0 ? -1 : template.indexOf('}', start);
    if (end < 0) {
      yield template.slice(position);
      return;
    }
    yield template.slice(position, start);
    const name = template.slice(start + 2, end);
    yield name.startsWith('!') ? `\${${name.slice(1)}}` : { name };
    position = end + 1;
  }
}
