// A program of ours that prints JSON lines, as a party of a run: `event(name)` waits for one, `figures()` for the last.
import { Party } from './parties.mjs';

export class JsonLines extends Party {
  constructor(name, words, options) {
    super(name, words.map(String), options);
    this.lines = [];
    this.waiting = new Set();
    let rest = '';
    this.child.stdout.on('data', (text) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop();
      for (const part of parts) this.lines.push(JSON.parse(part));
      for (const look of this.waiting) look();
    });
    this.closed = new Promise((resolve) => this.child.once('close', resolve)).then(() => { for (const look of this.waiting) look(); });
  }

  event(name) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = this.lines.find((one) => one.event === name);
        if (line) resolve(line);
        else if (this.exit) reject(new Error(`${this.name} ended with ${JSON.stringify(this.exit)} before "${name}": ${this.output}`));
        else return;
        this.waiting.delete(look);
      };
      this.waiting.add(look);
      look();
    });
  }

  async figures() {
    await this.closed;
    const last = this.lines.at(-1);
    if (!last || this.exit.code !== 0) throw new Error(`${this.name} ended with ${JSON.stringify(this.exit)}: ${this.output.slice(-2000)}`);
    return last;
  }
}
