// A control plane, a node and a customer with credit, all real programs, and somebody who reads both links. What they know and tell, kind by kind, is in
// private_places.mjs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Collector } from './collector.mjs';
import { CustomerTool } from './customer_tool.mjs';
import { LiveControl, enroll, linked, noLimits, quickBeats } from './live_control.mjs';
import { MarkerRuntime } from './marker_runtime.mjs';
import { Node, until } from './node.mjs';
import { operator } from './operator.mjs';
import { PacketCapture } from './packet_capture.mjs';
import { PostgresServer } from './postgres_server.mjs';

const kPatienceMs = 120_000;
const kCredit = '1000000';

export class PrivateBench {
  // says: what the runtime answers; models: of the runtime, all open to private jobs; runtimeId: its name at the node; postgres: whether the control plane
  // keeps its data there.
  static async launch({ postgres, says, models, runtimeId }) {
    const bench = new PrivateBench();
    try {
      await bench.start(postgres, says, models, runtimeId);
    } catch (error) {
      await bench.close().catch(() => {});
      throw error;
    }
    return bench;
  }

  async start(postgres, says, models, runtimeId) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-private-'));
    this.server = postgres ? await PostgresServer.start() : undefined;
    this.control = await LiveControl.launch({ config: { ...noLimits, ...quickBeats, log: { level: 'debug' }, ...(this.server && { database: this.server.uri }) } });
    this.links = { customer: await PacketCapture.open(this.control.port), node: await PacketCapture.open(this.control.port) };
    this.runtime = await MarkerRuntime.start(models, says);
    this.collector = await Collector.start();
    this.node = await Node.start({ env: { B3IQ_LOG_LEVEL: 'debug' }, config: {
      runtimes: [{ id: runtimeId, kind: 'openai', base_url: this.runtime.url }],
      telemetry: { otlp_endpoint: this.collector.url, interval: '100ms' },
    } });
    this.nodeSaid = [];  // all of it: `output` keeps the end alone
    for (const stream of [this.node.child.stdout, this.node.child.stderr]) stream.on('data', (text) => this.nodeSaid.push(text));
    await this.node.ready(models[0]);
    await enroll(this.node, this.control, { url: this.links.node.url, allow: ['private_inference'] });
    await linked(this.node);
    for (const model of models) {
      const allowed = await operator(this.node)('POST', '/setup/v1/model-posture', { model, network_eligible: true, paid_route_eligible: true });
      assert.equal(allowed.status, 200, allowed.text);
    }
    // The customer knows the control plane by the address of its link.
    this.ada = await CustomerTool.create(Object.create(this.control, { url: { value: this.links.customer.url } }), kCredit);
    for (const model of models) {
      await until(async () => (await this.asAda(`/v1/private-inference/candidates?model_id=${model}`)).json?.data?.length === 1, kPatienceMs, `a node for ${model}`);
    }
  }

  asAda(target, options = {}) {
    return this.ada.control.call(options.method ?? 'GET', target, { body: options.body,
      headers: { 'x-b3iq-customer-id': this.ada.id, 'x-b3iq-customer-token': this.ada.token, ...options.headers } });
  }

  // Until the job has ended at the control plane; what it is then.
  ended(job) {
    return until(async () => {
      const read = await this.asAda(`/v1/private-inference/jobs/${job}?wait_seconds=20`);
      return read.status === 200 && !['queued', 'claimed', 'running', 'awaiting_receipt'].includes(read.json.status) && read.json;
    }, kPatienceMs, `the end of ${job}`);
  }

  // All of it, also when something does not stop as it should; the first fault is told.
  async close() {
    this.runtime?.release();
    const faults = [];
    for (const part of [this.ada, this.node, ...Object.values(this.links ?? {}), this.runtime, this.collector, this.control, this.server]) {
      await part?.close().catch((error) => faults.push(error));
    }
    if (this.folder) fs.rmSync(this.folder, { recursive: true, force: true });
    if (faults.length > 0) throw faults[0];
  }
}
