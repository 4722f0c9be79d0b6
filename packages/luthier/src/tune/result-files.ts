import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { historyChart, learningCurvesChart, renderSvg } from '@luthier/plots';
import type { History } from '@luthier/search';
import type { Store } from '../stores/open-store.ts';
import type { ReportFile } from './contract.ts';

/** The folder of a study's files: beside the store, named after the study. */
export function resultFolder(store: Store, study: string, cwd: string): string {
  return join(store.folder ?? cwd, study);
}

/** A path as people see it: relative to the working directory when below it. */
export function shownPath(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
}

async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.part`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}

/** Writes the model and the pictures of a study; returns what was written, the store first. */
export async function writeResultFiles(
  folder: string,
  cwd: string,
  store: Store,
  study: string,
  history: History,
  model: Uint8Array | undefined,
): Promise<readonly ReportFile[]> {
  const files: ReportFile[] = [];
  const write = async (name: string, what: string, content: string | Uint8Array): Promise<void> => {
    const path = join(folder, name);
    await writeWhole(path, content);
    files.push({ path: shownPath(path, cwd), what });
  };
  if (model !== undefined) await write('best.onnx', 'the best model; runs under plain ONNX Runtime', model);
  await write(
    'history.svg',
    'the search, trial by trial',
    renderSvg(historyChart(history, { study }), { width: 960, height: 480 }),
  );
  await write(
    'curves.svg',
    'the learning curve of every trial',
    renderSvg(learningCurvesChart(history, { study }), { width: 960, height: 480 }),
  );
  if (store.file !== undefined) {
    files.push({ path: shownPath(store.file, cwd), what: 'the study: every trial, every epoch' });
  }
  return files;
}

/** Writes `model.onnx` into a folder and returns its path. */
export async function writeModel(folder: string, model: Uint8Array): Promise<string> {
  const path = join(folder, 'model.onnx');
  await writeWhole(path, model);
  return path;
}

/** Writes a picture to a path, absolute or relative to the working directory, and returns where it is. */
export async function writePicture(cwd: string, path: string, svg: string): Promise<string> {
  const whole = resolve(cwd, path);
  await writeWhole(whole, svg);
  return whole;
}

/** Writes the report itself, as JSON. */
export async function writeReport(folder: string, cwd: string, json: string): Promise<ReportFile> {
  const path = join(folder, 'report.json');
  await writeWhole(path, json);
  return { path: shownPath(path, cwd), what: 'this report as JSON' };
}
