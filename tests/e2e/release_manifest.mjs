// Release manifests as somebody who makes releases signs them.
import crypto from 'node:crypto';

const kType = 'b3iq-release-manifest-v1';
const kPlatform = `linux-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
const kDay = 24 * 3_600_000;

// A key to sign with; `name` is what updates.release_key says of it.
export function releaseKey() {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
  return { privateKey, name: publicKey.export({ format: 'jwk' }).x };
}

// RFC 8785 for what a manifest holds: members in order, no white space.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

export const manifest = (more = {}) => ({
  type: kType, product: 'b3iq-host', version: '7.1.0', platform: kPlatform,
  issued_at: new Date(Date.now() - kDay).toISOString(), expires_at: new Date(Date.now() + 30 * kDay).toISOString(),
  notes_url: 'https://releases.example/7.1.0', files: [{ name: 'b3iq-host.tar.zst', bytes: 10, sha256: 'ab'.repeat(32) }], ...more,
});

// The document with its signature. `type`: what it is signed as.
export function signedBy(key, document, type = document.type) {
  const bytes = Buffer.from(`${type}\0${canonical(document)}`);
  return JSON.stringify({ ...document, signature_ed25519: crypto.sign(null, bytes, key.privateKey).toString('base64url') });
}
