/** What could not be read in an app, for people. */
import { ModelProblem } from '../src/simulator/model';
import { printable } from '../src/simulator/printable';

/** A line for each problem under a heading; empty where there is none. */
export function problemLines(problems: readonly ModelProblem[]): string {
  if (problems.length === 0) {
    return '';
  }
  const lines = problems.map(({ code, message, stack, logicalId, path }) => {
    const where = [stack, logicalId, path].filter((part) => part !== undefined && part !== '').join(' ');
    return `  ${printable(`${where === '' ? '' : `${where}: `}${message} (${code})`)}\n`;
  });
  return `the app holds ${problems.length} things that could not be read; what depends on them is refused:\n${lines.join('')}`;
}
