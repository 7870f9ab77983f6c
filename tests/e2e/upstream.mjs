// An OpenAI-compatible server whose behaviour the model's name chooses, for tests that need to see both sides of the node:
//   fake-instant   answers at once                 fake-slow     answers after 1 s
//   fake-endless   streams a chunk every 10 ms for ever   fake-flood    streams as fast as the socket takes, for ever
//   fake-silent    takes the request and never answers (a prefill without end)
//   fake-paced     50 chunks, one each 20 ms       fake-nousage  answers at once and never reports usage
//   fake-tools     thinks, says a word, calls get_weather for Paris and for Rome, arguments in pieces
//   fake-calls     calls the first tool it is given, once
//   org/fake-embed:v1   vectors of 4 numbers or of as many `dimensions`; fake-embed-fixed always 4 and never reports usage
// `fault`, when set, is what every completion meets instead: 'status-500', 'status-503', 'reset' (before an answer), 'rubbish',
// 'empty-stream', 'error-event' (status 200, then an error), 'cut' (after the first token), 'hang'.
// `apiKey`, when set, is the bearer token without which nothing is answered; `mute`: no question is answered at all.
import http from 'node:http';

const kModels = ['fake-instant', 'fake-slow', 'fake-endless', 'fake-flood', 'fake-silent', 'fake-paced', 'fake-nousage', 'fake-tools', 'fake-calls',
  'org/fake-embed:v1', 'fake-embed-fixed'];
const kUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

const kPlaces = ['Paris', 'Rome'];
const kArguments = (place) => JSON.stringify({ city: place, note: '"quoted" \n ü' });
const toolCall = (place, index) => ({ id: `call_${index}`, type: 'function', function: { name: 'get_weather', arguments: kArguments(place) } });

function answer(model) {
  if (model === 'fake-tools') {
    return {
      id: 'chatcmpl-fake', object: 'chat.completion', created: 1_700_000_000, model, usage: kUsage,
      choices: [{
        index: 0, finish_reason: 'tool_calls', logprobs: null,
        message: { role: 'assistant', reasoning_content: 'Let me think.', content: 'Looking.', tool_calls: kPlaces.map(toolCall) },
      }],
    };
  }
  return {
    id: 'chatcmpl-fake', object: 'chat.completion', created: 1_700_000_000, model,
    choices: [{
      index: 0, finish_reason: 'stop', logprobs: null,
      message: { role: 'assistant', content: 'Hello from upstream.', refusal: null },
    }],
    ...(model === 'fake-nousage' ? {} : { usage: kUsage }),
  };
}

// The same answer in the words of /completions.
function asText(value) {
  const [choice] = value.choices;
  if (!choice) return { ...value, object: 'text_completion' };
  const { message, delta, ...rest } = choice;
  return { ...value, object: 'text_completion', choices: [{ ...rest, text: (message ?? delta).content ?? '' }] };
}

// An event stream's text, each event put in those words.
const eventsAsText = (text) => text.replace(/^data: (\{.*\})$/gm, (_, json) => `data: ${JSON.stringify(asText(JSON.parse(json)))}`);

