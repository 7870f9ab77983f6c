// An OTLP/HTTP collector: keeps what it is sent, answers as `status` says, and checks the JSON as protobuf's JSON mapping of
// opentelemetry-proto wants it: ids in hex, 64-bit numbers as texts, no member that the messages do not have.
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';

const only = (object, required, optional = []) => {
  for (const name of required) assert.ok(name in object, `${name} is missing in ${JSON.stringify(object).slice(0, 300)}`);
  for (const name of Object.keys(object)) assert.ok([...required, ...optional].includes(name), `no message has '${name}' here`);
};
const isNano = (text) => assert.match(text, /^1[0-9]{18}$/, 'nanoseconds since 1970, as a text');
const isCount = (text) => { assert.equal(typeof text, 'string'); assert.match(text, /^[0-9]+$/); };

function checkValue(value) {
  const [[name, inner], ...more] = Object.entries(value);
  assert.equal(more.length, 0);
  if (name === 'stringValue') assert.equal(typeof inner, 'string');
  else if (name === 'intValue') assert.match(inner, /^-?[0-9]+$/);
  else if (name === 'doubleValue') assert.ok(Number.isFinite(inner));
  else if (name === 'boolValue') assert.equal(typeof inner, 'boolean');
  else if (name === 'arrayValue') { only(inner, ['values']); inner.values.forEach(checkValue); }
  else assert.fail(`no value is a ${name}`);
}

// {key: value} of a list of attributes, checked.
export function attributes(list) {
  const all = {};
  for (const item of list) {
    only(item, ['key', 'value']);
    checkValue(item.value);
    assert.ok(!(item.key in all), `${item.key} twice`);
    const [[kind, inner]] = Object.entries(item.value);
    all[item.key] = kind === 'intValue' ? Number(inner) : kind === 'arrayValue' ? inner.values.map((v) => v.stringValue) : inner;
  }
  return all;
}

function open(body, group, scopes, items) {
  only(body, [group]);
  return body[group].flatMap((each) => {
    only(each, ['resource', scopes]);
    only(each.resource, ['attributes']);
    const resource = attributes(each.resource.attributes);
    assert.equal(resource['service.name'], 'b3iq-host');
    assert.match(resource['service.version'], /^[0-9]+\.[0-9]+\.[0-9]+$/);
    assert.match(resource['service.instance.id'], /^b3n_/);
    return each[scopes].flatMap((scope) => {
      only(scope, ['scope', items]);
      only(scope.scope, ['name', 'version']);
      return scope[items];
    });
  });
}

export function spansOf(body) {
  return open(body, 'resourceSpans', 'scopeSpans', 'spans').map((span) => {
    only(span, ['traceId', 'spanId', 'name', 'kind', 'startTimeUnixNano', 'endTimeUnixNano', 'attributes', 'status'], ['parentSpanId']);
    assert.match(span.traceId, /^(?!0{32})[0-9a-f]{32}$/);
    assert.match(span.spanId, /^(?!0{16})[0-9a-f]{16}$/);
    if (span.parentSpanId) assert.match(span.parentSpanId, /^(?!0{16})[0-9a-f]{16}$/);
    assert.equal(span.kind, 3);
    isNano(span.startTimeUnixNano);
    isNano(span.endTimeUnixNano);
    assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano));
    only(span.status, [], ['code']);
    return { ...span, attributes: attributes(span.attributes) };
  });
}

export function metricsOf(body) {
  const metrics = open(body, 'resourceMetrics', 'scopeMetrics', 'metrics').map((metric) => {
    only(metric, ['name', 'description', 'unit'], ['sum', 'gauge', 'histogram']);
    const kind = ['sum', 'gauge', 'histogram'].filter((name) => name in metric);
    assert.equal(kind.length, 1, `${metric.name} is one kind`);
    const data = metric[kind[0]];
    only(data, kind[0] === 'gauge' ? ['dataPoints'] : kind[0] === 'sum' ? ['dataPoints', 'aggregationTemporality', 'isMonotonic']
      : ['dataPoints', 'aggregationTemporality']);
    if (kind[0] !== 'gauge') assert.equal(data.aggregationTemporality, 2, 'cumulative');
    const points = data.dataPoints.map((point) => {
      const common = ['attributes', 'startTimeUnixNano', 'timeUnixNano'];
      only(point, kind[0] === 'histogram' ? [...common, 'count', 'sum', 'bucketCounts', 'explicitBounds'] : [...common, 'asDouble']);
      isNano(point.startTimeUnixNano);
      isNano(point.timeUnixNano);
      if (kind[0] === 'histogram') {
        isCount(point.count);
        point.bucketCounts.forEach(isCount);
        assert.equal(point.bucketCounts.length, point.explicitBounds.length + 1);
        assert.equal(point.bucketCounts.reduce((sum, count) => sum + BigInt(count), 0n), BigInt(point.count));
        assert.deepEqual(point.explicitBounds, [...point.explicitBounds].sort((a, b) => a - b));
      }
      return { ...point, attributes: attributes(point.attributes) };
    });
    return { ...metric, kind: kind[0], points };
  });
  const names = metrics.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, 'each name once');
  return metrics;
}

export class Collector {
  static async start() {
    const collector = new Collector();
    collector.requests = [];  // {path, headers, text, json}
    collector.status = 200;   // or 'hang'
    collector.server = http.createServer((req, res) => {
      const chunks = [];
      req.on('data', (chunk) => chunks.push(chunk));
      req.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        collector.requests.push({ path: req.url, headers: req.headers, text, json: JSON.parse(text), status: collector.status });
        if (collector.status === 'hang') return;
        res.writeHead(collector.status, { 'content-type': 'application/json' });
        res.end('{}');
      });
    });
    collector.server.listen(0, '127.0.0.1');
    await once(collector.server, 'listening');
    collector.url = `http://127.0.0.1:${collector.server.address().port}`;
    return collector;
  }

  spans() {
    return this.requests.filter(({ path, status }) => path === '/v1/traces' && status === 200).flatMap(({ json }) => spansOf(json));
  }

  metrics() {
    const last = this.requests.filter(({ path }) => path === '/v1/metrics').at(-1);
    return last ? metricsOf(last.json) : [];
  }

  get text() {
    return this.requests.map(({ text, headers }) => `${JSON.stringify(headers)}\n${text}`).join('\n');
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
