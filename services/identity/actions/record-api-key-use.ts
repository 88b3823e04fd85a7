import type { ActionHandler } from "../../../shared/service/service-env";

/**
 * Notes when keys were last used, many at once. A gateway whose clock is ahead cannot note the future. No
 * doorbell: nobody waits for this, and it would clear what the gateways know of keys.
 */
export const recordApiKeyUse: ActionHandler<"identity.recordApiKeyUse"> = async ({ params, db }) => {
  await db.raw(
    `UPDATE api_keys
     SET last_used_at = greatest(last_used_at, least(used.at, clock_timestamp()))
     FROM jsonb_to_recordset(?::jsonb) AS used (id uuid, at timestamptz)
     WHERE api_keys.id = used.id`,
    [JSON.stringify(params.used)],
  );
  return null;
};
