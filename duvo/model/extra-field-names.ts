import { checkObject } from '../check-arguments';
import type { OperationInfo, JsonObject } from '../operation';
import { inputError } from '../http/request';

/**
 * A body with a caller's further fields beside the known ones, where the dialect leaves bodies open.
 *
 * @param body names every field that the library may send, `undefined` where it does not
 * @throws DuvoInvalidInputError for another dialect, and for a field that would replace a known one
 */
export function withExtraFields(
  about: OperationInfo,
  isAllowed: boolean,
  body: JsonObject,
  extraFields: unknown,
): JsonObject {
  if (extraFields === undefined) return body;
  checkObject(about, 'extraFields', extraFields);
  if (!isAllowed)
    throw inputError(about, 'extraFields', 'is for dialect v1 only: the document of v2 lists every field');
  for (const name of Object.keys(extraFields as object)) {
    if (Object.hasOwn(body, name)) {
      throw inputError(about, `extraFields.${name}`, 'is a field that this library sends: use its own argument');
    }
  }
  return { ...body, ...(extraFields as JsonObject) };
}
