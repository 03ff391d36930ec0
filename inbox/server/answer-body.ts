import type { GateAnswer } from '../../client';
import { FailureTypes } from '../../contract';
import { HttpError } from './http-error';

const FIELDS: readonly string[] = ['approved', 'answers', 'comment', 'requestHash'];
const IDENTITY_FIELDS: readonly string[] = ['by', 'groups', 'via'];

/**
 * Reads the answer in the body of a request. The session names the person, so a body that names one is refused. The client and
 * the workflow check the answer itself.
 *
 * @throws HttpError `Duvo.AnswerInvalid`
 */
export function answersOf(body: unknown): Pick<GateAnswer, 'approved' | 'answers' | 'comment' | 'requestHash'> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('the body must be an object {approved | answers, comment?, requestHash}');
  const names = Object.keys(body);
  if (names.some((name) => IDENTITY_FIELDS.includes(name)))
    throw new HttpError(400, FailureTypes.AnswerInvalid, 'by, groups and via come from the session: leave them out', {
      denied: 'identity-in-body',
    });
  if (names.some((name) => !FIELDS.includes(name)))
    throw invalid(`the body has other fields than ${FIELDS.join(', ')}`);
  const answer = body as Pick<GateAnswer, 'approved' | 'answers' | 'comment' | 'requestHash'>;
  if (typeof answer.requestHash !== 'string')
    throw invalid('requestHash is missing: send that of the gate which the person saw');
  return answer;
}

function invalid(message: string): HttpError {
  return new HttpError(400, FailureTypes.AnswerInvalid, message);
}
