import { showSection } from '../run/details';

/** The steps of this workflow so far: module state of a bundle belongs to one workflow. */
const steps: { name: string; mark: string }[] = [];

/**
 * Names a part of a process, so that Temporal's UI shows what it is at and what it has done. Costs no event. Names are
 * shown in the UI: no people's texts.
 */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const shown = { name, mark: '…' };
  steps.push(shown);
  show();
  try {
    const result = await work();
    shown.mark = '✓';
    return result;
  } catch (error) {
    shown.mark = '✗';
    throw error;
  } finally {
    show();
  }
}

function show(): void {
  showSection(
    'Steps',
    steps.map(({ name, mark }) => `- ${mark} ${name}`),
  );
}
