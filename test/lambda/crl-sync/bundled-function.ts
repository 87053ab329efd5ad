/** The function as it is deployed: bundled once for a test file, and run in processes of their own. */
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { World } from './world';
import { bundleProgram, CRL_SYNC_BUNDLE } from '../../../scripts/bundle';
import { projectRoot } from '../../../scripts/project';
import { Invocation, LambdaProcess } from '../../support/lambda-process';

/** An event of the schedule. */
export const SCHEDULE = { 'source': 'aws.events', 'detail-type': 'Scheduled Event', 'detail': {} };

/** Bundles and runs; what it has started is ended by {@link cleanUp}. */
export class BundledFunction {
  /** Bytes. */
  public size = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), 'crl-sync-'));
  private readonly processes: LambdaProcess[] = [];

  private get bundle(): string {
    return join(this.folder, 'index.js');
  }

  /** As `npm run bundle` does it. */
  public async build(): Promise<void> {
    const { entry, options } = CRL_SYNC_BUNDLE;
    this.size = await bundleProgram(join(projectRoot, entry), this.bundle, options);
  }

  /** A cold function. */
  public start(environment: Readonly<Record<string, string>>): LambdaProcess {
    const started = new LambdaProcess(this.bundle, environment);
    this.processes.push(started);
    return started;
  }

  /** One event to a cold function. */
  public async run(world: World, lists: readonly object[], event: object = SCHEDULE, more: object = {}): Promise<Invocation> {
    return this.start(world.environment(lists, more)).invoke(event);
  }

  /** Ends the processes. */
  public async stopAll(): Promise<void> {
    await Promise.all(this.processes.splice(0).map((each) => each.stop()));
  }

  /** Ends the processes and removes the bundle. */
  public async cleanUp(): Promise<void> {
    await this.stopAll();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The line of the log about a list. */
export function lineOf({ log }: Invocation, list: string): any {
  return log.find((line) => line.event === 'list' && line.list === list);
}

/** The metrics of a list: those of its own line, and how often it was refused by reason. */
export function metricsOf({ log }: Invocation, list: string): { readonly values: any; readonly refused: Readonly<Record<string, number>> } {
  const lines = log.filter((line) => line._aws !== undefined && line.List === list);
  return {
    values: lines.find((line) => line.Reason === undefined),
    refused: Object.fromEntries(lines.filter((line) => line.Reason !== undefined).map((line) => [line.Reason, line.Refused])),
  };
}
