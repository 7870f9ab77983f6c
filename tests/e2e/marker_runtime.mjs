// An OpenAI-compatible server that keeps what it is asked, and answers with a marker of its own: whole, as a stream, or as an error; or holds
// every call until it is told to go on.
import { once } from 'node:events';
import http from 'node:http';

const kUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

export class MarkerRuntime {
  // models: their names; says: what each answer says.
  static async start(models, says) {
    const runtime = new MarkerRuntime();
    Object.assign(runtime, { models, says, mode: 'answer', asked: [], held: [] });
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
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const event = (choices, more = {}) => response.write(`data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices, ...more })}\n\n`);
    event([{ index: 0, finish_reason: null, delta: { role: 'assistant', content: this.says } }]);
    event([{ index: 0, finish_reason: 'stop', delta: {} }]);
    event([], { usage: kUsage });
    return response.end('data: [DONE]\n\n');
  }

  json(response, status, body) {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => { this.server.close(resolve); });
  }
}
