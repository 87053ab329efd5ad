/** Apps and stacks for construct tests, and what is in them. */
import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';

/** Tests run with the built-in validation of templates switched off (run-setup.ts): it takes seconds of each synthesis. */
class StrictApp extends App {
  public constructor() {
    super({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  }

  public synth(...args: Parameters<App['synth']>): ReturnType<App['synth']> {
    const before = process.env.CDK_VALIDATION;
    process.env.CDK_VALIDATION = 'true';
    try {
      return super.synth(...args);
    } finally {
      process.env.CDK_VALIDATION = before;
    }
  }
}

/** An app whose synthesis fails on a template that CloudFormation would refuse. */
export function strictApp(): App {
  return new StrictApp();
}

/** A stack in an app of its own whose synthesis fails on a template that CloudFormation would refuse. */
export function strictStack(props: StackProps = {}): Stack {
  return new Stack(strictApp(), 'Stack', props);
}

/** A stack in an app of its own. */
export function newStack(props: StackProps = {}): Stack {
  return new Stack(new App(), 'Stack', props);
}

/** The trust policy statements of the only role in a stack. */
export function trustStatements(stack: Stack): any[] {
  const [role] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'));
  return role.Properties.AssumeRolePolicyDocument.Statement;
}

/** The warnings of a stack as `id: text`. */
export function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));
}

/** The code of the error that a function throws; fails where it throws none. */
export function errorCode(action: () => unknown): string | undefined {
  return errorOf(action).code;
}

/** The error that a function throws; fails where it throws none. */
export function errorOf(action: () => unknown): Error & { code?: string } {
  try {
    action();
  } catch (error) {
    return error as Error & { code?: string };
  }
  throw new Error('nothing was thrown');
}
