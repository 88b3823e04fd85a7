/** What of a user can be changed. */
export interface Changeable {
  username: string;
  email: string;
  password_hash: string;
  is_staff: boolean;
  is_active: boolean;
}
/** What a change is to make of a user; undefined leaves a field as it is. */
export type Wanted = { [Field in keyof Changeable]?: Changeable[Field] | undefined };
/** What a change does make of a user. */
export type UserChange = Partial<Changeable>;

/** The part of what is wanted that is not so already. */
export function effectiveChange(current: Changeable, wanted: Wanted): UserChange {
  const entries = Object.entries(wanted) as [keyof Changeable, string | boolean | undefined][];
  return Object.fromEntries(
    entries.filter(([field, value]) => value !== undefined && value !== current[field]),
  );
}

/**
 * Whether all tokens handed out so far must end: at a deactivation, a demotion or a new password. Other
 * changes, a promotion too, leave people signed in; new rights come with the next refresh.
 * @param change as given by `effectiveChange`
 */
export function endsAccess(change: UserChange): boolean {
  return change.is_active === false || change.is_staff === false || change.password_hash !== undefined;
}

/**
 * Whether an active member of staff stops being one.
 * @param change as given by `effectiveChange`
 */
export function leavesStaff(current: Changeable, change: UserChange): boolean {
  return current.is_staff && current.is_active && (change.is_staff === false || change.is_active === false);
}
