import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Inbox } from '../../../inbox';

/** The part of a violation that says what to correct. */
interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

interface AxeWindow {
  axe: { run(): Promise<{ violations: Violation[] }> };
}

/** A page of the inbox in a browser of its own, with what went wrong in it. */
export interface InboxPage {
  page: Page;
  /** Errors of scripts, refusals of the content security policy, and requests to other addresses. */
  problems: string[];
  /** Opens an address of the inbox. */
  open(path: string): Promise<void>;
  /** Returns what axe finds wrong on the page. */
  findViolations(): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens a new browser with a session of the inbox. */
export async function openInboxPage(
  browser: Browser,
  inbox: Inbox,
  options: BrowserContextOptions = {},
): Promise<InboxPage> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      problems.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${inbox.url}/`)) problems.push(`a request to ${request.url()}`);
  });
  await page.goto(inbox.createLink());
  await page.getByRole('heading', { name: 'Inbox' }).waitFor();
  return {
    page,
    problems,
    open: async (path) => {
      await page.goto(inbox.url + path);
    },
    findViolations: async () => {
      await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
      const { violations } = await page.evaluate(() => (globalThis as unknown as AxeWindow).axe.run());
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
      );
    },
    close: () => context.close(),
  };
}
