import type { BatchItem } from '../contract/batch-contract';
import { BatchItemError } from './item-error';
import { redactedSourceName } from './open-item-source';
import { type ItemSource, type ItemSourceOptions, readItems } from './read-items';
import { BatchSourceError } from './source-error';

/** The items of a source, which is read anew each time. Knows on which line the item begins that was given last. */
export class SourceItems implements AsyncIterable<BatchItem> {
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

  /** An error of the item that was given last, as one of its source; any other as it is. */
  toSourceError(error: unknown): unknown {
    if (!(error instanceof BatchItemError)) return error;
    const name = typeof this.source === 'string' ? redactedSourceName(this.source) : 'the input';
    return new BatchSourceError(name, error.problem, this.lastLine);
  }
}
