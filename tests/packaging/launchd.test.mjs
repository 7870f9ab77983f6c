// packaging/launchd/org.b3iq.host.plist, read as the property list that it must be. Never tried on macOS.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { repoRoot, run } from '../e2e/node.mjs';

const file = path.join(repoRoot, 'packaging/launchd/org.b3iq.host.plist');

// The elements of a property list: a strict reader of the few that launchd's lists have. Throws on anything else.
export function parsePlist(text) {
  const head = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<!DOCTYPE plist PUBLIC "-\/\/Apple\/\/DTD PLIST 1\.0\/\/EN" "http:\/\/www\.apple\.com\/DTDs\/PropertyList-1\.0\.dtd">\n/;
  assert.match(text, head);
  const body = text.replace(head, '').replace(/<!--((?!--)[^])*?-->/g, '');
  const tokens = body.match(/<[^<>]+>|[^<>]+/g).filter((token) => token.trim() !== '');
  let at = 0;
  const take = (wanted) => {
    const token = tokens[at++];
    if (wanted !== undefined) assert.equal(token, wanted);
    return token;
  };
  const content = (name) => {
    const inner = tokens[at].startsWith('<') ? '' : take();
    take(`</${name}>`);
    assert.doesNotMatch(inner, /&(?!(amp|lt|gt|quot|apos);)/);
    return inner;
  };
  const value = () => {
    const token = take();
    switch (token) {
      case '<true/>': return true;
      case '<false/>': return false;
      case '<string>': return content('string');
      case '<integer>': {
        const number = content('integer');
        assert.match(number, /^-?[0-9]+$/);
        return Number(number);
      }
      case '<array>': {
        const items = [];
        while (tokens[at] !== '</array>') items.push(value());
        take();
        return items;
      }
      case '<dict>': {
        const members = {};
        while (tokens[at] !== '</dict>') {
          take('<key>');
          const name = content('key');
          assert.ok(!(name in members), `${name} stands twice`);
          members[name] = value();
        }
        take();
        return members;
      }
      default: throw new Error(`not a value: ${token}`);
    }
  };
  take('<plist version="1.0">');
  const root = value();
  take('</plist>');
  assert.equal(at, tokens.length);
  return root;
}

test('launchd: the plist parses, and is started again after a crash, not after a stop', () => {
  const job = parsePlist(fs.readFileSync(file, 'utf8'));
  assert.equal(job.Label, path.basename(file, '.plist'));
  assert.deepEqual(job.KeepAlive, { SuccessfulExit: false });
  assert.ok(job.ThrottleInterval >= 10);
  assert.ok(job.ExitTimeOut > 30, 'longer than the drain of config.json');
  assert.equal(job.Umask, 0o077);
  assert.notEqual(job.UserName, 'root');
  assert.ok(path.isAbsolute(job.ProgramArguments[0]));
  assert.equal(job.ProgramArguments.at(-1), 'serve');
  assert.ok(path.isAbsolute(job.EnvironmentVariables.B3IQ_HOME));
  assert.ok(job.StandardOutPath.endsWith('.log') && job.StandardErrorPath.endsWith('.log'));
  assert.ok(['Standard', 'Interactive', 'Background', 'Adaptive'].includes(job.ProcessType));
  const allowed = ['Label', 'ProgramArguments', 'EnvironmentVariables', 'WorkingDirectory', 'UserName', 'GroupName', 'Umask', 'RunAtLoad',
    'KeepAlive', 'ThrottleInterval', 'ExitTimeOut', 'ProcessType', 'SoftResourceLimits', 'StandardOutPath', 'StandardErrorPath'];
  for (const name of Object.keys(job)) assert.ok(allowed.includes(name), `launchd.plist(5) is not known here to have ${name}`);
});

test('launchd: no secret is in a file that every user can read', () => {
  const job = parsePlist(fs.readFileSync(file, 'utf8'));
  assert.deepEqual(Object.keys(job.EnvironmentVariables), ['B3IQ_HOME']);
  assert.doesNotMatch(fs.readFileSync(file, 'utf8'), /b3iq_(local|support|setup)_|api_key|password/i);
});

test('launchd: another reader of XML finds it well-formed', async (t) => {
  const which = await run('sh', ['-c', 'command -v xmllint || command -v plutil || command -v python3']);
  const tool = which.stdout.trim();
  if (!tool) return t.skip('neither xmllint, plutil nor python3 is here');
  const args = tool.endsWith('xmllint') ? ['--noout', '--nonet', file]
    : tool.endsWith('plutil') ? ['-lint', file]
      : ['-c', 'import plistlib, sys; assert plistlib.load(open(sys.argv[1], "rb"))["Label"]', file];
  const checked = await run(tool, args);
  assert.equal(checked.code, 0, checked.stderr);
});

test('launchd: the test\'s reader refuses what is no property list', () => {
  const text = fs.readFileSync(file, 'utf8');
  for (const bad of [text.replace('<true/>', '<yes/>'), text.replace('</dict>\n</plist>', '</plist>'), text.replace('<integer>63', '<integer>0x3f'),
    text.replace('<key>Umask</key>', '<key>Label</key>'), text.replace('encoding="UTF-8"', 'encoding="UTF-16"')]) {
    assert.notEqual(bad, text);
    assert.throws(() => parsePlist(bad));
  }
});
