/** The same function, which makes its answer for each key once, and lets go of it together with the key. */
export function oncePer<Key extends object, Answer extends object>(
  make: (key: Key) => Answer,
): (key: Key) => Answer {
  const made = new WeakMap<Key, Answer>();
  return (key) => {
    const answer = made.get(key) ?? make(key);
    made.set(key, answer);
    return answer;
  };
}
