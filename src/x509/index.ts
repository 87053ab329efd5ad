/** The ground floor: reads PEM, DER, certificates, revocation lists and distinguished names. It does no cryptography and imports nothing. */
export * from './certificate';
export * from './crl';
export * from './der';
export { toHex } from './hex';
export * from './distinguished-name';
export * from './errors';
export * from './oids';
export * from './pem';
