/** What others have in a field, offered while one types; anything else may be typed too. */
export function Suggestions({ id, values }: { id: string; values: readonly string[] | undefined }) {
  return (
    <datalist id={id}>
      {values?.map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}
