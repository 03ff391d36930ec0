import type { RefObject } from 'preact';
import type { GateListResponse } from '../../api-types';
import type { Navigate, Route } from '../state/route';
import { texts } from '../texts';

interface FilterBarProps {
  route: Route;
  list?: GateListResponse;
  navigate: Navigate;
  searchRef: RefObject<HTMLInputElement | null>;
}

/** The filters of the list. They are in the address of the page, so that a view can be kept and sent. */
export function FilterBar({ route, list, navigate, searchRef }: FilterBarProps) {
  return (
    <div class="filters" role="search">
      <input
        ref={searchRef}
        type="search"
        value={route.q}
        aria-label={texts.search}
        placeholder={texts.searchHint}
        onInput={({ currentTarget }) => navigate({ q: currentTarget.value }, { replace: true })}
      />
      <div class="scope" role="group" aria-label={texts.scope}>
        {[false, true].map((mine) => (
          <button
            key={String(mine)}
            type="button"
            aria-pressed={route.mine === mine}
            onClick={() => navigate({ mine })}
          >
            {mine ? texts.mine : texts.all}
          </button>
        ))}
      </div>
      <Choice
        label={texts.process}
        everything={texts.everyProcess}
        value={route.process}
        values={list?.processes ?? []}
        onChange={(process) => navigate({ process })}
      />
      <Choice
        label={texts.agent}
        everything={texts.everyAgent}
        value={route.agent}
        values={list?.agents ?? []}
        onChange={(agent) => navigate({ agent })}
      />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  everything: string;
  value: string;
  values: string[];
  onChange: (value: string) => void;
}

function Choice({ label, everything, value, values, onChange }: ChoiceProps) {
  // A filter that fits no gate any more stays visible, so that it can be taken away.
  const shown = value === '' || values.includes(value) ? values : [value, ...values];
  return (
    <select aria-label={label} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      <option value="">{everything}</option>
      {shown.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}
