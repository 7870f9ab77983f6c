// The page Network: joins a control plane, shows how that goes, and leaves it. The control plane is the e2e tests' own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ControlPlane, enrollmentToken } from '../e2e/scripted_control_plane.mjs';
import { Node, until } from '../e2e/node.mjs';
import { launch } from './chromium.mjs';
import { faultsOf, kLooks } from './looks.mjs';
import { WebApp, kDesktop, printedUrl } from './web_app.mjs';

let plane;
let node;
let browser;
let owner;
before(async () => {
  plane = await ControlPlane.start();
  node = await Node.start();
  browser = await launch();
  owner = await WebApp.open(browser, node.url, { target: await printedUrl(node) });
  await owner.claim();
  await owner.heading.filter({ hasNotText: 'Claim this node' }).waitFor();
  await owner.page.goto(`${node.url}/setup/network`);
  await owner.settled();
});
after(async () => {
  await browser?.close();
  await node?.close();
  await plane?.stop();
});

const field = (name) => owner.page.getByLabel(name);
async function enroll(token) {
  await field(/Address of the control plane/).fill(plane.url);
  await field(/Enrollment token/).fill(token);
  await owner.button('Enroll this node').click();
}
const looksRight = async () => {
  assert.deepEqual(await faultsOf(owner, kLooks), []);
  await owner.page.setViewportSize(kDesktop);
};

test('a local node says so', async () => {
  await owner.page.getByText('Local mode: not enrolled').waitFor();
  await looksRight();
});

test('a token that is not known is refused with what to do, and is gone from the page', async () => {
  owner.watch.expect(/401/);
  await enroll(enrollmentToken());
  await owner.page.getByText(/new enrollment token/).waitFor();
  assert.equal(await field(/Enrollment token/).inputValue(), '');
});

test('joins, and follows how it goes', async () => {
  await enroll(plane.token());
  await owner.page.getByText('Connected', { exact: true }).waitFor();
  await owner.page.getByText(plane.url).first().waitFor();
  await owner.page.getByText('route_missing').first().waitFor();
  await looksRight();
});

test('the page follows a control plane that goes away', async () => {
  await plane.stop();
  await owner.page.getByText('The control plane cannot be reached', { exact: true }).waitFor({ timeout: 60_000 });
  await plane.listen(plane.port);
  await owner.page.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
});

test('leaves, after a question', async () => {
  await owner.button('Leave').click();
  await owner.button('Leave it').click();
  await owner.page.getByText('Local mode: not enrolled').waitFor();
  await until(() => plane.left.length === 1, 10_000, 'the goodbye');
  owner.watch.clean();
});
