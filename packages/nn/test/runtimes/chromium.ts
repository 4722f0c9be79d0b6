import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium as launcher } from 'playwright-core';

/** Libraries that a bare Linux lacks; the package carries them. */
const LIBRARIES = 'al2023';

async function bundled(): Promise<{ readonly path: string; readonly libraries: string }> {
  const path = await chromium.executablePath();
  const folder = join(tmpdir(), LIBRARIES);
  if (!existsSync(folder)) {
    const { pathname } = new URL(`../bin/${LIBRARIES}.tar.br`, import.meta.resolve('@sparticuz/chromium'));
    await inflate(pathname);
  }
  return { path, libraries: join(folder, 'lib') };
}

/** A headless Chromium: the one that LUTHIER_CHROMIUM names, or else the one that came with the packages. */
export async function launchChromium(): Promise<Browser> {
  const own = process.env.LUTHIER_CHROMIUM;
  if (own !== undefined) return launcher.launch({ executablePath: own, args: ['--no-sandbox'] });
  const { path, libraries } = await bundled();
  return launcher.launch({
    executablePath: path,
    args: chromium.args,
    env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(tmpdir(), 'fonts') },
  });
}
