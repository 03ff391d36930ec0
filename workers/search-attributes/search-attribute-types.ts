import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batch-contract';
import { SearchAttributes } from '../../contract/names';

/** Types of search attributes, as the `temporal` command calls them. */
export type SearchAttributeTypeName = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

/** The library's search attributes, which a namespace must know before a worker may run. */
export const SEARCH_ATTRIBUTE_TYPES: Readonly<Record<string, SearchAttributeTypeName>> = {
  [SearchAttributes.agentId]: 'Keyword',
  [SearchAttributes.runId]: 'Keyword',
  [SearchAttributes.openGates]: 'Int',
  [SearchAttributes.gateDue]: 'Datetime',
  [BATCH_ID_SEARCH_ATTRIBUTE]: 'Keyword',
};
