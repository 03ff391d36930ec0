/** The JSON that the agent of a category returns for a product. */
export interface Finding {
  ok: boolean;
  comment: string;
  /** Whether the product must be removed from the shop. */
  withdraw?: boolean;
}
