/** Lines of JSON for the function's log, one an event, with the same members each time so that they can be queried. */
import { ListOutcome } from './sync';

/** Takes one line, without its line end. */
export type WriteLine = (line: string) => void;

/** Past Lambda's console, which would put a prefix before the line that metrics are not found behind. */
export const writeToStandardOutput: WriteLine = (line) => {
  process.stdout.write(`${line}\n`);
};

/** What became of a list. */
export function outcomeLine(trustAnchorArn: string, outcome: ListOutcome): string {
  const { list, change, error, source, crlId, crl, warnings } = outcome;
  return JSON.stringify({
    level: error ? 'ERROR' : warnings.length > 0 ? 'WARN' : 'INFO',
    event: 'list',
    trustAnchorArn,
    list: list.id,
    name: list.name,
    outcome: change,
    reason: error?.code,
    message: error?.message,
    source,
    crlId,
    crlNumber: crl?.crlNumber?.toString(),
    thisUpdate: crl?.thisUpdate.toISOString(),
    nextUpdate: crl?.nextUpdate?.toISOString(),
    revoked: crl?.revokedCount,
    warnings: warnings.length > 0 ? warnings : undefined,
  });
}

/** A list that was deleted, because its construct or its source is gone. */
export function removalLine(list: { readonly crlId: string; readonly listId: string; readonly trustAnchorArn: string }): string {
  return JSON.stringify({ level: 'INFO', event: 'removed', trustAnchorArn: list.trustAnchorArn, list: list.listId, crlId: list.crlId });
}

/** A failure that concerns no single list. */
export function failureLine({ code, message }: { readonly code: string; readonly message: string }): string {
  return JSON.stringify({ level: 'ERROR', event: 'failure', reason: code, message });
}
