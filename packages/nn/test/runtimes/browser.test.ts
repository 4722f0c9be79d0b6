import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtimeCases } from './cases.ts';
import { launchChromium } from './chromium.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

describe('onnxruntime-web in a real browser', () => {
  let server: ViteDevServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await createServer({
      root: here('./page'),
      configFile: false,
      logLevel: 'error',
      cacheDir: here('../../../../node_modules/.cache/luthier-browser-tests'),
      server: { host: '127.0.0.1', port: 0, fs: { allow: [here('../../../..')] } },
      // Its script finds its .wasm file beside itself.
      optimizeDeps: { exclude: ['onnxruntime-web'] },
    });
    await server.listen();
    browser = await launchChromium();
    page = await browser.newPage();
    page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.waitForFunction(() => 'runCase' in window);
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('is the runtime that a page has without asking', async () => {
    expect(await page.evaluate(() => window.runtimeName?.())).toBe('onnxruntime-web');
  });

  it.each(runtimeCases.map(({ name }) => name))('%s', async (name) => {
    expect(await page.evaluate((wanted) => window.runCase?.(wanted), name)).toBeUndefined();
  });
});
