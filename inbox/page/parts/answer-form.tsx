import { useState } from 'preact/hooks';
import { findAnswerMismatch } from '../../../contract/gates/answer-checks';
import { findAnswerFormatProblem } from '../../../contract/gates/answer-format';
import type { Gate } from '../../../contract/gates/gates';
import type { PageAnswer } from '../api';
import type { AnswerState } from '../state/use-gate';
import { texts } from '../texts';
import { type Answers, Questions } from './questions';
import { Notice } from './states';

interface AnswerFormProps {
  gate: Gate;
  answer: AnswerState;
  onSubmit: (answer: Omit<PageAnswer, 'requestHash'>) => Promise<void>;
}

/** The person's answer. The decision is always in view, also below a long description. */
export function AnswerForm({ gate, answer, onSubmit }: AnswerFormProps) {
  const [answers, setAnswers] = useState<Answers>({});
  const [comment, setComment] = useState('');
  const [problem, setProblem] = useState<string>();
  const isSending = answer.kind === 'sending';
  const refusal = problem ?? (answer.kind === 'refused' ? answer.message : undefined);

  const submit = (given: Pick<PageAnswer, 'approved' | 'answers'>) => {
    const whole = { ...given, ...(comment.trim() && { comment }) };
    // The workflow makes the same checks: here, the person learns of a mistake at once.
    const checked = { ...whole, gateId: gate.gateId, by: 'person' };
    const mistake = findAnswerFormatProblem(checked) ?? findAnswerMismatch(gate, checked);
    setProblem(mistake);
    if (mistake === undefined) void onSubmit(whole);
  };

  return (
    <form
      class="decision-bar"
      aria-busy={isSending}
      onSubmit={(event) => {
        event.preventDefault();
        if (gate.type === 'question') submit({ answers });
      }}
    >
      {gate.type === 'question' && (
        <Questions questions={gate.questions ?? []} answers={answers} onChange={setAnswers} />
      )}
      {refusal !== undefined && (
        <Notice kind="error">
          {texts.refused} {refusal}
        </Notice>
      )}
      <label class="comment">
        <span>{texts.comment}</span>
        <textarea
          rows={2}
          value={comment}
          placeholder={texts.commentHint}
          onInput={({ currentTarget }) => setComment(currentTarget.value)}
        />
      </label>
      <div class="buttons">
        {gate.type === 'question' ? (
          <button type="submit" class="primary" disabled={isSending}>
            {texts.send}
          </button>
        ) : (
          <>
            <button
              type="button"
              class="primary"
              data-decision="approve"
              disabled={isSending}
              onClick={() => submit({ approved: true })}
            >
              {texts.approve}
            </button>
            <button type="button" data-decision="deny" disabled={isSending} onClick={() => submit({ approved: false })}>
              {texts.deny}
            </button>
          </>
        )}
        <span class="hint" role="status">
          {isSending ? texts.sending : ''}
        </span>
      </div>
    </form>
  );
}
