import { decodeJson, encodeJson, type Json, LuthierError } from '@luthier/core';
import { decodeModel, encodeModel, type ModelMessage } from '../graph/onnx-schema.ts';
import { toArchitecture } from '../training/architecture.ts';
import type { NamedArrays } from '../training/callback.ts';
import type { ModelPlan } from '../training/plan.ts';
import { crc32c } from './crc32c.ts';

/** The format of the notes; a program reads no newer one. */
export const NOTES_FORMAT = 1;

/** Keys of the notes in a file's metadata. */
export const noteKeys = {
  format: 'luthier.format',
  architecture: 'luthier.architecture',
  weights: 'luthier.weights',
  checksum: 'luthier.crc32c',
} as const;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function bytesOf(array: Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function checksum(weights: NamedArrays, order: readonly string[]): string {
  // Of all weights in order: a changed byte anywhere changes it.
  const sums = Uint32Array.from(order, (path) => crc32c(bytesOf(weights[path]!)));
  return crc32c(new Uint8Array(sums.buffer)).toString(16);
}

/**
 * A file with what it takes to make its model again: the architecture, and where each weight stands. A weight that the
 * file holds as it is (an initializer) is named, one that was folded into another is noted itself.
 */
export function withNotes(file: Uint8Array, plan: ModelPlan, weights: NamedArrays): Uint8Array {
  const { initializer } = decodeModel(file).graph;
  const places = plan.weights.map(({ path }): [string, Json] => {
    const bytes = bytesOf(weights[path]!);
    const held = initializer.find(({ rawData }) => isEqual(rawData, bytes));
    return [path, held?.name ?? [toBase64(bytes)]];
  });
  const order = plan.weights.map(({ path }) => path);
  const notes: Readonly<Record<string, string>> = {
    [noteKeys.format]: String(NOTES_FORMAT),
    [noteKeys.architecture]: encodeJson(toArchitecture(plan) as unknown as Json),
    [noteKeys.weights]: encodeJson(Object.fromEntries(places)),
    [noteKeys.checksum]: checksum(weights, order),
  };
  const more = encodeModel({
    metadataProps: Object.entries(notes).map(([key, value]) => ({ key, value })),
  });
  // A protobuf message goes on where another of its type ends: repeated fields grow.
  const all = new Uint8Array(file.length + more.length);
  all.set(file);
  all.set(more, file.length);
  return all;
}

function unreadable(what: string, fix: string): LuthierError {
  return new LuthierError('LU_MODEL_FILE', `the ONNX file ${what}`, { fix, where: 'file' });
}

function decode(file: Uint8Array): ModelMessage {
  try {
    return decodeModel(file);
  } catch (cause) {
    throw new LuthierError('LU_MODEL_FILE', 'the ONNX file is damaged or cut short', {
      fix: 'Export the model again, or give an undamaged copy.',
      where: 'file',
      cause,
    });
  }
}

/** What a file notes of its model. */
export interface OnnxNotes {
  readonly name: string;
  readonly architecture: Json;
  /** Stored weights by path. */
  readonly weights: NamedArrays;
}

/** Reads the notes of a file; throws `LU_MODEL_FILE` and `LU_MODEL_VERSION`. */
export function readNotes(file: Uint8Array): OnnxNotes {
  const message = decode(file);
  const metadata = new Map(message.metadataProps.map(({ key, value }) => [key, value]));
  const note = (key: string): string => {
    const found = metadata.get(key);
    if (found !== undefined) return found;
    throw unreadable(
      metadata.has('luthier.input') ? 'is cut short: its notes are missing' : 'was not exported by Luthier',
      'Give a file that model.toOnnx wrote.',
    );
  };
  const format = Number(note(noteKeys.format));
  if (format > NOTES_FORMAT) {
    throw new LuthierError(
      'LU_MODEL_VERSION',
      `the ONNX file has notes of format ${format}; this program reads up to ${NOTES_FORMAT}`,
      { fix: 'Import it with the version of Luthier that wrote it, or a newer one.', where: 'file' },
    );
  }
  const initializers = new Map(message.graph.initializer.map((tensor) => [tensor.name, tensor.rawData]));
  const places = Object.entries(
    decodeJson(note(noteKeys.weights)) as Readonly<Record<string, string | readonly [string]>>,
  );
  const weights = Object.fromEntries(
    places.map(([path, place]) => {
      const bytes = typeof place === 'string' ? initializers.get(place) : fromBase64(place[0]);
      if (bytes === undefined) throw unreadable(`has no weight '${path}'`, 'Export the model again.');
      return [path, new Float32Array(Uint8Array.from(bytes).buffer)];
    }),
  );
  if (
    checksum(
      weights,
      places.map(([path]) => path),
    ) !== note(noteKeys.checksum)
  ) {
    throw unreadable('is damaged: its weights do not match their checksum', 'Export the model again.');
  }
  return {
    name: metadata.get('luthier.model') ?? 'model',
    architecture: decodeJson(note(noteKeys.architecture)) as Json,
    weights,
  };
}
