/**
 * Runs the handler of a bundle as Lambda does: in a process of its own, event after event, with a context that knows the time that is left.
 *
 * Usage: node run-lambda.cjs <bundle>, one JSON object {event, remainingMs} a line on standard input. After what the function itself
 * writes comes one line for each event: "RESULT " and {result} or {error}.
 */
'use strict';
const { createInterface } = require('node:readline');
const { handler } = require(process.argv[2]);

/** An error as Lambda reports it. */
function describe(error) {
  return { errorType: error.name, errorMessage: error.message, code: error.code };
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const { event, remainingMs } = JSON.parse(line);
    const end = Date.now() + remainingMs;
    const context = { getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) };
    const outcome = await handler(event, context).then((result) => ({ result }), (error) => ({ error: describe(error) }));
    process.stdout.write(`RESULT ${JSON.stringify(outcome)}\n`);
  }
  // Connections that are kept alive would keep the process too; Lambda freezes it.
  process.exit(0);
}

main();
