// Customers in a closed loop, as a process of their own whose processor time is told apart:
//   node customers.mjs FILE     what to do, as JSON; see run() of private_jobs.mjs
// Each sends its next private job, or its next plain chat, when the last one's answer is there. Requests are sealed before the clock
// starts, some are sent before it starts, and answers are opened and checked after it has stopped. Prints JSON lines.
import fs from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange } from '../caller.mjs';
import { percentile } from '../stats.mjs';
import { sealRequest } from '../../tests/e2e/private_envelope.mjs';

const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const agent = new http.Agent({ keepAlive: true, maxSockets: plan.customers.length });
const request = { model: plan.model, messages: [{ role: 'user', content: 'Which river flows through Bern?' }], max_tokens: 64 };
const kWarmUpSeconds = 0.5;
const kOnItsWay = ['queued', 'claimed', 'running'];

function sealAhead() {
  const jobs = [];
  for (let i = 0; i < plan.requests; i += 1) {
    const id = `bench-${process.pid}-${plan.salt}-${i}`;
    const { envelope, open } = sealRequest(plan.binding, plan.nodeId, id, plan.model, request);
    const bytes = Buffer.from(JSON.stringify({ job_id: id, node_id: plan.nodeId, model_id: plan.model, encrypted_request: envelope }));
    jobs.push({ id, bytes, open });
  }
  return jobs;
}

async function job(customer, one) {
  const headers = { 'x-b3iq-customer-id': customer.id, 'x-b3iq-customer-token': customer.token };
  const target = '/v1/private-inference/jobs';
  const queued = await exchange({ port: plan.planePort, target, agent, headers, bytes: one.bytes });
  if (queued.status !== 202) throw new Error(`a job was not queued: ${queued.status} ${queued.text}`);
  for (;;) {
    const read = await exchange({ port: plan.planePort, target: `${target}/${one.id}?wait_seconds=25`, method: 'GET', agent, headers });
    if (read.status !== 200) throw new Error(`a job was not there: ${read.status} ${read.text}`);
    const answer = JSON.parse(read.text);
    if (!kOnItsWay.includes(answer.status)) return { queued_ms: queued.ms, answer };
  }
}

async function chat() {
  const { status, text } = await exchange({
    port: plan.nodePort, target: '/v1/chat/completions', agent, headers: { authorization: `Bearer ${plan.secret}` }, bytes: chatBytes,
  });
  if (status !== 200) throw new Error(`a chat failed: ${status} ${text}`);
  return {};
}

// What is inside, and how long each stage took by the clocks of all three programs, which are one machine's.
function check({ answer, one, begun_wall: begun, ended_wall: ended }) {
  if (answer.status !== 'completed' || answer.billing.status !== 'settled') throw new Error(`a job ended otherwise: ${JSON.stringify(answer)}`);
  const { response, receipt } = one.open(answer.encrypted_response);
  if (!response.choices[0].message.content.includes('quick brown fox')) throw new Error(`a strange answer: ${JSON.stringify(response)}`);
  const at = (text) => Date.parse(text);
  return { dispatched: at(receipt.started_at) - begun, ran: at(receipt.completed_at) - at(receipt.started_at), returned: ended - at(receipt.completed_at) };
}

const spreadOf = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), mean: sorted.reduce((sum, one) => sum + one, 0) / sorted.length };
};

const chatBytes = Buffer.from(JSON.stringify(request));
const isSealed = plan.mode === 'jobs';
const ahead = isSealed ? sealAhead() : [];
let ran_out = false;

async function goOn(customer, deadline, done) {
  while (performance.now() < deadline) {
    const one = ahead.pop();
    if (isSealed && !one) {
      ran_out = true;
      return;
    }
    const from = performance.now();
    const begun_wall = Date.now();
    const made = isSealed ? await job(customer, one) : await chat();
    const to = performance.now();
    done.push({ ...made, one, ms: to - from, to, begun_wall, ended_wall: Date.now() });
  }
}

// The clock starts when all are at work, and stops before they end: whoever looks at the others' processor time is told both.
const all = [];
const deadline = performance.now() + (kWarmUpSeconds + plan.seconds) * 1000;
const working = Promise.all(plan.customers.map((customer) => goOn(customer, deadline, all)));
const mark = async (event, at) => {
  await sleep(at - performance.now());
  console.log(JSON.stringify({ event }));
  return { at: performance.now(), cpu: process.cpuUsage() };
};
const begun = await mark('begun', deadline - plan.seconds * 1000);
const ended = await mark('ended', deadline);
await working;
agent.destroy();
const inTime = ({ to }) => to > begun.at && to <= ended.at;
const done = all.filter(inTime);
const stages = isSealed ? all.map(check).filter((_, i) => inTime(all[i])) : [];
const cpu_us = ended.cpu.user + ended.cpu.system - begun.cpu.user - begun.cpu.system;
console.log(JSON.stringify({
  done: done.length, seconds: (ended.at - begun.at) / 1000, ran_out, cpu_us, ms: spreadOf(done.map((one) => one.ms)),
  ...(isSealed && { queued_ms: spreadOf(done.map((one) => one.queued_ms)) }),
  ...(isSealed && Object.fromEntries(['dispatched', 'ran', 'returned'].map((name) => [name, spreadOf(stages.map((one) => one[name]))]))),
}));
