/** What the bundler wrote in: version, commit and time. */

declare const SIGNER_VERSION: string | undefined;
declare const SIGNER_COMMIT: string | undefined;
declare const SIGNER_BUILT_AT: string | undefined;

/** Version of the package that this signer was built from; `0.0.0-source` where it runs unbundled. */
export const VERSION: string = typeof SIGNER_VERSION === 'string' ? SIGNER_VERSION : '0.0.0-source';

/** Commit that it was built from, with `-dirty` where the tree had changes, and when; null where that is not known. */
export const BUILD = {
  commit: typeof SIGNER_COMMIT === 'string' ? SIGNER_COMMIT : null,
  builtAt: typeof SIGNER_BUILT_AT === 'string' ? SIGNER_BUILT_AT : null,
} as const;
