import { createDuvoActivities } from '../../activities';
import { compareMessages } from '../../activities/starts/search/compare-messages';
import { again, attempt, duvo, setUpStartAttempts, simulator, starts } from '../support/activities/start-attempts';

const LONG = `Pay invoice 7 of Café ${'x'.repeat(300)}`;

/** A message, and how a platform may show the message as the first message of the run. */
const SHOWN: [how: string, sent: string, shown: string][] = [
  ['with composed characters', 'Pay invoice 7 of Cafe\u0301', 'Pay invoice 7 of Caf\u00e9'],
  ['without accents', 'Pay invoice 7 of Café', 'Pay invoice 7 of Cafe'],
  ['cut with an ellipsis', LONG, `${LONG.slice(0, 200)}…`],
  ['cut with three dots', LONG, `${LONG.slice(0, 200)}...`],
  ['cut without a mark', LONG, LONG.slice(0, 200)],
  ['without zero-width characters', 'Pay invoice\u200b 7', 'Pay invoice 7'],
  ['with escaped HTML', 'Pay A & B <7>', 'Pay A &amp; B &lt;7&gt;'],
  ['with numeric references', "Pay Anna's bill", 'Pay Anna&#39;s bill'],
  ['without its tags', 'Pay <b>invoice</b> 7', 'Pay invoice 7'],
  ['with straight quotes', 'Pay “A – B”', 'Pay "A - B"'],
  ['without its beginning', '/agent Pay invoice 7', 'Pay invoice 7'],
  ['in a text of the platform, cut', LONG, `Task: ${LONG.slice(0, 200)}…`],
  ['without any text', 'Pay invoice 7', ''],
];

describe('the first message of a run', () => {
  test.each(SHOWN)('that is shown %s is similar to the message of the start', (_how, sent, shown) => {
    expect(compareMessages(shown, sent, 'Task: {message}')).toBe('similar');
  });
  test.each([
    ['of another invoice', 'Pay invoice 7', 'Pay invoice 8'],
    ['of another invoice in tags', '<invoice id="7"/>', '<invoice id="8"/>'],
    ['with a word of the message', 'Which invoice did they pay?', 'hi'],
    ['without letters', '👍', '👎'],
  ])('%s is different', (_what, sent, shown) => {
    expect(compareMessages(shown, sent)).toBe('different');
  });
  test('is equal only when it is the whole message, apart from the spaces around it and the kind of its line ends', () => {
    expect(compareMessages(' Pay\r\ninvoice 7\n', 'Pay\ninvoice 7')).toBe('equal');
    expect(compareMessages('pay\ninvoice 7', 'Pay\ninvoice 7')).toBe('similar');
  });
});

describe('a start whose response was lost', () => {
  setUpStartAttempts();

  test.each(SHOWN.slice(0, -2))(
    'is not sent again when its message may be shown %s',
    async (_how, sent, text_content) => {
      simulator.addFault({ operation: 'start', effect: { dropResponse: true } });
      await attempt({}, 'key', sent);
      const message = { id: 'm', type: 'message', role: 'user', timestamp: new Date().toISOString(), text_content };
      const replaceBody = JSON.stringify({ messages: [message], total: 1 });
      simulator.addFault({ operation: 'messages', effect: { replaceBody }, times: Infinity });
      const other = createDuvoActivities({ client: duvo });
      const first = await attempt(again(undefined), 'key', sent, other);
      expect(first.failure).toMatchObject({
        nonRetryable: false,
        message: expect.stringContaining('similar') as string,
      });
      const { failure } = await attempt(again(first.lastDetails), 'key', sent, other);
      expect(failure).toMatchObject({ type: 'Duvo.StartAmbiguous', nonRetryable: true });
      expect(starts()).toBe(1);
    },
  );
});
