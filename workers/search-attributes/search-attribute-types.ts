import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batches/batch-contract';
import { SearchAttributes } from '../../contract/names';

/** Types of search attributes, by the names that the `temporal` command uses. */
export type SearchAttributeTypeName = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

/** The library's search attributes. A namespace must have them before a worker runs. */
export const SEARCH_ATTRIBUTE_TYPES: Readonly<Record<string, SearchAttributeTypeName>> = {
  [SearchAttributes.agentId]: 'Keyword',
  [SearchAttributes.runId]: 'Keyword',
  [SearchAttributes.openGates]: 'Int',
  [SearchAttributes.gateDue]: 'Datetime',
  [BATCH_ID_SEARCH_ATTRIBUTE]: 'Keyword',
};
