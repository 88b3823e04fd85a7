import { COMMON_PASSWORDS } from "./common-passwords";

export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;

/**
 * What is wrong with a new password, as the end of a sentence that starts with "password"; undefined when it
 * will do. Length, not composition, is what counts (NIST SP 800-63B, section 3.1.1.2): nobody is asked for
 * digits or symbols.
 * @param owner whose password it is to be; case is ignored in comparisons
 */
export function passwordProblem(
  password: string,
  owner: { username: string; email: string },
): string | undefined {
  if (password.length < PASSWORD_LENGTH.min) return `must have at least ${PASSWORD_LENGTH.min} characters`;
  if (password.length > PASSWORD_LENGTH.max) return `must have at most ${PASSWORD_LENGTH.max} characters`;
  const folded = password.normalize("NFKC").toLowerCase();
  const email = owner.email.toLowerCase();
  if (folded === owner.username.toLowerCase()) return "must not be the user name";
  if (folded === email || folded === email.split("@")[0]) return "must not be the email address";
  if (COMMON_PASSWORDS.has(folded) || new Set(folded).size === 1) return "is too common";
  return undefined;
}
