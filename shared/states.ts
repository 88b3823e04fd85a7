/** For each state, the states that may follow it; none after a final one. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

/** The states of one kind of object, and which may follow which. */
export interface StateMachine<State extends string> {
  readonly transitions: Transitions<State>;
  /** The states from which an object may come to `to`: the WHERE of every compare-and-set. */
  before(to: State): State[];
  /** Whether an object in the state `from` may come to `to`. */
  allows(from: State, to: State): boolean;
}

/**
 * Makes a state machine from its transitions. Written with its type, `stateMachine<InvoiceStatus>({ … })`, it
 * does not compile until a new state has been placed.
 */
export function stateMachine<State extends string>(transitions: Transitions<State>): StateMachine<State> {
  const allows = (from: State, to: State): boolean => transitions[from].includes(to);
  const states = Object.keys(transitions) as State[];
  return { transitions, allows, before: (to) => states.filter((from) => allows(from, to)) };
}

/**
 * Ends a switch over all states or kinds. A new one that no case names does not compile here.
 * @throws Error should a value come that its type does not know
 */
export function unknownCase(value: never): never {
  throw new Error(`no case for ${JSON.stringify(value)}`);
}
