import type { BatchItem } from '../contract/batches/batch-contract';
import { BatchItemError } from './errors/item-error';
import { type ItemSource, redactedSourceName } from './sources/open-source';
import { type ItemSourceOptions, readItems } from './read-items';
import { BatchSourceError } from './errors/source-error';

/** The items of a source. Each iteration reads the source from its beginning. */
export class SourceItems implements AsyncIterable<BatchItem> {
  /** Line on which the last item that was returned begins. */
  private lastLine = 0;
  /** Number of items that the last iteration has returned. */
  count = 0;

  constructor(
    private readonly source: ItemSource,
    private readonly options: ItemSourceOptions,
    /** Returns what is wrong with an item. The source is then refused with the item's line. */
    private readonly findProblem: (item: BatchItem) => string | undefined,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<BatchItem> {
    this.count = 0;
    for await (const { item, line } of readItems(this.source, this.options)) {
      const problem = this.findProblem(item);
      if (problem !== undefined) throw new BatchSourceError(this.name, problem, line);
      this.lastLine = line;
      this.count++;
      yield item;
    }
  }

  /** Turns a `BatchItemError` of the last item into a `BatchSourceError` with its line. Returns any other error unchanged. */
  toSourceError(error: unknown): unknown {
    if (!(error instanceof BatchItemError)) return error;
    return new BatchSourceError(this.name, error.problem, this.lastLine);
  }

  emptyError(): BatchSourceError {
    return new BatchSourceError(this.name, 'has no items: if that is right, allow it (--allow-empty, allowEmpty)');
  }

  changedError(): BatchSourceError {
    return new BatchSourceError(this.name, 'changed while it was read: start again when no program writes to it');
  }

  private get name(): string {
    return typeof this.source === 'string' ? redactedSourceName(this.source) : 'the input';
  }
}
