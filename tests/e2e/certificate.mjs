// P-256 certificates, self-signed or of an authority, written byte by byte: with any dates, and without the openssl program.
import crypto from 'node:crypto';
import net from 'node:net';

const tlv = (tag, ...parts) => {
  const body = Buffer.concat(parts);
  const long = Buffer.from(body.length.toString(16).padStart(body.length > 255 ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag]), body.length < 128 ? Buffer.from([body.length]) : Buffer.concat([Buffer.from([0x80 | long.length]), long]), body]);
};
const sequence = (...parts) => tlv(0x30, ...parts);
const oid = (hex) => tlv(0x06, Buffer.from(hex, 'hex'));
const time = (date) => tlv(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
const pem = (name, der) => `-----BEGIN ${name}-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${name}-----\n`;

const kDay = 24 * 3600 * 1000;
const kEcdsaWithSha256 = '2a8648ce3d040302';
const kCommonName = '550403';
const kSubjectAltName = '551d11';
const kBasicConstraints = '551d13';
const kTrue = Buffer.from([0xff]);

const nameOf = (text) => sequence(tlv(0x31, sequence(oid(kCommonName), tlv(0x0c, Buffer.from(text)))));
const altName = (text) => (net.isIPv4(text) ? tlv(0x87, Buffer.from(text.split('.').map(Number))) : tlv(0x82, Buffer.from(text)));

// {certificate, key} as PEM; valid from and until that many days from now. `names`: addresses and host names that it is for.
// `issuer`: a result of an earlier call with `authority`, which signs this one; else it signs itself.
export function makeCertificate({ fromDays = -1, untilDays = 90, subject = 'test', names = ['127.0.0.1'], authority = false, issuer } = {}) {
  const pair = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(kEcdsaWithSha256));
  const extensions = [
    ...(authority ? [sequence(oid(kBasicConstraints), tlv(0x01, kTrue), tlv(0x04, sequence(tlv(0x01, kTrue))))] : []),
    ...(names.length > 0 ? [sequence(oid(kSubjectAltName), tlv(0x04, sequence(...names.map(altName))))] : []),
  ];
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), crypto.randomBytes(8)])),
    algorithm,
    nameOf(issuer?.subject ?? subject),
    sequence(time(new Date(Date.now() + fromDays * kDay)), time(new Date(Date.now() + untilDays * kDay))),
    nameOf(subject),
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)));
  const signature = crypto.sign('sha256', body, issuer?.key ?? pair.privateKey);
  return {
    subject,
    certificate: pem('CERTIFICATE', sequence(body, algorithm, tlv(0x03, Buffer.from([0]), signature))),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}
