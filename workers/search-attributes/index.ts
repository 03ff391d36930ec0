/** The search attributes that the library's workflows set: their types, and their registration in a namespace. */
export {
  createNamespaceCommand,
  ensureSearchAttributes,
  SearchAttributeError,
  type SearchAttributeOptions,
  type SearchAttributeReport,
} from './ensure-search-attributes';
export { SEARCH_ATTRIBUTE_TYPES, type SearchAttributeTypeName } from './search-attribute-types';
