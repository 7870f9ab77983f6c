// The rows of the result: what is compared with what, the goal and whether it was met.
import { median, spread } from './stats.mjs';

const digits = (value) => (value === null || value === undefined ? null : Number(value.toPrecision(5)));

export class Rows {
  constructor() {
    this.rows = [];
    this.skipped = [];
  }

  // ours, opponent: arrays of rounds, or single figures. `met` is given the two medians and their ratio; without `met` the row is
  // for orientation and its `met` is null.
  add({ name, ours, opponent, opponentName, unit, goal = '', met, note = '' }) {
    const mine = median([ours].flat());
    const theirs = opponent === undefined ? null : median([opponent].flat());
    const ratio = theirs === null ? null : theirs === 0 ? (mine === 0 ? 1 : null) : mine / theirs;
    const rounds = [ours].flat().length;
    this.rows.push({
      name,
      ours: digits(mine),
      opponent: digits(theirs),
      opponent_name: opponentName ?? null,
      ratio: digits(ratio),
      unit,
      goal,
      met: met ? Boolean(met(mine, theirs, ratio)) : null,
      spread: rounds > 1 ? digits(spread([ours].flat())) : null,
      opponent_spread: rounds > 1 && theirs !== null ? digits(spread([opponent].flat())) : null,
      rounds,
      note,
    });
  }

  skip(what, why) {
    this.skipped.push({ what, why });
  }

  table() {
    const head = ['measure', 'ours', 'opponent', 'who', 'ratio', 'unit', 'goal', 'met', 'spread'];
    const text = (value) => (value === null ? '-' : String(value));
    const lines = this.rows.map((row) => [
      row.name, text(row.ours), text(row.opponent), text(row.opponent_name), row.ratio === null ? '-' : row.ratio.toFixed(2), row.unit, row.goal,
      row.met === null ? '' : row.met ? 'yes' : 'NO',
      row.spread === null ? '' : `${row.spread.toFixed(2)}/${row.opponent_spread === null ? '-' : row.opponent_spread.toFixed(2)}`,
    ]);
    const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i].length)));
    const format = (line) => line.map((cell, i) => (i >= 1 && i <= 4 && i !== 3 ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ').trimEnd();
    const out = [format(head), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.map(format)];
    for (const row of this.rows) if (row.note) out.push(`  ${row.name}: ${row.note}`);
    for (const { what, why } of this.skipped) out.push(`not run: ${what}: ${why}`);
    return out.join('\n');
  }
}
