// The module that DUVO_DATA_CONVERTER names in test/cli/codec.test.ts: a codec whose output is not readable as JSON.
const ENCODING = Buffer.from('binary/test-inverted');

const invert = (bytes) => Uint8Array.from(bytes ?? [], (byte) => byte ^ 0xff);

export const codec = {
  encode: async (payloads) =>
    payloads.map(({ metadata, data }) => ({
      metadata: { encoding: ENCODING, original: metadata.encoding },
      data: invert(data),
    })),
  decode: async (payloads) =>
    payloads.map((payload) =>
      Buffer.compare(Buffer.from(payload.metadata?.encoding ?? []), ENCODING) === 0
        ? { metadata: { encoding: payload.metadata.original }, data: invert(payload.data) }
        : payload,
    ),
};

export const dataConverter = { payloadCodecs: [codec] };
