import { openDatabase, type Knex } from "../../shared/db/open-database";

/** All rows of some schemas, as `pg_dump --data-only` keeps them. */
export type Dump = TableDump[];

interface TableDump {
  table: string;
  columns: string;
  /** JSON */
  rows: string;
  /** the last values of its sequences, by their names */
  sequences: { name: string; last: number | null }[];
}

/** Copies all rows of some schemas, as they are at one moment. */
export async function dumpSchemas(adminUrl: string, schemas: readonly string[]): Promise<Dump> {
  const admin = openDatabase({ url: adminUrl, schema: "public", poolSize: 1 });
  try {
    return await admin.transaction((trx) => dump(trx, schemas), { isolationLevel: "repeatable read" });
  } finally {
    await admin.destroy();
  }
}

async function dump(trx: Knex.Transaction, schemas: readonly string[]): Promise<Dump> {
  const { rows: tables } = await trx.raw<{ rows: Omit<TableDump, "rows">[] }>(
    `SELECT class.oid::regclass::text AS table, string_agg(quote_ident(attname), ', ') AS columns,
            coalesce((
              SELECT json_agg(json_build_object(
                'name', schemaname || '.' || sequencename, 'last', last_value))
              FROM pg_sequences JOIN pg_depend ON objid = (schemaname || '.' || sequencename)::regclass
              WHERE refobjid = class.oid
            ), '[]') AS sequences
     FROM pg_class AS class JOIN pg_attribute ON attrelid = class.oid
     WHERE relnamespace = ANY(?::regnamespace[]) AND relkind = 'r' AND NOT starts_with(relname, 'knex')
       AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     GROUP BY class.oid`,
    [[...schemas]],
  );
  const dumped: Dump = [];
  for (const table of tables) {
    const { rows } = await trx.raw<{ rows: { rows: string }[] }>(
      `SELECT coalesce(json_agg(t), '[]')::text AS rows FROM ${table.table} AS t`,
    );
    dumped.push({ ...table, rows: rows[0]?.rows ?? "[]" });
  }
  return dumped;
}

/** Writes a dump into a database with the same schemas, in place of what is there. */
export async function restoreSchemas(adminUrl: string, dumped: Dump): Promise<void> {
  const admin = openDatabase({ url: adminUrl, schema: "public", poolSize: 1 });
  try {
    await admin.transaction(async (trx) => {
      // Without triggers and foreign keys, so that tables may come in any order.
      await trx.raw("SET LOCAL session_replication_role = replica");
      for (const { table, columns, rows, sequences } of dumped) {
        await trx.raw(`DELETE FROM ${table}`);
        await trx.raw(
          `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE
           SELECT ${columns} FROM json_populate_recordset(NULL::${table}, ?::json)`,
          [rows],
        );
        for (const { name, last } of sequences)
          if (last !== null) await trx.raw("SELECT setval(?, ?)", [name, last]);
      }
    });
  } finally {
    await admin.destroy();
  }
}