function event(model, delta, finish = null) {
  const chunk = {
    id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_700_000_000, model,
    choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

// The call of `fake-calls`, until the tool's answer is among the messages.
function oneCall(body) {
  if (body.model !== 'fake-calls' || !body.tools || body.messages?.at(-1).role === 'tool') return undefined;
  return { id: 'call_fake', type: 'function', function: { name: body.tools[0].function.name, arguments: '{"capital":"Paris"}' } };
}

function usageEvent(model) {
  if (model === 'fake-nousage') return 'data: [DONE]\n\n';
  return `data: ${JSON.stringify({
    id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_700_000_000, model, choices: [], usage: kUsage,
  })}\n\ndata: [DONE]\n\n`;
}

// The first number of a vector is the length of its input, so that a test sees that the order is kept. The list comes backwards.
function embeddings(body) {
  const single = typeof body.input === 'string' || typeof body.input[0] === 'number';
  const inputs = single ? [body.input] : body.input;
  const length = body.model === 'fake-embed-fixed' ? 4 : (body.dimensions ?? 4);
  const data = inputs.map((input, index) => ({
    object: 'embedding', index, embedding: Array.from({ length }, (_, k) => (k === 0 ? input.length : 0.1 * k)),
  }));
  const usage = body.model === 'fake-embed-fixed' ? {} : { usage: { prompt_tokens: 3 * inputs.length, total_tokens: 3 * inputs.length } };
  return { object: 'list', model: body.model, data: data.reverse(), ...usage };
}

export class Upstream {
  static async start() {
    const upstream = new Upstream();
    upstream.requests = [];  // {model, body, headers, startedAt, closedAt, completed, bytesOut}
    upstream.server = http.createServer((req, res) => upstream.serve(req, res));
    upstream.server.keepAliveTimeout = 60_000;
    await new Promise((resolve) => upstream.server.listen(0, '127.0.0.1', resolve));
    upstream.url = `http://127.0.0.1:${upstream.server.address().port}`;
    return upstream;
  }

  serve(req, res) {
    this.asked = (this.asked ?? 0) + 1;
    if (this.mute) return;
    if (this.apiKey && req.headers.authorization !== `Bearer ${this.apiKey}`) {
      res.writeHead(401, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ error: { message: 'Incorrect API key provided.', type: 'invalid_request_error' } }));
      return;
    }
    if (req.url.endsWith('/models')) {
      const data = kModels.map((id) => ({ id, object: 'model', created: 0, owned_by: 'test' }));
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ object: 'list', data }));
      return;
    }
    if (req.method !== 'POST') {
      res.writeHead(404);
      res.end();
      return;
    }
    const chunks = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      const record = { path: req.url, model: body.model, body, headers: req.headers, startedAt: Date.now(), bytesOut: 0, completed: false };
      this.requests.push(record);
      res.on('finish', () => { record.completed = true; });
      res.on('close', () => { record.closedAt = Date.now(); });
      this.act(body, res, record);
    });
  }

  fail(body, res) {
    if (this.fault.startsWith('status-')) {
      res.writeHead(Number(this.fault.slice(7)), { 'content-type': 'application/json' });
      return res.end(JSON.stringify({ error: { message: 'scripted failure', type: 'server_error' } }));
    }
    if (this.fault === 'reset') return res.socket.resetAndDestroy();
    if (this.fault === 'hang') return undefined;
    if (this.fault === 'rubbish') return res.end('<html>not what you asked for</html>');
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    if (this.fault === 'empty-stream') return res.end();
    if (this.fault === 'error-event') return res.end(`data: ${JSON.stringify({ error: { message: 'scripted failure' } })}\n\n`);
    res.write(event(body.model, { role: 'assistant', content: '' }) + event(body.model, { content: 'Half an ' }));
    return setTimeout(() => res.socket?.resetAndDestroy(), 50);  // 'cut'
  }

  act(body, res, record) {
    const { model } = body;
    if (this.fault) {
      this.fail(body, res);
      return;
    }
    if (model === 'fake-silent') return;
    if (record.path.endsWith('/embeddings')) {
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify(embeddings(body)));
      return;
    }
    const call = oneCall(body);
    const legacy = body.prompt !== undefined;
    if (!body.stream) {
      const send = () => {
        res.setHeader('content-type', 'application/json');
        const whole = answer(model);
        if (call) Object.assign(whole.choices[0], { finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: [call] } });
        res.end(JSON.stringify(legacy ? asText(whole) : whole));
      };
      if (model === 'fake-slow') setTimeout(send, 1_000); else send();
      return;
    }
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    const write = (words) => {
      const text = legacy ? eventsAsText(words) : words;
      record.bytesOut += text.length;
      return res.write(text);
    };
    write(event(model, { role: 'assistant', content: '' }));
    if (model === 'fake-endless' || model === 'fake-paced') {
      let count = 0;
      const timer = setInterval(() => {
        write(event(model, { content: `word${count} ` }));
        count += 1;
        if (model === 'fake-paced' && count === 50) {
          clearInterval(timer);
          res.end(event(model, {}, 'stop') + usageEvent(model));
        }
      }, model === 'fake-paced' ? 20 : 10);
      res.on('close', () => clearInterval(timer));
      return;
    }
    if (model === 'fake-flood') {
      const big = event(model, { content: 'x'.repeat(8_000) });
      const pump = () => { while (!res.destroyed && write(big)); };
      res.on('drain', pump);
      pump();
      return;
    }
    if (model === 'fake-tools') {
      write(event(model, { reasoning_content: 'Let me think.' }) + event(model, { content: 'Looking.' }));
      kPlaces.forEach((place, index) => {
        const { id, type, function: { name, arguments: text } } = toolCall(place, index);
        write(event(model, { tool_calls: [{ index, id, type, function: { name, arguments: '' } }] }));
        for (let at = 0; at < text.length; at += 7) {
          write(event(model, { tool_calls: [{ index, function: { arguments: text.slice(at, at + 7) } }] }));
        }
      });
      res.end(event(model, {}, 'tool_calls') + usageEvent(model));
      return;
    }
    const finish = () => {
      if (call) {
        const { name, arguments: words } = call.function;
        write(event(model, { tool_calls: [{ index: 0, id: call.id, type: 'function', function: { name, arguments: '' } }] }));
        for (const piece of [words.slice(0, 4), words.slice(4)]) {
          write(event(model, { tool_calls: [{ index: 0, function: { arguments: piece } }] }));
        }
        res.end(event(model, {}, 'tool_calls') + usageEvent(model));
        return;
      }
      for (const word of ['Hello ', 'from ', 'upstream.']) write(event(model, { content: word }));
      write(event(model, {}, 'stop') + usageEvent(model));
      res.end();
    };
    if (model === 'fake-slow') setTimeout(finish, 1_000); else finish();
  }

  last(model) {
    return this.requests.filter((record) => record.model === model).at(-1);
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
