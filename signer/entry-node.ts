/** Where the portable module starts. */
import { main } from './main';
import { nodePlatform } from './platform/node';

void main(nodePlatform()).then((exitCode) => process.exit(exitCode));
