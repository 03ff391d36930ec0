/** Shown in place of what this command cannot decode. */
export const UNREADABLE_NOTE =
  "cannot be decoded: give the workers' data converter in DUVO_DATA_CONVERTER, or their codec server in --codec-endpoint";
