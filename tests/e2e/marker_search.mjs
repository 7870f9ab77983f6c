// A marker, and whether it is in some bytes, in whatever spelling. A marker is runs of random letters and digits with characters between them that
// JSON, URLs and shells escape. Each run is looked for by itself, so that no escape, cut or line break between them hides anything.
import crypto from 'node:crypto';

const kRunBytes = 14;  // 12 at least: shorter ones are met by chance
const kShown = 60;

function randomRun() {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: kRunBytes }, () => letters[crypto.randomInt(letters.length)]).join('');
}

// For what people write.
export function freshMarker() {
  return ['"é\\', ' \n', '</', ''].map((between) => randomRun() + between).join('');
}
// For names and ids.
export function plainMarker() {
  return `leak-${crypto.randomBytes(12).toString('hex')}`;
}

const runsOf = (marker) => marker.match(/[A-Za-z0-9]{12,}/g);

// What of some bytes' base64 is the same wherever they stand: `shift` bytes of their first group are something else's.
function base64Of(bytes, shift, encoding) {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString(encoding).replace(/=+$/, '');
  const whole = (shift + bytes.length) % 3 === 0;
  return text.slice([0, 2, 3][shift], whole ? text.length : -1);
}

// [name, bytes] of every spelling of a run.
function formsOf(run) {
  const bytes = Buffer.from(run);
  const wide = Buffer.from(run, 'utf16le');
  const hex = bytes.toString('hex');
  const forms = [
    ['plain', bytes], ['reversed', Buffer.from(bytes).reverse()], ['hex', Buffer.from(hex)], ['HEX', Buffer.from(hex.toUpperCase())],
    ['UTF-16LE', wide], ['UTF-16BE', Buffer.from(wide).swap16()], ['\\u0000', Buffer.from(hex.replace(/../g, '\\u00$&'))],
  ];
  for (const encoding of ['base64', 'base64url']) {
    for (const shift of [0, 1, 2]) forms.push([`${encoding}+${shift}`, Buffer.from(base64Of(bytes, shift, encoding))]);
  }
  const known = new Set();  // letters and digits have one base64
  return forms.filter(([, form]) => !known.has(form.toString('latin1')) && known.add(form.toString('latin1')));
}

export class MarkerSearch {
  // markers: {name: text}.
  constructor(markers) {
    this.forms = Object.entries(markers).flatMap(([marker, text]) => runsOf(text).flatMap((run) => formsOf(run).map(([form, bytes]) => ({ marker, form, bytes }))));
  }

  // The first place of each spelling in `bytes`, with what stands around it.
  find(bytes) {
    return this.forms.flatMap(({ marker, form, bytes: looked }) => {
      const at = bytes.indexOf(looked);
      if (at < 0) return [];
      const around = bytes.subarray(Math.max(0, at - kShown), at + looked.length + kShown).toString('latin1').replace(/[^\x20-\x7e]/g, '.');
      return [{ marker, form, at, around }];
    });
  }
}
