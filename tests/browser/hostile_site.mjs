// A site that is not the node's: serves what a test lays down, and remembers every request with its headers. Its port is another
// origin of the node's own host name; the names of chromium.mjs lead to it as other sites.
import http from 'node:http';

const kBlank = '<!doctype html><html lang="en"><title>Another site</title><body>Another site</body></html>';

export class HostileSite {
  static async start() {
    const site = new HostileSite();
    site.pages = new Map();
    site.seen = [];
    site.server = http.createServer((request, response) => site.#answer(request, response));
    await new Promise((resolve) => site.server.listen(0, '127.0.0.1', resolve));
    site.port = site.server.address().port;
    return site;
  }

  url(target = '/', host = '127.0.0.1') {
    return `http://${host}:${this.port}${target}`;
  }

  // `body` is served at `target` from now on.
  page(target, body, headers = {}) {
    this.pages.set(target, { body, headers });
    return target;
  }

  #answer(request, response) {
    this.seen.push({ method: request.method, target: request.url, headers: request.headers });
    const { pathname } = new URL(request.url, 'http://site');
    const { body, headers } = this.pages.get(pathname) ?? { body: kBlank, headers: {} };
    request.resume();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', ...headers });
    response.end(body);
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
