// A server with a model's file on it, as an install by address finds it. Answers stand still at byte `hold` as long as it is set;
// ranges are served, so that an install that was stopped goes on where it was.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { repoRoot } from '../e2e/node.mjs';

const kFile = path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf');

export class ModelSource {
  static async start({ hold } = {}) {
    const source = new ModelSource();
    source.bytes = fs.readFileSync(kFile);
    source.sha256 = crypto.createHash('sha256').update(source.bytes).digest('hex');
    source.hold = hold;
    source.ranges = [];
    source.server = http.createServer((request, response) => source.#answer(request, response));
    await new Promise((resolve) => source.server.listen(0, '127.0.0.1', resolve));
    source.url = `http://127.0.0.1:${source.server.address().port}/model.gguf`;
    return source;
  }

  #answer(request, response) {
    const { range } = request.headers;
    this.ranges.push(range);
    const from = range ? Number(/bytes=(\d+)-/.exec(range)[1]) : 0;
    response.writeHead(range ? 206 : 200, {
      'content-length': this.bytes.length - from, etag: '"v1"', 'accept-ranges': 'bytes',
      ...(range && { 'content-range': `bytes ${from}-${this.bytes.length - 1}/${this.bytes.length}` }),
    });
    if (this.hold === undefined) response.end(this.bytes.subarray(from));
    else if (from < this.hold) response.write(this.bytes.subarray(from, this.hold));
    else response.flushHeaders();
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
