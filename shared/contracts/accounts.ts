import { z } from "zod";
import { id, instant } from "./contract";
import { email } from "./customers";

/** What a link in a mail is for. */
export const linkPurpose = z.enum(["invitation", "password_reset", "email_confirmation", "email_change"]);
export type LinkPurpose = z.infer<typeof linkPurpose>;

/** The secret of a link, which is in its address after the #; it works once. */
export const linkToken = z.string().min(1).max(200);

/** An email address that was invited to belong to a customer, and has not answered yet. */
export const invitation = z
  .object({ id, customer: id, email, created_at: instant, expires_at: instant })
  .meta({ id: "Invitation" });
export type Invitation = z.infer<typeof invitation>;

/** A link that was mailed, as the export of a customer shows it: without its secret. */
export const exportedLink = z.object({
  id,
  purpose: linkPurpose,
  user: id.nullable().meta({ description: "whose account it is about; null for an invitation" }),
  customer: id.nullable().meta({ description: "whom it invites to; null for all others" }),
  email: z.string().meta({ description: "where it went" }),
  created_at: instant,
  expires_at: instant,
  used_at: instant.nullable(),
  withdrawn_at: instant.nullable(),
});
export type ExportedLink = z.infer<typeof exportedLink>;

/** A user who belongs to a customer. */
export const member = z
  .object({ user: id, username: z.string(), email: z.string(), joined_at: instant })
  .meta({ id: "Member" });
export type Member = z.infer<typeof member>;

/** What notifications needs to mail a link. */
export const issuedLink = z.object({
  purpose: linkPurpose,
  email: z.string().meta({ description: "where the link goes" }),
  username: z.string().nullable().meta({ description: "null for an invitation" }),
  customer_name: z.string().nullable().meta({ description: "who invites; null for all others" }),
  token: z.string(),
  expires_at: instant,
});
export type IssuedLink = z.infer<typeof issuedLink>;

/** A login of a user that has not ended, with all its refreshes. */
export const ownSession = z
  .object({
    id,
    created_at: instant,
    last_used_at: instant.meta({ description: "when its tokens were made last" }),
    expires_at: instant,
    current: z.boolean().meta({ description: "whether it is that of this request" }),
  })
  .meta({ id: "Session" });
export type OwnSession = z.infer<typeof ownSession>;

/** A code of six digits of an authenticator app, or a recovery code. */
export const secondFactorCode = z.string().min(6).max(40);
