/** The CreateSession request, for those who sign it and for those who verify it. Web standards only. */
export * from './algorithms';
export * from './arn';
export * from './authorization';
export * from './canonical-request';
export * from './certificate-headers';
export * from './ecdsa-signature';
export * from './endpoint';
export * from './errors';
export * from './sha256';
export * from './sign';
export * from './string-to-sign';
export * from './verify';
