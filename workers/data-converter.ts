import type { DataConverter } from '@temporalio/common';
import { importConverter } from './converter-module';
import { RemoteCodec } from './remote-codec';

/**
 * Returns the data converter that the environment configures. `DUVO_DATA_CONVERTER` names a module that exports
 * `dataConverter`. `TEMPORAL_CODEC_ENDPOINT`, with `TEMPORAL_CODEC_AUTH`, names a codec
 * server, as in Temporal's CLI. With both, the codec server encodes last.
 *
 * @returns `undefined` when neither variable is set
 * @throws Error that names the variable
 */
export async function loadDataConverter(env: NodeJS.ProcessEnv, namespace: string): Promise<DataConverter | undefined> {
  const { DUVO_DATA_CONVERTER: module, TEMPORAL_CODEC_ENDPOINT: endpoint, TEMPORAL_CODEC_AUTH: authorization } = env;
  const converter = module ? await importConverter(module) : undefined;
  if (!endpoint) return converter;
  const codec = new RemoteCodec({ endpoint, authorization, namespace });
  return { ...converter, payloadCodecs: [...(converter?.payloadCodecs ?? []), codec] };
}
