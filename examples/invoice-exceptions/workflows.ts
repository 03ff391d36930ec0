import { approval, createCases, duvoActivities, runAgent, saga, stage } from 'duvo-temporal/workflows';

/** runAgent starts this workflow as a child, so the workflow file must export it. */
export { agentRun } from 'duvo-temporal/workflows';

/** The ids of the agents and of the queue in your workspace. */
export const READER = 'invoice-reader';
export const POSTER = 'invoice-poster';
export const REVERSER = 'invoice-reverser';
export const EXCEPTIONS = 'invoice-exceptions';

/** Invoices above this amount need the approval of a person. */
const LIMIT = 10_000;

export interface InvoiceInput {
  number: string;
  /** Path of the PDF on the worker's machine. */
  file: string;
}

export interface InvoiceResult {
  status: 'posted' | 'denied';
  total: number;
  /** The person who approved or rejected the invoice; absent when no decision was needed. */
  by?: string;
  /** Ids of the cases that were opened for the problems of the invoice. */
  cases: string[];
}

/** The JSON that the agent READER returns. */
interface Reading {
  supplier: string;
  total: number;
  oddities: string[];
}

const READING = {
  type: 'object',
  properties: {
    supplier: { type: 'string' },
    total: { type: 'number', minimum: 0 },
    oddities: { type: 'array', items: { type: 'string' } },
  },
  required: ['supplier', 'total', 'oddities'],
};

export async function invoiceException({ number, file }: InvoiceInput): Promise<InvoiceResult> {
  const duvo = duvoActivities();
  const reading = await stage('read', async () => {
    const { id: sandboxId } = await duvo.createSandbox({});
    const { path } = await duvo.uploadSandboxFile({ sandboxId, file });
    const { output } = await runAgent<Reading>({
      agentId: READER,
      sandboxId,
      message: `Read the invoice ${path} and report its supplier, its total, and its oddities.`,
      output: { schema: READING },
      deadline: '2h',
    });
    return output;
  });
  const { supplier, total, oddities } = reading;

  let by: string | undefined;
  if (total > LIMIT) {
    const decision = await stage('approve', () =>
      approval({
        title: `Pay ${total} for invoice ${number}?`,
        description: [`Supplier: ${supplier}`, ...oddities].join('\n'),
        due: '3d',
        onTimeout: 'deny',
      }),
    );
    by = decision.by;
    if (!decision.approved) return { status: 'denied', total, by, cases: [] };
  }

  return saga(async (undo) => {
    // The compensation is registered before the step, because the step may fail in the middle.
    undo(() => runAgent({ agentId: REVERSER, message: `Reverse invoice ${number}` }), 'reverse the posting');
    await stage('post', () => runAgent({ agentId: POSTER, message: `Post invoice ${number}: ${supplier}, ${total}` }));
    const cases = await stage('open cases', () =>
      createCases(
        EXCEPTIONS,
        oddities.map((oddity) => ({ title: `${number}: ${oddity}`.slice(0, 500), priority: 'medium' as const })),
      ),
    );
    return { status: 'posted', total, by, cases: cases.map(({ id }) => id) };
  });
}
