import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { launchChromium } from '../../packages/nn/test/runtimes/chromium.ts';
import type { Contender } from './contender.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

/** A page in headless Chromium that trains the dense network on WebAssembly, on the same images. */
export async function startBrowser(folder: string, rows: number): Promise<Contender> {
  const server = await createServer({
    root: join(here, 'page'),
    configFile: false,
    logLevel: 'error',
    cacheDir: join(root, 'node_modules', '.cache', 'luthier-training-benchmark'),
    server: { host: '127.0.0.1', port: 0, fs: { allow: [root] } },
    // Its script finds its .wasm file beside itself.
    optimizeDeps: { exclude: ['onnxruntime-web'] },
  });
  await server.listen();
  const browser = await launchChromium();
  const stop = async (): Promise<void> => {
    await browser.close();
    await server.close();
  };
  try {
    const page = await browser.newPage();
    await page.route('**/digits/*', (route) =>
      route.fulfill({
        path: join(folder, basename(new URL(route.request().url()).pathname)),
        contentType: 'application/octet-stream',
      }),
    );
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.waitForFunction(() => 'trainMlp' in window);
    await page.evaluate(([images, labels, count]) => window.loadDigits!(images, labels, count), [
      '/digits/train-images-idx3-ubyte',
      '/digits/train-labels-idx1-ubyte',
      rows,
    ] as const);
    return {
      version: `onnxruntime-web in Chromium ${browser.version()}`,
      round: async (request) => ({
        ms: await page.evaluate((asked) => window.trainMlp!(asked), request),
      }),
      peakMemory: () => undefined,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
