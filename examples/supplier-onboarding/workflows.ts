import { approval, parallel, questions, runAgent, stage, within } from 'duvo-temporal/workflows';

/** runAgent starts this workflow as a child, so the workflow file must export it. */
export { agentRun } from 'duvo-temporal/workflows';

/** The ids of the agents in your workspace: three agents check a supplier, and one creates the account. */
export const CHECKS = ['credit-check', 'sanctions-check', 'references-check'];
export const CREATOR = 'supplier-creator';

export interface Supplier {
  name: string;
  country: string;
}

export interface Onboarding {
  status: 'created' | 'refused';
  /** The person who refused the supplier; absent when the supplier was accepted or a deadline passed. */
  refusedBy?: string;
  findings: string[];
}

const TERMS = 'Which payment terms?';

export async function onboardSupplier({ name, country }: Supplier): Promise<Onboarding> {
  // `within` also counts the days on which people do not work. The `deadline` of an agent run counts only the agent's
  // own time.
  return within('30d', async () => {
    const findings = await stage('check', () =>
      parallel(CHECKS, async (agentId) => {
        const { output } = await runAgent({ agentId, message: `Check ${name} (${country})`, deadline: '1d' });
        return output;
      }),
    );

    // Purchasing and finance receive their approvals at the same time, and each may take several days.
    const description = findings.join('\n\n');
    const ask = (id: string) => () =>
      approval({ id, title: `Take ${name} as a supplier?`, description, due: '10d', onTimeout: 'deny' });
    const decisions = await stage('decide', () => parallel([ask('purchasing'), ask('finance')], (decide) => decide()));
    const refusal = decisions.find(({ approved }) => !approved);
    if (refusal) return { status: 'refused', refusedBy: refusal.by, findings };

    const { answers } = await stage('terms', () =>
      questions({
        title: `Terms of ${name}`,
        questions: [{ question: TERMS, options: [{ label: '14 days' }, { label: '30 days' }] }],
      }),
    );
    const terms = String(answers[TERMS]);
    await stage('create', () => runAgent({ agentId: CREATOR, message: `Create ${name} (${country}), ${terms}` }));
    return { status: 'created', findings };
  });
}
