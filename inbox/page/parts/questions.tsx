import type { GateQuestion } from '../../../contract/gates/gates';
import { escapeText } from '../../../contract/text/escape-text';
import { texts } from '../texts';

/** The answers by the text of their question. The answer to a question with several labels is a list. */
export type Answers = Record<string, string | string[]>;

interface QuestionsProps {
  questions: GateQuestion[];
  answers: Answers;
  onChange: (answers: Answers) => void;
}

export function Questions({ questions, answers, onChange }: QuestionsProps) {
  return (
    <div class="questions">
      {questions.map((question, index) => (
        <Question
          key={index}
          name={`question-${index}`}
          question={question}
          value={answers[question.question]}
          onChange={(value) => onChange({ ...answers, [question.question]: value })}
        />
      ))}
    </div>
  );
}

interface QuestionProps {
  name: string;
  question: GateQuestion;
  value?: string | string[];
  onChange: (value: string | string[]) => void;
}

function Question({ name, question: { question, header, options = [], multiSelect }, value, onChange }: QuestionProps) {
  const text = (
    <>
      {header && <span class="label">{escapeText(header)} </span>}
      {escapeText(question)}
    </>
  );
  if (options.length === 0)
    return (
      <label class="question">
        <span class="legend">{text}</span>
        <textarea
          rows={2}
          value={typeof value === 'string' ? value : ''}
          placeholder={texts.freeText}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      </label>
    );
  const chosen = [value ?? []].flat();
  const toggle = (label: string, isOn: boolean) =>
    onChange(isOn ? [...chosen, label] : chosen.filter((one) => one !== label));
  return (
    <fieldset class="question">
      <legend class="legend">
        {text} {multiSelect && <span class="label">{texts.severalAnswers}</span>}
      </legend>
      {options.map(({ label, description }, index) => (
        <label key={index} class="option">
          <input
            type={multiSelect ? 'checkbox' : 'radio'}
            name={name}
            checked={chosen.includes(label)}
            onChange={({ currentTarget }) => (multiSelect ? toggle(label, currentTarget.checked) : onChange(label))}
          />
          <span>
            {escapeText(label)}
            {description && <span class="label"> {escapeText(description)}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
