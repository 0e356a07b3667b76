"use client";

import { ListTree, Plus, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import type { Scope } from "@/lib/sync/core/scope";
import type { UserFacets } from "@/lib/users/list-schema";
import { type GroupKind, NEW_TEST, ruleOf, type Shown, shownRule } from "./rules";
import { TestEditor } from "./test-editor";

const KINDS: readonly { value: GroupKind; text: string }[] = [
  { value: "all", text: "All of these hold" },
  { value: "any", text: "Any of these holds" },
  { value: "none", text: "None of these holds" },
];
/** Groups within each other that the centre accepts, less the tests in them. */
const DEEPEST_GROUP = 2;

interface RuleEditorProps {
  rule: Scope;
  /** Which one it is, to name its controls, such as "1.2". */
  place: string;
  facets: UserFacets | undefined;
  depth: number;
  onChange: (rule: Scope) => void;
  onRemove?: () => void;
}

/** One rule, with those within it. */
export function RuleEditor(props: RuleEditorProps) {
  const shown = shownRule(props.rule);
  if (shown.kind !== "test") return <GroupEditor {...props} group={shown} />;
  const { place, facets, onChange, onRemove } = props;
  return (
    <TestEditor
      place={place}
      shown={shown}
      facets={facets}
      onChange={(next) => onChange(ruleOf(next))}
      {...(onRemove && { onRemove })}
    />
  );
}

type GroupEditorProps = RuleEditorProps & { group: Extract<Shown, { rules: readonly Scope[] }> };

function GroupEditor({ group, place, facets, depth, onChange, onRemove }: GroupEditorProps) {
  const set = (rules: readonly Scope[], kind = group.kind) => onChange(ruleOf({ kind, rules }));
  const name = place === "" ? "" : ` in ${place}`;
  return (
    <fieldset className="min-w-0 space-y-3 rounded-lg border border-line-strong p-3">
      <legend className="sr-only">{place === "" ? "Rules" : `Rules ${place}`}</legend>
      <div className="flex items-center gap-2">
        <Select
          label={`How rules${name} count`}
          className="w-52"
          value={group.kind}
          options={KINDS}
          onChange={(kind) => kind && set(group.rules, kind)}
        />
        {onRemove && (
          <Button variant="ghost" size="icon" aria-label={`Remove the rules ${place}`} onClick={onRemove}>
            <X aria-hidden />
          </Button>
        )}
      </div>
      <ol className="space-y-3">
        {group.rules.map((rule, index) => {
          const position = place === "" ? `${index + 1}` : `${place}.${index + 1}`;
          return (
            // A rule has no name of its own; its place is what it is known by.
            <li key={position}>
              <RuleEditor
                rule={rule}
                place={position}
                facets={facets}
                depth={depth + 1}
                onChange={(next) => set(group.rules.with(index, next))}
                {...(group.rules.length > 1 && { onRemove: () => set(group.rules.toSpliced(index, 1)) })}
              />
            </li>
          );
        })}
      </ol>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => set([...group.rules, NEW_TEST])}>
          <Plus aria-hidden />
          Add a rule
        </Button>
        {depth < DEEPEST_GROUP && (
          <Button variant="ghost" onClick={() => set([...group.rules, { any: [NEW_TEST] }])}>
            <ListTree aria-hidden />
            Add a group
          </Button>
        )}
      </div>
    </fieldset>
  );
}
