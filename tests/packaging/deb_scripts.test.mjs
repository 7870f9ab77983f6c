// What the packages' scripts do to a machine, as dpkg calls them, with a folder in the machine's place: real deb-systemd-helper and
// deb-systemd-invoke; what changes users or services notes its words and does nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { repoRoot, run } from '../e2e/node.mjs';
import { maintainerScript, packages } from './deb_build.mjs';

const helpers = ['/usr/bin/deb-systemd-helper', '/usr/bin/deb-systemd-invoke'];
const skip = helpers.every((file) => fs.existsSync(file)) ? false : 'init-system-helpers is not here';

let work;
before(() => { work = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-scripts-')); });
after(() => fs.rmSync(work, { recursive: true, force: true }));

// A machine on which the package was unpacked.
class Machine {
  constructor(about, { systemd = true } = {}) {
    this.about = about;
    this.root = fs.mkdtempSync(path.join(work, 'machine-'));
    this.home = path.join(this.root, 'var/lib', about.PACKAGE);
    this.config = path.join(this.home, 'config.json');
    this.link = path.join(this.root, `etc/systemd/system/multi-user.target.wants/${about.PROGRAM}.service`);
    this.called = path.join(this.root, 'called');
    for (const folder of ['bin', 'etc', 'usr/lib/systemd/system', 'var/lib', ...(systemd ? ['run/systemd/system'] : [])]) {
      fs.mkdirSync(path.join(this.root, folder), { recursive: true });
    }
    fs.copyFileSync(path.join(repoRoot, `packaging/systemd/${about.PROGRAM}.service`), path.join(this.root, `usr/lib/systemd/system/${about.PROGRAM}.service`));
    const note = `echo "\${0##*/} $*" >>'${this.called}'`;
    const programs = {
      getent: `[ -e '${this.root}/user' ]`,
      useradd: `${note}; : >'${this.root}/user'`,
      userdel: `${note}; rm '${this.root}/user'`,
      install: `${note}; for last; do :; done; exec /bin/mkdir -p "$last"`,
      // In init's place.
      setpriv: `${note}; : >'${this.config}'`,
      systemctl: `case "$*" in *is-enabled*) [ ! -L '${this.link}' ] || echo enabled ;; *is-active*) exit 3 ;;
        *preset*) /bin/mkdir -p '${path.dirname(this.link)}' && exec /bin/ln -s /dev/null '${this.link}' ;; *) ${note} ;; esac`,
      rm: `for one; do case $one in -rf | '${this.root}'/*) ;; *) exit 9 ;; esac; done; exec /bin/rm "$@"`,
      cat: 'exec /bin/cat',
      ...Object.fromEntries(helpers.map((file) => [path.basename(file), `exec ${file} "$@"`])),
    };
    for (const [name, text] of Object.entries(programs)) fs.writeFileSync(path.join(this.root, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  // What the script printed. Only the programs above can be found by it, and only files in the folder.
  async script(name, ...words) {
    const copy = path.join(this.root, name);
    fs.writeFileSync(copy, maintainerScript(name, this.about).replace(/\/(var\/lib|etc|run)\//g, `${this.root}$&`));
    const done = await run('/usr/bin/env', ['-i', `PATH=${this.root}/bin`, `DPKG_ROOT=${this.root}`, `DPKG_MAINTSCRIPT_PACKAGE=${this.about.PACKAGE}`,
      `DPKG_MAINTSCRIPT_NAME=${name}`, '/bin/sh', copy, ...words]);
    assert.equal(done.code, 0, done.stderr);
    return done.stdout;
  }

  // What the scripts asked for since the last call, without systemctl's options, in which releases of Debian differ.
  does() {
    const lines = fs.existsSync(this.called) ? fs.readFileSync(this.called, 'utf8').trim().split('\n') : [];
    fs.rmSync(this.called, { force: true });
    return lines.map((line) => (line.startsWith('systemctl ') ? line.replace(/ --?\S+/g, '') : line));
  }

  enabled() {
    return fs.lstatSync(this.link, { throwIfNoEntry: false }) !== undefined;
  }

  // As `systemctl enable` and `systemctl disable` do.
  enable() {
    fs.mkdirSync(path.dirname(this.link), { recursive: true });
    fs.symlinkSync(`/usr/lib/systemd/system/${this.about.PROGRAM}.service`, this.link);
  }

  disable() {
    fs.unlinkSync(this.link);
  }
}

const installed = async (name, options) => {
  const machine = new Machine(packages[name], options);
  return { machine, said: await machine.script('postinst', 'configure') };
};

test('packaging: the control plane is installed without keys, and neither enabled nor started', { skip }, async () => {
  const { machine, said } = await installed('b3iq-control-plane');
  const { root, home } = machine;
  assert.deepEqual(machine.does(), [
    `useradd --system --user-group --home-dir ${home} --shell /usr/sbin/nologin b3iq-control`,
    `install -d -m 0700 -o b3iq-control -g b3iq-control ${home}`,
    `install -d -m 0700 ${root}/etc/b3iq-control-plane`,
    'systemctl daemon-reload',
  ]);
  assert.ok(!machine.enabled());
  assert.deepEqual(fs.readdirSync(home), []);
  assert.match(said, /no control plane was made[^]* init --public-url [^]*systemctl enable --now b3iq-control-plane/);
});

test('packaging: a control plane that its owner made and enabled is restarted by an upgrade, and keeps its data', { skip }, async () => {
  const { machine } = await installed('b3iq-control-plane');
  fs.writeFileSync(machine.config, '{}');
  machine.does();
  await machine.script('postinst', 'configure', '0.0.1');
  assert.ok(!machine.enabled(), 'one that was never enabled stays so');
  assert.deepEqual(machine.does(), ['systemctl daemon-reload']);
  machine.enable();
  await machine.script('prerm', 'upgrade', '0.0.2');
  assert.equal(await machine.script('postinst', 'configure', '0.0.1'), '');
  assert.ok(machine.enabled());
  assert.deepEqual(machine.does(), ['systemctl daemon-reload', 'systemctl restart b3iq-control-plane.service']);
  assert.equal(fs.readFileSync(machine.config, 'utf8'), '{}');
});

test('packaging: the node is made as its user, enabled and started, once; one that its owner disabled stays so', { skip }, async () => {
  const { machine } = await installed('b3iq');
  assert.deepEqual(machine.does().slice(2), [
    `setpriv --reuid=b3iq --regid=b3iq --clear-groups /usr/bin/b3iq-host --home ${machine.home} init`,
    'systemctl daemon-reload', 'systemctl restart b3iq-host.service',
  ]);
  assert.ok(machine.enabled());
  machine.disable();
  await machine.script('postinst', 'configure', '0.0.1');
  assert.ok(!machine.enabled());
  assert.deepEqual(machine.does(), ['systemctl daemon-reload']);
});

for (const name of Object.keys(packages).filter((one) => packages[one].ACCOUNT)) {
  test(`packaging: without systemd ${name} makes a user and no identity, and says what to do`, { skip }, async () => {
    const { machine, said } = await installed(name, { systemd: false });
    assert.deepEqual(machine.does().map((line) => line.split(' ')[0]), name === 'b3iq' ? ['useradd', 'install'] : ['useradd', 'install', 'install']);
    assert.ok(!machine.enabled());
    assert.match(said, /nothing was started/);
  });

  test(`packaging: removing ${name} stops it and keeps its data, purging takes data, user and links away`, { skip }, async () => {
    const { machine } = await installed(name);
    const { PROGRAM, ACCOUNT, CONFIG_DIR } = machine.about;
    fs.writeFileSync(machine.config, '{}');
    if (!machine.enabled()) machine.enable();
    machine.does();
    await machine.script('prerm', 'remove');
    assert.deepEqual(machine.does(), [`systemctl stop ${PROGRAM}.service`]);
    await machine.script('postrm', 'remove');
    assert.ok(fs.existsSync(machine.config));
    assert.deepEqual(machine.does(), ['systemctl daemon-reload']);
    await machine.script('postrm', 'purge');
    assert.ok(!fs.existsSync(machine.home));
    assert.ok(CONFIG_DIR === '' || !fs.existsSync(path.join(machine.root, CONFIG_DIR)));
    assert.deepEqual(machine.does(), ['systemctl daemon-reload', `userdel ${ACCOUNT}`]);
    assert.ok(!machine.enabled());
  });
}
