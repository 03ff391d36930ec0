import { DuvoClient } from '../../duvo';
import { DuvoWorkflows } from '../../client';
import { checkRunInput } from '../../contract/run-input';
import { findAnswerFormatProblem } from '../../contract/gates/answer-format';
import { rejectionOf } from '../support/rejection';

describe('a field that is missing and a field of the wrong type have different messages', () => {
  test.each([
    ['by is missing', { gateId: 'g', approved: true }, 'by is missing'],
    ['by is null', { gateId: 'g', approved: true, by: null }, 'by is missing'],
    ['by is a number', { gateId: 'g', approved: true, by: 3 }, 'by is not a string'],
    ['by is blank', { gateId: 'g', approved: true, by: ' ' }, 'by is empty'],
    ['by has a NUL', { gateId: 'g', approved: true, by: 'al\0ce' }, 'by has a NUL character'],
    ['a group has a NUL', { gateId: 'g', approved: true, by: 'a', groups: ['\0'] }, 'a name in groups has a NUL'],
    [
      'half an emoji',
      { gateId: 'g', approved: true, by: 'a', comment: 'ok \ud83d' },
      'comment has a NUL character or half',
    ],
    ['gateId is missing', { approved: true, by: 'alice' }, 'gateId is missing'],
    ['gateId is a number', { gateId: 3, approved: true, by: 'alice' }, 'gateId is not a string'],
  ])('in an answer: %s', (_what, answer, problem) => {
    expect(findAnswerFormatProblem(answer)).toContain(problem);
  });

  test.each([
    ['missing', {}, 'agentId is missing'],
    ['a number', { agentId: 3 }, 'agentId must be a string'],
  ])('in the input of a run: an agentId that is %s', (_what, input, problem) => {
    expect(() => checkRunInput(input)).toThrow(problem);
  });

  test.each([
    ['missing', {}, 'agentId is missing'],
    ['a number', { agentId: 3 }, 'agentId must be a string'],
    ['blank', { agentId: ' ' }, 'agentId must be a string that is not empty'],
  ])('in a start by the client: an agentId that is %s', async (_what, input, problem) => {
    // The input is refused before the client uses its connection.
    const { runs } = new DuvoWorkflows(undefined as never);
    expect(String(await rejectionOf(runs.start(input as never)))).toContain(problem);
  });

  test.each([
    ['missing', undefined, 'runId is missing'],
    ['a number', 3, 'runId must be a non-empty string'],
  ])('in a call to Duvo: a run id that is %s', async (_what, runId, problem) => {
    const duvo = new DuvoClient({ apiKey: 'dv_test', baseUrl: 'http://127.0.0.1:1' });
    const error = await rejectionOf(duvo.runs.get(runId as never));
    await duvo.close();
    expect(String(error)).toContain(problem);
  });
});
