// Raw bytes on a socket, for what an HTTP client library would never send; and the reading of answers and of SSE.
import net from 'node:net';

// Sends `pieces` (strings are latin1) and gathers the answer until the peer closes, `stopWhen(text)` says so, or
// `timeoutMs` passes. closedBy: 'peer', 'reset', 'us' or 'timeout'.
export function exchange(port, pieces, { timeoutMs = 10_000, stopWhen, endAfterSend = false } = {}) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    let text = '';
    let done = false;
    const finish = (closedBy) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, closedBy, answers: splitAnswers(text) });
    };
    const timer = setTimeout(() => finish('timeout'), timeoutMs);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (stopWhen?.(text)) finish('us');
    });
    socket.on('end', () => finish('peer'));
    socket.on('close', () => finish('peer'));
    socket.on('error', () => finish('reset'));
    socket.on('connect', () => {
      for (const piece of [pieces].flat()) socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
      if (endAfterSend) socket.end();
    });
  });
}

// An open connection for tests that act in steps.
export class RawConnection {
  static open(port) {
    return new Promise((resolve, reject) => {
      const raw = new RawConnection();
      raw.text = '';
      raw.closed = false;
      raw.socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
      raw.socket.on('data', (chunk) => { raw.text += chunk.toString('latin1'); });
      raw.socket.on('end', () => { raw.closed = true; });
      raw.socket.on('close', () => { raw.closed = true; });
      raw.socket.on('error', (error) => { raw.closed = true; reject(error); });
      raw.socket.once('connect', () => resolve(raw));
    });
  }
  send(data) {
    if (!this.socket.destroyed) this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }
  reset() {
    this.socket.resetAndDestroy();
  }
  close() {
    this.socket.destroy();
  }
}

// Splits what came on one connection into answers: status, headers (lower case), body.
export function splitAnswers(text) {
  const answers = [];
  let rest = text;
  while (rest.startsWith('HTTP/1.')) {
    const split = rest.indexOf('\r\n\r\n');
    if (split < 0) break;
    const [statusLine, ...lines] = rest.slice(0, split).split('\r\n');
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    rest = rest.slice(split + 4);
    const status = Number(statusLine.split(' ')[1]);
    let body = rest;
    if (status < 200 || status === 204 || status === 304) {
      body = '';
    } else if (headers['content-length'] !== undefined) {
      body = rest.slice(0, Number(headers['content-length']));
      rest = rest.slice(body.length);
    } else if (headers['transfer-encoding'] === 'chunked') {
      ({ body, rest } = unchunk(rest));
    } else {
      rest = '';
    }
    answers.push({ status, headers, body });
    if (status >= 100 && status < 200) continue;
  }
  return answers;
}

function unchunk(text) {
  let body = '';
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n');
    if (end < 0) return { body, rest: '' };
    const size = Number.parseInt(rest.slice(0, end), 16);
    if (!(size > 0)) return { body, rest: rest.slice(end + 4) };
    body += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 2 + size + 2);
  }
}

// The `data:` fields of an SSE text in order. Throws when the text does not end with a whole event.
export function sseData(text) {
  const normal = text.replace(/\r\n?/g, '\n');
  if (normal !== '' && !normal.endsWith('\n\n')) throw new Error('the stream ends inside an event');
  return normal.split('\n\n').filter((event) => event.trim() !== '').flatMap((event) => {
    const lines = event.split('\n').filter((line) => line.startsWith('data:'));
    return lines.length === 0 ? [] : [lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n')];
  });
}

// The chunks of a streamed completion: parsed objects, without the final [DONE], which must be there.
export function completionChunks(text) {
  const data = sseData(text);
  if (data.pop() !== '[DONE]') throw new Error(`the stream does not end with [DONE]: ${text.slice(-300)}`);
  return data.map((item) => JSON.parse(item));
}

export function streamedText(chunks) {
  return chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? '').join('');
}
