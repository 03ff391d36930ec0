import type { BatchItem } from '../contract/batches/batch-contract';
import { BatchItemError } from './errors/item-error';
import { redactedSourceName } from './sources/open-source';
import { type ItemSource, type ItemSourceOptions, readItems } from './read-items';
import { BatchSourceError } from './errors/source-error';

/** The items of a source. Each iteration reads the source from its beginning. */
export class SourceItems implements AsyncIterable<BatchItem> {
  /** Line on which the last item that was returned begins. */
  private lastLine = 0;

  constructor(
    private readonly source: ItemSource,
    private readonly options: ItemSourceOptions,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<BatchItem> {
    for await (const { item, line } of readItems(this.source, this.options)) {
      this.lastLine = line;
      yield item;
    }
  }

  /** Turns a `BatchItemError` of the last item into a `BatchSourceError` with its line. Returns any other error unchanged. */
  toSourceError(error: unknown): unknown {
    if (!(error instanceof BatchItemError)) return error;
    const name = typeof this.source === 'string' ? redactedSourceName(this.source) : 'the input';
    return new BatchSourceError(name, error.problem, this.lastLine);
  }
}
