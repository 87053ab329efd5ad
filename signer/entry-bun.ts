/** Where the standalone binary starts. */
import { main } from './main';
import { bunPlatform } from './platform/bun';

void main(bunPlatform()).then((exitCode) => process.exit(exitCode));
