/** The fields of a user that can change. */
export interface Changeable {
  username: string;
  email: string;
  password_hash: string;
  is_staff: boolean;
  is_active: boolean;
}
/** The requested values; undefined leaves a field unchanged. */
export type Wanted = { [Field in keyof Changeable]?: Changeable[Field] | undefined };
/** The fields that really change, with their new values. */
export type UserChange = Partial<Changeable>;

/** The requested values that differ from the current ones. */
export function effectiveChange(current: Changeable, wanted: Wanted): UserChange {
  const entries = Object.entries(wanted) as [keyof Changeable, string | boolean | undefined][];
  return Object.fromEntries(
    entries.filter(([field, value]) => value !== undefined && value !== current[field]),
  );
}

/**
 * Whether a change ends all sessions: deactivation, loss of staff rights, or a new password. New staff rights
 * do not; they apply after the next refresh.
 * @param change as given by `effectiveChange`
 */
export function endsAccess(change: UserChange): boolean {
  return change.is_active === false || change.is_staff === false || change.password_hash !== undefined;
}

/**
 * Whether an active staff account stops being one.
 * @param change as given by `effectiveChange`
 */
export function leavesStaff(current: Changeable, change: UserChange): boolean {
  return current.is_staff && current.is_active && (change.is_staff === false || change.is_active === false);
}
