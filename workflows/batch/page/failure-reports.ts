import { sleep } from '@temporalio/workflow';
import type { BatchTotals } from '../../../contract/batches/batch-contract';
import type { SignalSender } from './signal-sender';
import { pageProgress } from './page-messages';

/** The first failure is reported at once, further ones at this interval at most. */
const MIN_REPORT_INTERVAL_MS = 200;

/** Reports a page's failures to its batch, which stops when the share of failures is too high. */
export class FailureReports {
  private reported = 0;
  private isWaiting = false;

  constructor(
    private readonly batchId: string,
    private readonly page: number,
    private readonly signals: SignalSender,
  ) {}

  isDue({ failed }: BatchTotals): boolean {
    return !this.isWaiting && failed > this.reported;
  }

  async send({ completed, failed, canceled }: BatchTotals): Promise<void> {
    this.reported = failed;
    this.isWaiting = true;
    await this.signals.send(this.batchId, pageProgress, {
      page: this.page,
      ended: completed + failed + canceled,
      failed,
    });
    await sleep(MIN_REPORT_INTERVAL_MS);
    this.isWaiting = false;
  }
}
