import protobuf from 'protobufjs';

/**
 * The messages of event files that a run needs, with their published field numbers.
 *
 * Reference: github.com/tensorflow/tensorflow, tensorflow/core/util/event.proto and framework/summary.proto.
 */
const descriptor: protobuf.INamespace = {
  nested: {
    Event: {
      oneofs: { what: { oneof: ['fileVersion', 'summary'] } },
      fields: {
        wallTime: { type: 'double', id: 1 },
        step: { type: 'int64', id: 2 },
        fileVersion: { type: 'string', id: 3 },
        summary: { type: 'Summary', id: 5 },
      },
    },
    Summary: { fields: { value: { type: 'Value', id: 1, rule: 'repeated' } } },
    Value: {
      oneofs: { value: { oneof: ['simpleValue', 'histo'] } },
      fields: {
        tag: { type: 'string', id: 1 },
        simpleValue: { type: 'float', id: 2 },
        histo: { type: 'Histogram', id: 5 },
      },
    },
    Histogram: {
      fields: {
        min: { type: 'double', id: 1 },
        max: { type: 'double', id: 2 },
        num: { type: 'double', id: 3 },
        sum: { type: 'double', id: 4 },
        sumSquares: { type: 'double', id: 5 },
        bucketLimit: { type: 'double', id: 6, rule: 'repeated' },
        bucket: { type: 'double', id: 7, rule: 'repeated' },
      },
    },
  },
};

/** How many numbers lie where. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** Upper ends of the buckets. */
  readonly bucketLimit: readonly number[];
  readonly bucket: readonly number[];
}

/** One named value of a summary. */
export type SummaryValue = { readonly tag: string } & (
  | { readonly simpleValue: number }
  | { readonly histo: Histogram }
);

/** One entry of an event file; the wall time is in seconds since 1970. */
export type Event = { readonly wallTime: number } & (
  | { readonly fileVersion: string }
  | { readonly step: number; readonly summary: { readonly value: readonly SummaryValue[] } }
);

let type: protobuf.Type | undefined;

/** The bytes of an event. */
export function encodeEvent(event: Event): Uint8Array {
  type ??= protobuf.Root.fromJSON(descriptor).lookupType('Event');
  return type.encode(event as Record<string, unknown>).finish();
}
