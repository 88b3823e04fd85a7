import { COMMON_PASSWORDS } from "./common-passwords";

export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;

/**
 * Says why a new password is not accepted: the end of a sentence that starts with "password". Digits or
 * symbols are not required, only length (NIST SP 800-63B, section 3.1.1.2).
 * @param owner the account; comparisons ignore case
 * @returns undefined for a good password
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
