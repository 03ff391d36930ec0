import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gate, GatesClient } from '../../client';
import { FailureTypes, isGateOf, peopleOf } from '../../contract';
import type { AnswerResponse, GateListResponse, GateResponse, Person } from '../api-types';
import { personOf } from './access';
import { answersOf } from './answer-body';
import { toHttpError } from './error-responses';
import { filterGates, type GateFilter, listFilterValues } from './filter-gates';
import type { GateFeed } from './gate-feed';
import { HttpError } from './http-error';

/** Maximum number of answers of one person in a minute. */
const MAX_ANSWERS_PER_MINUTE = 120;

interface ListQuery extends GateFilter {
  /** `1`: only gates that the person may answer and has not answered. */
  mine?: string;
}

interface GateParams {
  ref: string;
}

/** Adds the list of the open gates, one gate, and the answer to it. */
export function addGateRoutes(app: FastifyInstance, gates: GatesClient, feed: GateFeed): void {
  app.get<{ Querystring: ListQuery }>('/api/gates', async (request): Promise<GateListResponse> => {
    const person = personOf(request);
    const { mine, ...filter } = singleValues(request.query);
    const all = await feed.list();
    const listed = filterGates(mine === '1' ? await feed.list(person) : all, filter);
    return { person, gates: listed, openCount: all.length, ...listFilterValues(all) };
  });

  app.get<{ Params: GateParams }>('/api/gates/:ref', async (request) =>
    toGateView(await gates.get(request.params.ref), personOf(request)),
  );

  const rateLimit = {
    max: MAX_ANSWERS_PER_MINUTE,
    timeWindow: '1 minute',
    keyGenerator: (request: FastifyRequest) => personOf(request).by,
  };
  app.post<{ Params: GateParams }>(
    '/api/gates/:ref/answer',
    { config: { rateLimit } },
    async (request): Promise<AnswerResponse> => {
      const { ref } = request.params;
      const person = personOf(request);
      const answer = answersOf(request.body);
      try {
        const verdict = await gates.answer(ref, { ...answer, ...person, via: 'inbox' });
        // The answer is delivered, so a failure to read the gate is no failure of the answer.
        const gate = await gates.get(ref).catch(() => undefined);
        return { verdict, ...(gate && toGateView(gate, person)) };
      } catch (error) {
        throw await withGate(toHttpError(error), gates, ref);
      } finally {
        feed.expire();
      }
    },
  );
}

/** Adds the gate as it is now to the refusal of an answer, so that the page can show who was first, or what has changed. */
async function withGate(error: HttpError, gates: GatesClient, ref: string): Promise<HttpError> {
  const { statusCode, type, message } = error;
  if (type !== FailureTypes.GateClosed && type !== FailureTypes.AnswerStale) return error;
  const gate = await gates.get(ref).catch(() => undefined);
  return new HttpError(statusCode, type, message, { gate });
}

function toGateView(gate: Gate, { by, groups }: Person): GateResponse {
  return { gate, mayAnswer: gate.status === 'open' && gate.type !== 'unknown' && isGateOf(peopleOf(gate), by, groups) };
}

/** A name that a query has twice has a list of values: the last one counts. */
function singleValues(query: ListQuery): ListQuery {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value].flat().at(-1)]));
}
