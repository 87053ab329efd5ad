/** Runs a state machine of the Amazon States Language (JSONata) as far as the kill switch uses it; service calls go to a function. */
import jsonata from 'jsonata';

/** A call of an AWS service: `rolesanywhere:disableTrustAnchor` with its arguments. Throws to fail. */
export type ServiceCall = (action: string, args: any) => Promise<unknown>;

/** How an execution ended. */
export interface ExecutionResult {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly output?: any;
  readonly error?: string;
  readonly cause?: string;
}

interface Scope {
  readonly call: ServiceCall;
  readonly execution: { Input: any; Id: string; StartTime: string };
  readonly variables: Record<string, unknown>;
}

class Failure extends Error {
  public constructor(public readonly error: string, public readonly failureCause: string) {
    super(error);
  }
}

/** Runs an execution to its end. Retries happen at once. */
export async function execute(definition: any, input: unknown, call: ServiceCall): Promise<ExecutionResult> {
  const scope: Scope = { call, execution: { Input: input, Id: 'arn:execution', StartTime: new Date().toISOString() }, variables: {} };
  try {
    return { status: 'SUCCEEDED', output: await runStates(definition, input, scope) };
  } catch (error) {
    if (error instanceof Failure) {
      return { status: 'FAILED', error: error.error, cause: error.failureCause };
    }
    throw error;
  }
}

async function runStates(machine: any, input: any, scope: Scope): Promise<any> {
  let name: string | undefined = machine.StartAt;
  let current = input;
  while (name !== undefined) {
    const state: any = machine.States[name];
    if (!state) {
      throw new Error(`there is no state ${name}`);
    }
    const entered = new Date().toISOString();
    const { output, next } = await runState(state, { input: current, entered }, scope);
    current = output;
    name = next;
  }
  return current;
}

interface Entry {
  readonly input: any;
  readonly entered: string;
}

async function runState(state: any, entry: Entry, scope: Scope): Promise<{ output: any; next?: string }> {
  const evaluate = (template: any, extra: object = {}) => evaluateTemplate(template, {
    ...scope.variables,
    states: { input: entry.input, context: { State: { EnteredTime: entry.entered }, Execution: scope.execution }, ...extra },
  });
  switch (state.Type) {
    case 'Choice':
      for (const choice of state.Choices) {
        if (await evaluate(choice.Condition) === true) {
          return { output: entry.input, next: choice.Next };
        }
      }
      return { output: entry.input, next: state.Default };
    case 'Fail':
      throw new Failure(await evaluate(state.Error), await evaluate(state.Cause));
    case 'Succeed':
      return { output: state.Output === undefined ? entry.input : await evaluate(state.Output) };
    case 'Pass':
      return { output: entry.input, next: state.Next };
    case 'Task':
      return runTask(state, scope, evaluate);
    default:
      return finish(state, await runContainer(state, entry, scope), scope, evaluate);
  }
}

type Evaluate = (template: any, extra?: object) => Promise<any>;

async function runContainer(state: any, entry: Entry, scope: Scope): Promise<any> {
  if (state.Type === 'Parallel') {
    return Promise.all(state.Branches.map((branch: any) => runStates(branch, entry.input, { ...scope, variables: { ...scope.variables } })));
  }
  if (state.Type === 'Map') {
    const results = [];
    for (const item of state.Items) {
      results.push(await runStates(state.ItemProcessor, item, { ...scope, variables: { ...scope.variables } }));
    }
    return results;
  }
  throw new Error(`states of type ${state.Type} are not run here`);
}

async function runTask(state: any, scope: Scope, evaluate: Evaluate): Promise<{ output: any; next?: string }> {
  const action = /^arn:[a-z-]+:states:::(?:aws-sdk:)?(.+)$/.exec(state.Resource)![1];
  const args = await evaluate(state.Arguments);
  for (let attempt = 1; ; attempt++) {
    try {
      return await finish(state, await scope.call(action, args), scope, evaluate);
    } catch (error) {
      const retrier = handlerOf(state.Retry, (error as Error).name);
      if (attempt <= (retrier?.MaxAttempts ?? 0)) {
        continue;
      }
      const errorOutput = { Error: (error as Error).name, Cause: (error as Error).message };
      const handler = handlerOf(state.Catch, errorOutput.Error);
      if (!handler) {
        throw new Failure(errorOutput.Error, errorOutput.Cause);
      }
      return { output: await evaluate(handler.Output, { errorOutput }), next: handler.Next };
    }
  }
}

/** The first retrier or catcher that names the error, or takes all. */
function handlerOf(handlers: any[] | undefined, error: string): any {
  return handlers?.find(({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes('States.ALL'));
}

async function finish(state: any, result: any, scope: Scope, evaluate: Evaluate): Promise<{ output: any; next?: string }> {
  for (const [name, expression] of Object.entries(state.Assign ?? {})) {
    scope.variables[name] = await evaluate(expression, { result });
  }
  return { output: state.Output === undefined ? result : await evaluate(state.Output, { result }), next: state.Next };
}

/** Strings in `{% %}` are expressions; everything else is itself. */
async function evaluateTemplate(template: any, bindings: Record<string, unknown>): Promise<any> {
  if (typeof template === 'string') {
    const expression = /^\{%(.*)%\}$/s.exec(template);
    return expression ? plain(await jsonata(expression[1]).evaluate({}, bindings)) : template;
  }
  if (Array.isArray(template)) {
    return Promise.all(template.map((item) => evaluateTemplate(item, bindings)));
  }
  if (typeof template === 'object' && template !== null) {
    const entries = Object.entries(template).map(async ([key, value]) => [key, await evaluateTemplate(value, bindings)]);
    return Object.fromEntries(await Promise.all(entries));
  }
  return template;
}

/** JSONata's sequences as ordinary values; an expression without a value is an error in Step Functions. */
function plain(value: unknown): unknown {
  if (value === undefined) {
    throw new Failure('States.QueryEvaluationError', 'an expression has no value');
  }
  return JSON.parse(JSON.stringify(value));
}
