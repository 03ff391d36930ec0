import { setDetailsSection } from '../gates/gate-visibility';

/** The stages of this workflow so far. Each workflow has its own copy of a bundle's module state. */
const stages: { name: string; mark: string }[] = [];

/**
 * Names a part of a process, so that Temporal's UI shows which part is running and which parts have ended. It adds no
 * event to the history. The UI shows the names, so they must not have people's texts.
 */
export async function stage<T>(name: string, work: () => Promise<T>): Promise<T> {
  const shown = { name, mark: '…' };
  stages.push(shown);
  showStages();
  try {
    const result = await work();
    shown.mark = '✓';
    return result;
  } catch (error) {
    shown.mark = '✗';
    throw error;
  } finally {
    showStages();
  }
}

function showStages(): void {
  setDetailsSection(
    'Stages',
    stages.map(({ name, mark }) => `- ${mark} ${name}`),
  );
}
