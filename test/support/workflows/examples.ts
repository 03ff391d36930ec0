/** Exports the workflows of all examples, so that one worker can run them. */
export { agentRun, invoiceException } from '../../../examples/invoice-exceptions/workflows';
export { onboardSupplier } from '../../../examples/supplier-onboarding/workflows';
export {
  batch,
  batchItems,
  batchPage,
  checkProduct,
  nightlyCatalogue,
} from '../../../examples/nightly-catalogue/workflows';
