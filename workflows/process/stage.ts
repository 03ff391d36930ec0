import { setDetailsSection } from '../run/current-details';

/** The steps of this workflow so far: module state of a bundle belongs to one workflow. */
const stages: { name: string; mark: string }[] = [];

/**
 * Names a part of a process, so that Temporal's UI shows what it is at and what it has done. Costs no event. Names are
 * shown in the UI: no people's texts.
 */
export async function stage<T>(name: string, work: () => Promise<T>): Promise<T> {
  const shown = { name, mark: '…' };
  stages.push(shown);
  updateDetails();
  try {
    const result = await work();
    shown.mark = '✓';
    return result;
  } catch (error) {
    shown.mark = '✗';
    throw error;
  } finally {
    updateDetails();
  }
}

function updateDetails(): void {
  setDetailsSection(
    'Steps',
    stages.map(({ name, mark }) => `- ${mark} ${name}`),
  );
}
