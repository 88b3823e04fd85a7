/** The states of one kind of object, and which may follow which. */
export interface StateMachine<State extends string> {
  /** The states from which an object may come to `to`. */
  before(to: State): State[];
  /** Whether an object in the state `from` may come to `to`. Stripe's types let `from` be any text. */
  allows(from: string, to: State): boolean;
}

/** Makes a state machine from its transitions: for each state, the ones that may follow it. */
export function stateMachine<State extends string>(
  transitions: Readonly<Record<State, readonly State[]>>,
): StateMachine<State> {
  const states = Object.keys(transitions) as State[];
  const before = (to: State): State[] => states.filter((from) => transitions[from].includes(to));
  return { before, allows: (from, to) => before(to).some((state) => state === from) };
}

/**
 * Ends a switch over all kinds of something; a new kind that has no case does not compile.
 * @throws Error if a value comes that its type does not have
 */
export function unknownCase(value: never): never {
  throw new Error(`no case for ${JSON.stringify(value)}`);
}
