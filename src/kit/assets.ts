/** Where the package keeps the bundled signer: two folders above this file, whether it is in src, in lib, or in the bundled command. */
import { join } from 'path';

const SIGNER_ASSETS = join(__dirname, '..', '..', 'assets', 'signer');

/** What the standalone binary is compiled from. */
export const STANDALONE_FOLDER = join(SIGNER_ASSETS, 'standalone');

/** The portable signer. */
export const PORTABLE_SIGNER = join(SIGNER_ASSETS, 'roles-anywhere-signer.mjs');
