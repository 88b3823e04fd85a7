import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { exampleOf } from "../../gateway/examples";
import { describeApi } from "../../gateway/openapi";
import { resources } from "../../gateway/routes";

const run = promisify(execFile);
const REDOCLY = path.join(path.dirname(require.resolve("@redocly/cli/package.json")), "bin/cli.js");
const folder = mkdtempSync(path.join(tmpdir(), "openapi-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([["https://billing.example"], ["https://billing.example/sub/path"]])(
  "Redocly's recommended rules find nothing in the description at %s",
  async (publicUrl) => {
    const file = path.join(folder, "openapi.json");
    const config = { publicUrl };
    writeFileSync(file, JSON.stringify(describeApi(resources(config), config)));
    const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
    const args = [REDOCLY, "lint", file, "--extends=recommended", "--format=json"];
    const { stdout } = await run(process.execPath, args, { env, cwd: folder }).catch((error: unknown) => {
      return error as { stdout: string };
    });
    const { problems } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as { problems: object[] };
    // An id is a UUID or begins with external_id: it is never by-external-id.
    const byExternalId = (problem: object) =>
      /Found two ambiguous paths: `\S*by-external-id/.test(JSON.stringify(problem));
    expect(problems.filter((problem) => !byExternalId(problem))).toEqual([]);
  },
);

const described = resources({ publicUrl: "https://billing.example" })
  .flatMap(({ routes }) => routes)
  .filter(({ operation }) => operation !== null);

test("every call has examples of what it takes and answers", () => {
  const wrong = described.flatMap(({ operation, body, response }) => {
    const taken = body instanceof z.ZodType ? [{ schema: body, extent: "request" as const }] : [];
    const answered = Object.values(response)
      .flat()
      .flatMap((content) =>
        content instanceof z.ZodType ? [{ schema: content, extent: "answer" as const }] : [],
      );
    return [...taken, ...answered].flatMap(({ schema, extent }) => {
      const { error } = schema.safeParse(exampleOf(schema, extent));
      return error === undefined ? [] : [`${operation}, ${extent}: ${error.message}`];
    });
  });
  expect(wrong).toEqual([]);
});
