export * from './attribute-mapping';
export * from './certificate-condition';
export * from './expiry-notification';
export * from './profile';
export * from './roles-anywhere-principal';
export * from './roles-anywhere-role';
export * from './trust-anchor';
export * from './trust-anchor-source';
