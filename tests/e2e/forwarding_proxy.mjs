// A reverse proxy as operators put before a control plane: it passes method, path, query, headers and body on unchanged, adds the
// caller's address at the end of X-Forwarded-For, and lets a request wait. It comes from an address of its own.
import { once } from 'node:events';
import http from 'node:http';

export class ForwardingProxy {
  // `target`: the URL behind it. `from`: its address, one of 127.0.0.0/8.
  static async open(target, from) {
    const proxy = new ForwardingProxy();
    proxy.target = new URL(target);
    proxy.from = from;
    proxy.forwarded = 0;  // requests that it passed on
    proxy.server = http.createServer((request, response) => proxy.pass(request, response));
    proxy.server.requestTimeout = 0;
    proxy.server.listen(0, '0.0.0.0');
    await once(proxy.server, 'listening');
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  pass(request, response) {
    this.forwarded += 1;
    const before = request.headers['x-forwarded-for'];
    const client = request.socket.remoteAddress.replace(/^::ffff:/, '');
    const headers = { ...request.headers, connection: 'close', 'x-forwarded-for': before ? `${before}, ${client}` : client };
    const onward = http.request({
      host: this.target.hostname, port: this.target.port, method: request.method, path: request.url, headers, agent: false, localAddress: this.from,
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  async close() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
