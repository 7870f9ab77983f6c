// Watches real exchanges with the control plane and holds each against its OpenAPI file: path, query, body, status, headers and answer.
// It remembers which operations, statuses and members of answers it has seen.
import { apiSchema } from './api_schema.mjs';

const kMethods = ['get', 'put', 'post', 'delete', 'patch'];
const typeOf = (answer) => answer.headers['content-type']?.split(';')[0];
const isNothing = (value) => value === undefined || value === null || (Array.isArray(value) && value.length === 0);
const asTyped = (text, { type }) => (type === 'integer' && /^-?[0-9]+$/.test(text) ? Number(text) : text);

// The last of `count` parts holds what is left.
const restJoined = (parts, count) => [...parts.slice(0, count - 1), parts.slice(count - 1).join('/')];

export class ApiWitness {
  constructor(names) {
    this.files = names.map((name) => ({ name, ...apiSchema(name, { whole: true }) }));
    this.faults = [];         // what was wrong with exchanges so far
    this.exchanges = [];      // { file, method, route, status, value } of every answer that was as its file says
    this.described = new Set();  // members that the files name in objects that came
    this.told = new Set();       // those of them that came with a value
  }

  // Every operation of the files, as "GET /v1/…".
  operations() {
    return this.files.flatMap(({ api }) => Object.entries(api.paths).flatMap(([route, path]) =>
      kMethods.filter((method) => path[method]).map((method) => `${method.toUpperCase()} ${route}`)));
  }
  // Every status that the files name: "GET /v1/… 304". `default` is every refusal.
  statuses() {
    return this.operations().flatMap((operation) => {
      const [method, route] = operation.split(' ');
      const { responses } = this.files.map((file) => file.operationOf(method, route)).find(Boolean);
      return Object.keys(responses).map((status) => `${operation} ${status}`);
    });
  }
  seenStatuses() {
    return new Set(this.exchanges.map(({ file, method, route, status }) =>
      `${method} ${route} ${file.operationOf(method, route).responses[status] ? status : 'default'}`));
  }
  // Members of answers that the files name and that never came with a value.
  untold() {
    return [...this.described].filter((member) => !this.told.has(member)).sort();
  }

  // Holds one exchange against the files. `sent` as node.mjs has it: method, path, body.
  see(sent, answer) {
    const method = sent.method ?? 'GET';
    const found = this.#find(method, sent.path);
    const told = (fault) => this.faults.push(`${method} ${sent.path} ${answer.status}: ${fault}`);
    if (!found) {
      told('no file has it');
      return answer;
    }
    const { file, route } = found;
    const before = this.faults.length;
    if (answer.status < 300) this.#request(found, sent, told);
    const bodyless = answer.status === 304;
    if (bodyless && answer.text !== '') told(`a body: ${answer.text}`);
    const value = bodyless ? undefined : answer.json ?? answer.text;
    const fault = file.faultOf(method, route, answer.status, value, typeOf(answer));
    if (fault) told(`${fault}: ${answer.text.slice(0, 2_000)}`);
    this.#headers(found, method, answer, told);
    if (this.faults.length > before) return answer;
    this.exchanges.push({ file, method, route, status: answer.status, type: typeOf(answer), value });
    const at = [...file.answerAt(method, route, answer.status), 'content', typeOf(answer), 'schema'];
    this.#note(file, at.reduce((within, part) => within?.[part], file.api), value, `${file.name} ${method} ${route}`);
    return answer;
  }

  #find(method, target) {
    const all = target.split('?')[0].split('/');
    for (const file of this.files) {
      for (const route of Object.keys(file.api.paths)) {
        const names = route.split('/');
        // "{name*}" is the rest of the path.
        const parts = names.at(-1).endsWith('*}') ? restJoined(all, names.length) : all;
        const fits = names.length === parts.length && names.every((name, i) => name === parts[i] || (name.startsWith('{') && parts[i] !== ''));
        // A path without parameters is that one alone, as /v1/nodes/enrollment.
        if (fits && file.operationOf(method, route)) return { file, route, names, parts, target };
      }
    }
    return undefined;
  }

  #request({ file, route, names, parts, target }, sent, told) {
    const method = sent.method ?? 'GET';
    const { parameters = [] } = file.operationOf(method, route);
    const all = [...parameters, ...file.api.paths[route].parameters ?? []];
    const hold = (where, name, text) => {
      const parameter = all.find((one) => one.in === where && one.name === name);
      const { schema } = parameter ?? {};
      if (!parameter) return told(`no ${where} parameter '${name}' is described`);
      const value = asTyped(text, schema);
      const wrong = (schema.type && typeof value !== (schema.type === 'integer' ? 'number' : schema.type))
        || (schema.enum && !schema.enum.includes(value)) || (schema.pattern && !new RegExp(schema.pattern).test(value))
        || value < schema.minimum || value > schema.maximum;
      return wrong && told(`the ${where} parameter '${name}' may not be '${text}'`);
    };
    for (const [i, name] of names.entries()) if (name.startsWith('{')) hold('path', name.slice(1, -1), parts[i]);
    const query = new URLSearchParams(target.split('?')[1] ?? '');
    for (const [name, text] of query) hold('query', name, text);
    for (const { name, required, in: where } of all) if (where === 'query' && required && !query.has(name)) told(`'${name}' is required`);
    const body = typeof sent.body === 'string' ? JSON.parse(sent.body) : sent.body;
    const fault = file.requestFaultOf(method, route, body);
    if (fault) told(`the request: ${fault}`);
  }

  #headers({ file, route }, method, answer, told) {
    const has = (name) => answer.headers[name.toLowerCase()] !== undefined;
    const described = file.operationOf(method, route).responses[answer.status]?.headers ?? {};
    for (const name of Object.keys(described)) if (!has(name)) told(`no ${name}`);
    if (!has('x-request-id')) told('no X-Request-Id');
    if ([429, 503].includes(answer.status) && !/^[1-9][0-9]*$/.test(answer.headers['retry-after'])) told('no Retry-After');
    const error = answer.json?.error;
    if (answer.status >= 400 && error && error.status !== answer.status) told(`the error says status ${error.status}`);
    if (error?.instance && error.instance !== answer.headers['x-request-id']) told('the error names another request');
  }

  #note(file, schema, value, at) {
    if (schema === undefined || isNothing(value)) return;
    if (schema.$ref) {
      const path = schema.$ref.slice(2).split('/');
      this.#note(file, path.reduce((within, part) => within[part], file.api), value, `${file.name} ${path.at(-1)}`);
    }
    for (const one of [...schema.anyOf ?? [], ...schema.oneOf ?? [], ...schema.allOf ?? []]) this.#note(file, one, value, at);
    if (schema.items) for (const item of value) this.#note(file, schema.items, item, at);
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      this.described.add(`${at}.${name}`);
      if (!isNothing(value[name])) this.told.add(`${at}.${name}`);
      this.#note(file, member, value[name], `${at}.${name}`);
    }
  }
}
