// What the node acknowledged, and at the end whether it still knows all of it.
import { b3iqOf } from '../e2e/verify_receipt.mjs';

const kPage = 100;
// Refusals that a node under restarts, evictions and a failing runtime may give; each is told in the report.
const kExpected = new Set(['shutting_down', 'runtime_unreachable', 'runtime_failed', 'model_loading', 'overloaded', 'model_not_found', 'closed']);

export class Ledger {
  constructor() {
    this.receipts = new Map();  // hash → kind of call
    this.calls = new Map();     // kind → {answered, cut, refused: Map}
    this.keys = new Map();      // id → revoked
    this.unknownEnd = new Set();  // ids of keys whose revocation was asked for and not answered
    this.problems = [];
  }

  row(kind) {
    if (!this.calls.has(kind)) this.calls.set(kind, { answered: 0, cut: 0, refused: new Map() });
    return this.calls.get(kind);
  }

  // An answer that came to its end: its receipt is owed.
  answered(kind, bytes) {
    this.row(kind).answered += 1;
    this.receipts.set(b3iqOf(bytes).receipt_hash, kind);
  }

  cut(kind) {
    this.row(kind).cut += 1;
  }

  // `code`: the stable code, or 'closed' for a connection that went. `down`: the node was being stopped or started.
  refused(kind, code, down) {
    const { refused } = this.row(kind);
    refused.set(code, (refused.get(code) ?? 0) + 1);
    if (!kExpected.has(code) || (code === 'closed' && !down)) this.problem(`${kind}: ${code}${down ? '' : ' while the node was up'}`);
  }

  problem(text) {
    if (this.problems.length < 50) this.problems.push(text);
    else this.moreProblems = (this.moreProblems ?? 0) + 1;
  }

  total() {
    return [...this.calls.values()].reduce((sum, row) => sum + row.answered, 0);
  }

  async allReceipts(node, secret) {
    const found = new Map();
    let before;
    for (;;) {
      const answer = await node.get(`/v1/receipts?limit=${kPage}${before ? `&before=${before}` : ''}`, secret);
      if (answer.status !== 200) throw new Error(`receipts: ${answer.status} ${answer.text}`);
      for (const { receipt_hash: hash, receipt } of answer.json.data) found.set(hash, receipt);
      if (!answer.json.has_more) return found;
      before = answer.json.next_before;
    }
  }

  // `key`: the one that made all calls. What is lost or does not add up is returned in numbers.
  async compare(node, key) {
    const kept = await this.allReceipts(node, key.secret);
    const lost = [...this.receipts.keys()].filter((hash) => !kept.has(hash));
    for (const hash of lost.slice(0, 10)) this.problem(`lost: the receipt ${hash} of ${this.receipts.get(hash)}`);
    const usage = (await node.cli(['keys', 'usage', '--json'])).json.data.filter((row) => row.account === key.id);
    const sum = (name) => usage.reduce((total, row) => total + Number(row[name] ?? 0), 0);
    const of = (name) => [...kept.values()].reduce((total, receipt) => total + Number(receipt.usage?.[name] ?? receipt[name] ?? 0), 0);
    const used = { requests: sum('requests'), prompt_tokens: sum('prompt_tokens'), completion_tokens: sum('completion_tokens') };
    const signed = { requests: kept.size, prompt_tokens: of('prompt_tokens'), completion_tokens: of('completion_tokens') };
    for (const name of Object.keys(used)) {
      if (used[name] !== signed[name]) this.problem(`usage and receipts differ: ${name} ${used[name]} and ${signed[name]}`);
    }
    return { acknowledged: this.receipts.size, kept: kept.size, lost: lost.length, used, signed, keys: this.keys.size, keys_lost: await this.compareKeys(node) };
  }

  async compareKeys(node) {
    const rows = new Map((await node.cli(['keys', 'list', '--json'])).json.data.map((row) => [row.id, row]));
    let lost = 0;
    for (const [id, revoked] of this.keys) {
      const row = rows.get(id);
      if (row && (this.unknownEnd.has(id) || (row.status === 'revoked') === revoked)) continue;
      lost += 1;
      this.problem(`key ${id} was acknowledged ${revoked ? 'as revoked' : ''} and is ${row?.status ?? 'gone'}`);
    }
    return lost;
  }

  summary() {
    return Object.fromEntries([...this.calls].map(([kind, row]) => [kind, { ...row, refused: Object.fromEntries(row.refused) }]));
  }
}
