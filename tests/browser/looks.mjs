// How a page looks to those who do not see it as its makers do: what axe finds, and what is wider than the screen.
import AxeBuilder from '@axe-core/playwright';
import { kDesktop, kPhone } from './web_app.mjs';

// Whole looks, and one for the theme alone: what else axe finds does not depend on it.
export const kLooks = [['desk', kDesktop, 'light'], ['desk', kDesktop, 'dark', 'color-contrast'], ['phone', kPhone, 'dark']];

// What axe finds that would keep people out, as one line each.
async function findings(page, rule) {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rule ? axe.withRules(rule) : axe).analyze();
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).slice(0, 3).join(' | ')}`);
}

async function tooWide(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide <= 0) return null;
    const culprits = [...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
    return `${wide} px too wide: ${culprits.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(' | ')}`;
  });
}

// All that is wrong with what the app shows now, in these looks.
export async function faultsOf(app, looks = kLooks) {
  const found = [];
  for (const [size, viewport, theme, rule] of looks) {
    await app.page.setViewportSize(viewport);
    await app.theme(theme);
    for (const one of await findings(app.page, rule)) found.push(`${size}, ${theme}: ${one}`);
    const wide = await tooWide(app.page);
    if (wide) found.push(`${size}: ${wide}`);
  }
  return found;
}
