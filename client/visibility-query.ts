/** Conditions of a visibility query, joined by AND; an `undefined` one is left out. */
export function joinConditions(...conditions: (string | undefined)[]): string {
  return conditions.filter((one) => one !== undefined).join(' AND ');
}

/** A condition on one value; `undefined` without a value. */
export function equals(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name} = '${escapeQueryText(value)}'`;
}

function escapeQueryText(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/'/g, "\\'");
}
