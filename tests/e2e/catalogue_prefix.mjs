// An installation of its own, so that a node knows another catalogue than the one it was built with: links to the built programs, and
// a catalogue with one small model that a local https server gives.
import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { makeCertificate } from './certificate.mjs';
import { binDir, repoRoot } from './node.mjs';

const kFile = 'tiny-q8_0.gguf';
// A catalogue's address has no port, so each installation takes an address of its own: files that run at once have a model each.
const addressOfItsOwn = () => `127.1.${crypto.randomInt(256)}.${crypto.randomInt(1, 255)}`;
const built = path.dirname(binDir);

// /proc/self/exe of a symbolic link would be the build's own.
function place(from, to) {
  try {
    fs.linkSync(from, to);
  } catch {
    fs.copyFileSync(from, to);
  }
}

export class CataloguePrefix {
  static async make(id) {
    const self = new CataloguePrefix();
    self.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-prefix-'));
    self.id = id;
    self.address = addressOfItsOwn();
    self.bytes = fs.readFileSync(path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf'));
    self.sha256 = crypto.createHash('sha256').update(self.bytes).digest('hex');
    const { certificate, key } = makeCertificate({ names: [self.address] });
    self.authority = path.join(self.folder, 'authority.pem');
    fs.writeFileSync(self.authority, certificate);
    self.server = https.createServer({ cert: certificate, key }, (request, response) => self.answer(request, response));
    self.missing = await new Promise((resolve) => {
      self.server.once('error', (error) => resolve(`needs port 443 of ${self.address}: ${error.code}`));
      self.server.listen(443, self.address, () => resolve(false));
    });
    self.build();
    self.bin = path.join(self.folder, 'bin/b3iq-host');
    self.env = { SSL_CERT_FILE: self.authority };
    return self;
  }

  build() {
    fs.mkdirSync(path.join(this.folder, 'bin'));
    fs.mkdirSync(path.join(this.folder, 'share/b3iq/models'), { recursive: true });
    for (const name of ['b3iq-host', 'b3iq-worker']) place(path.join(binDir, name), path.join(this.folder, 'bin', name));
    fs.symlinkSync(path.join(built, 'lib'), path.join(this.folder, 'lib'));
    fs.symlinkSync(path.join(built, 'share/b3iq/web'), path.join(this.folder, 'share/b3iq/web'));
    const models = path.join(built, 'share/b3iq/models');
    for (const name of fs.readdirSync(models).filter((one) => one.endsWith('.gguf')))
      place(fs.realpathSync(path.join(models, name)), path.join(this.folder, 'share/b3iq/models', name));
    const catalogue = JSON.parse(fs.readFileSync(path.join(models, 'catalogue.json'), 'utf8'));
    const entry = { ...catalogue.models[0], id: this.id, min_ram_bytes: 1 << 20, min_vram_bytes: 1 << 20 };
    entry.files = [{
      role: 'model', name: kFile, url: `https://${this.address}/${kFile}`,
      size_bytes: this.bytes.length, sha256: this.sha256,
    }];
    fs.writeFileSync(path.join(this.folder, 'share/b3iq/models/catalogue.json'), JSON.stringify({ ...catalogue, models: [entry] }));
  }

  answer(request, response) {
    const from = Number(/bytes=([0-9]+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': this.bytes.length - from, etag: '"v1"', 'accept-ranges': 'bytes',
      ...(from > 0 && { 'content-range': `bytes ${from}-${this.bytes.length - 1}/${this.bytes.length}` }),
    });
    response.end(this.bytes.subarray(from));
  }

  async close() {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
