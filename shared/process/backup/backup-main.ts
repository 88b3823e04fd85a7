import path from "node:path";
import { backUp } from "./backup";
import { dataFolderOf, fileArgument, megabytes, runToEnd } from "./command";

// `npm run backup FILE`: one file with everything that a system in one process has, also while it runs.
void runToEnd("No backup was made", async (config, shutdown, log) => {
  const file = fileArgument("backup");
  const size = await backUp(dataFolderOf(config), file, shutdown, log);
  process.stdout.write(`Backed up ${megabytes(size)} into ${path.basename(file)}.\n`);
});
