/** The version that the bundler wrote in. */

declare const SIGNER_VERSION: string | undefined;

/** Version of the package that this signer was built from; `0.0.0-source` where it runs unbundled. */
export const VERSION: string = typeof SIGNER_VERSION === 'string' ? SIGNER_VERSION : '0.0.0-source';
