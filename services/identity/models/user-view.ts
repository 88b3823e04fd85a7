import { view } from "../../../shared/contracts/fields";
import { user, userFact } from "../../../shared/contracts/identity";
import type { User } from "./user";

/** A user as the contract shows it. */
export const viewUser = (row: User) => view(user, row);

/** A user as its events tell it. */
export const userEvent = (row: User) => view(userFact, row);
