import type {
  Case,
  CasePage,
  CaseRun,
  CaseView,
  CreateCasesInput,
  ListCasesQuery,
  PageQuery,
  Queue,
  QueuePage,
} from '../model';
import { MAX_CASES_PER_PAGE, MAX_QUEUES_PER_PAGE } from '../model/limits';
import type { Call, CallOptions, MutationOptions } from '../model/operation-types';
import { iterateRows } from './paging';

/** Queues of cases. Each method makes one HTTP request (`list` makes one for each page) and throws `DuvoError`. Dialect `v2` only. */
export class Queues {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  get(queueId: string, options?: CallOptions): Promise<Queue> {
    return this.#call('queues.get', { queueId }, options);
  }

  /** Reads one page of the team's queues. */
  listPage(query: PageQuery = {}, options?: CallOptions): Promise<QueuePage> {
    return this.#call('queues.list', query, options);
  }

  /** Iterates over all queues of the team, each once. `limit` is the number of rows per request. */
  list(query: PageQuery = {}, options?: CallOptions): AsyncGenerator<Queue, void, undefined> {
    return iterateRows(query, MAX_QUEUES_PER_PAGE, async (place) => {
      const { queues: rows, total } = await this.listPage({ ...query, ...place }, options);
      return { rows, total };
    });
  }
}

/** Cases of queues. Each method makes one HTTP request (`list` makes one for each page) and throws `DuvoError`. */
export class Cases {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Creates 1 to 100 cases, and returns them in the order of the input. */
  create(input: CreateCasesInput, options: MutationOptions): Promise<Case[]> {
    return this.#call('cases.create', input, options);
  }

  /** Dialect `v2` only. */
  get(caseId: string, options?: CallOptions): Promise<CaseView> {
    return this.#call('cases.get', { caseId }, options);
  }

  /** Reads one page of a queue's cases. Dialect `v2` only. */
  listPage(query: ListCasesQuery, options?: CallOptions): Promise<CasePage> {
    return this.#call('cases.list', query, options);
  }

  /** Iterates over all cases that match the query, each once. `limit` is the number of rows per request. Dialect `v2` only. */
  list(query: ListCasesQuery, options?: CallOptions): AsyncGenerator<Case, void, undefined> {
    return iterateRows(query, MAX_CASES_PER_PAGE, async (place) => {
      const { cases: rows, total } = await this.listPage({ ...query, ...place }, options);
      return { rows, total };
    });
  }

  /** Reads the runs that worked on a case: at most 50, the newest first. Dialect `v2` only. */
  runs(caseId: string, options?: CallOptions): Promise<CaseRun[]> {
    return this.#call('cases.runs', { caseId }, options);
  }
}
