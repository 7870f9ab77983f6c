// An OpenAI-compatible server that keeps what it is asked, and answers with a marker of its own: whole, as a stream, or as an error; or holds
// every call, or every stream in its middle or before its usage, until it is told to go on.
import { once } from 'node:events';
import http from 'node:http';

const kUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const kPieces = 3;  // of a stream, each the whole marker

export class MarkerRuntime {
  // models: their names; says: what each answer says.
  static async start(models, says) {
    const runtime = new MarkerRuntime();
    Object.assign(runtime, { models, says, mode: 'answer', asked: [], headers: [], held: [], streams: [] });
    runtime.server = http.createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => runtime.serve(request, response, Buffer.concat(chunks).toString()));
    });
    runtime.server.listen(0, '127.0.0.1');
    await once(runtime.server, 'listening');
    runtime.url = `http://127.0.0.1:${runtime.server.address().port}`;
    return runtime;
  }

  serve(request, response, text) {
    if (request.method === 'GET') {
      return this.json(response, 200, { object: 'list', data: this.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'x' })) });
    }
    this.asked.push(text);
    this.headers.push(request.headers);
    if (this.mode === 'hold') return this.held.push(() => this.answer(response, JSON.parse(text)));
    return this.answer(response, JSON.parse(text));
  }

  // All calls that are held are answered in `mode` now.
  release(mode = 'answer') {
    this.mode = mode;
    for (const answer of this.held.splice(0)) answer();
  }

  answer(response, { model, stream }) {
    if (this.mode === 'error') return this.json(response, 400, { error: { message: this.says, type: 'invalid_request_error', param: this.says, code: this.says } });
    const common = { id: `chatcmpl-${this.says}`, created: 1, model, system_fingerprint: this.says };
    if (!stream) {
      return this.json(response, 200, { ...common, object: 'chat.completion', usage: kUsage,
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: this.says } }] });
    }
    return this.stream(response, common);
  }

  // mode 'middle': held behind its first piece; 'usage': behind its last one.
  stream(response, common) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const record = { closed: false };
    this.streams.push(record);
    response.on('close', () => { record.closed = true; });
    const event = (choices, more = {}) => response.write(`data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices, ...more })}\n\n`);
    const piece = () => event([{ index: 0, finish_reason: null, delta: { role: 'assistant', content: this.says } }]);
    const end = () => {
      event([], { usage: kUsage });
      response.end('data: [DONE]\n\n');
    };
    const rest = () => {
      for (let i = 1; i < kPieces; i += 1) piece();
      event([{ index: 0, finish_reason: 'stop', delta: {} }]);
      return this.mode === 'usage' ? this.held.push(end) : end();
    };
    piece();
    return this.mode === 'middle' ? this.held.push(rest) : rest();
  }

  json(response, status, body) {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => { this.server.close(resolve); });
  }
}
